/**
 * Reporter that writes nothing but the summary at the end of a run.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { ReporterOptions } from "./options.ts";
import { drawSummary } from "./summary.ts";
import { TextLines } from "./text_lines.ts";

/** Options of {@linkcode SummaryReporter}. */
export interface SummaryReporterOptions extends ReporterOptions {
  /**
   * The terminal or pipe to write to.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Pick<Terminal, "write" | "isTerminal">;
}

/**
 * Writes nothing until the end of a run, and then the summary: the first failures with their last log lines, warnings, and the
 * totals as the last line.
 *
 * @example
 * ```ts
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { SummaryReporter } from "@lambdawaker/executor/reporters";
 * import { assertMatch } from "@std/assert";
 *
 * let text = "";
 * const terminal = { write: async (part: string) => void (text += part) };
 * const executor = new SubprocessExecutor({ totalItems: 3, chunkSize: 1 }, () => ["true"]);
 * await executor.run(new SummaryReporter({ title: "Job", terminal }));
 * assertMatch(text, /^Job: 3 done of 3 items/);
 * ```
 */
export class SummaryReporter implements Reporter {
  /** See {@linkcode Reporter.waitsForReader}. */
  readonly waitsForReader = true;
  readonly #lines: TextLines;
  #state: RunState | undefined;

  /**
   * Creates a reporter. It writes nothing before the run ends.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: SummaryReporterOptions = {}) {
    this.#lines = new TextLines(options);
  }

  /** See {@linkcode Reporter.stdout}. */
  get stdout(): "lines" | undefined {
    return this.#lines.stdout;
  }

  /** See {@linkcode Reporter.shareStdout}: writes to stderr then, unless it was given a terminal. */
  shareStdout(): undefined {
    this.#lines.moveToStderr();
  }

  /** See {@linkcode Reporter.report}. */
  report(_event: RunEvent, state: RunState): void {
    this.#state = state;
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    if (this.#state !== undefined) {
      this.#lines.write(drawSummary(this.#state, this.#lines.options));
    }
    await this.#lines.flush();
  }
}

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
 * totals as the last line. If an output of the run writes to stdout, the summary goes to stderr.
 */
export class SummaryReporter implements Reporter {
  /** @ignore */
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

  /** @ignore */
  get stdout(): "lines" | undefined {
    return this.#lines.stdout;
  }

  /**
   * Moves to stderr, unless it was given a terminal.
   *
   * @ignore
   */
  shareStdout(): undefined {
    this.#lines.moveToStderr();
  }

  /** @ignore */
  report(_event: RunEvent, state: RunState): void {
    this.#state = state;
  }

  /** @ignore */
  async close(): Promise<void> {
    if (this.#state !== undefined) {
      this.#lines.write(drawSummary(this.#state, this.#lines.options));
    }
    await this.#lines.flush();
  }
}

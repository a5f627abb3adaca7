/**
 * Reporter that writes nothing if all is well, and otherwise the summary, to stderr.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { type RunState, summarize } from "../model/state.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { ReporterOptions } from "./options.ts";
import { drawSummary } from "./summary.ts";
import { TextLines } from "./text_lines.ts";

/** Options of {@linkcode QuietReporter}. */
export interface QuietReporterOptions extends ReporterOptions {
  /**
   * The terminal or pipe to write to.
   *
   * @default {new StandardTerminal(Deno.stderr)}
   */
  terminal?: Pick<Terminal, "write" | "isTerminal">;
}

/**
 * Writes nothing if the exit code of the run is 0, as a job of cron should. Otherwise it writes the summary to stderr: what
 * failed and why, warnings, and the totals as the last line.
 */
export class QuietReporter implements Reporter {
  /** @ignore */
  readonly waitsForReader = true;
  readonly #lines: TextLines;
  #state: RunState | undefined;

  /**
   * Creates a reporter. It writes nothing before the run ends.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: QuietReporterOptions = {}) {
    this.#lines = new TextLines(options, Deno.stderr);
  }

  /** @ignore */
  report(_event: RunEvent, state: RunState): void {
    this.#state = state;
  }

  /** @ignore */
  async close(): Promise<void> {
    if (this.#state !== undefined && summarize(this.#state).exitCode !== 0) {
      this.#lines.write(drawSummary(this.#state, this.#lines.options));
    }
    await this.#lines.flush();
  }
}

/**
 * Reporter that prints the log lines of workers.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import type { WorkerState } from "../model/types.ts";
import { checkGiven, functionCheck, withMethods } from "../model/value_types.ts";
import { defaultTag } from "../output/line_tag.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { StandardTerminal, type Terminal } from "../terminal/terminal.ts";
import { omissionText } from "./wording.ts";

/** Options of {@linkcode LogReporter}. */
export interface LogReporterOptions {
  /**
   * The terminal or pipe to write to.
   *
   * @default {new StandardTerminal(Deno.stderr)}
   */
  terminal?: Pick<Terminal, "write">;
  /**
   * Returns the text in front of each line.
   *
   * @default {the first item and a tab, in a job of `items`; otherwise `range 12: `}
   */
  tag?: (worker: WorkerState) => string;
}

/**
 * Prints each log line of the workers with the item in front of it. A log line is any line of their stdout and stderr that is
 * no signal. Meant to stand beside a reporter that shows no log lines.
 */
export class LogReporter implements Reporter {
  /** @ignore */
  readonly waitsForReader = true;
  readonly #writer: LineWriter;
  readonly #tag: (worker: WorkerState) => string;

  /**
   * Creates a reporter.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: LogReporterOptions = {}) {
    checkGiven(options, { terminal: withMethods("write"), tag: functionCheck });
    this.#writer = new LineWriter(options.terminal ?? new StandardTerminal(Deno.stderr));
    this.#tag = options.tag ?? defaultTag;
  }

  /** @ignore */
  report(event: RunEvent, { workers }: RunState): void {
    // Soon enough for the summary to tell of it.
    if (event.kind !== "run-ended") this.#writer.check();
    if (event.kind !== "log") return;
    const worker = workers[event.worker];
    if (worker === undefined) return;
    if (!this.#writer.mayWrite(event.lines.length)) return;
    this.#tellOmitted();
    const tag = this.#tag(worker);
    this.#writer.write(event.lines.map((line) => `${tag}${sanitize(line)}\n`).join(""));
  }

  /** @ignore */
  async close(): Promise<void> {
    this.#tellOmitted();
    await this.#writer.flush();
  }

  #tellOmitted(): void {
    const omitted = this.#writer.takeOmitted();
    if (omitted > 0) this.#writer.write(`${omissionText(omitted)}\n`);
  }
}

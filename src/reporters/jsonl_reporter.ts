/**
 * A run's events, for programs.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import type { Reporter } from "../model/reporter.ts";
import { StdoutTerminal, type Terminal } from "../terminal/terminal.ts";

/** Where the lines go. */
export interface JsonlReporterOptions {
  /**
   * Where to write.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Pick<Terminal, "write">;
}

/** When a reader is so many characters behind, it gets no more of what the next event of its kind would replace. */
const MAX_BACKLOG = 4 << 20;
/** What is left out then. */
const REPLACEABLE: ReadonlySet<RunEvent["kind"]> = new Set([
  "progress",
  "message",
  "status",
  "log",
  "usage",
]);

/**
 * Writes each event as a line of JSON; docs/events.schema.json says what they hold. A reader that does not keep up loses
 * progress, messages and log lines, and nothing else.
 */
export class JsonlReporter implements Reporter {
  readonly #writer: LineWriter;

  /** Writes nothing before the run starts. */
  constructor({ terminal = new StdoutTerminal() }: JsonlReporterOptions = {}) {
    this.#writer = new LineWriter(terminal);
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent): void {
    if (this.#writer.backlog > MAX_BACKLOG && REPLACEABLE.has(event.kind)) return;
    this.#writer.write(`${JSON.stringify(event)}\n`);
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    await this.#writer.flush();
  }
}

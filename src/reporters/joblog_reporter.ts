/**
 * Reporter that writes the log of jobs of GNU parallel while the run goes on.
 *
 * @module
 */
import { quote } from "../base/shell.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { formatJob, JOBLOG_HEAD } from "./joblog.ts";

/** Options of {@linkcode JoblogReporter}. */
export interface JoblogReporterOptions {
  /** Whether the log begins here, with the names of its columns. */
  readonly hasHead: boolean;
  /** What to write to. */
  readonly terminal: Pick<Terminal, "write">;
}

/** The attempt that a worker makes, or made last. */
interface Job {
  startedAt: number;
  endedAt: number;
  node?: string;
  argv?: readonly string[];
}

/** Writes a line for each range when it ends. */
export class JoblogReporter implements Reporter {
  readonly #writer: LineWriter;
  readonly #hasHead: boolean;
  /** By worker. */
  readonly #jobs = new Map<number, Job>();
  #command: readonly string[] = [];

  /** Writes nothing before the run starts. */
  constructor({ terminal, hasHead }: JoblogReporterOptions) {
    this.#writer = new LineWriter(terminal);
    this.#hasHead = hasHead;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent): void {
    this.#writer.check();
    switch (event.kind) {
      case "run-started":
        this.#command = event.command ?? [];
        if (this.#hasHead) this.#writer.write(JOBLOG_HEAD);
        return;
      case "attempt-started":
        this.#jobs.set(event.worker, { startedAt: event.t, endedAt: event.t });
        return;
      case "spawned": {
        const job = this.#jobs.get(event.worker);
        if (job === undefined) return;
        job.startedAt = job.endedAt = event.t;
        job.argv = event.argv;
        job.node = event.node;
        return;
      }
      case "attempt-ended": {
        const job = this.#jobs.get(event.worker);
        if (job !== undefined) job.endedAt = event.t;
        return;
      }
      case "range-ended": {
        const job = this.#jobs.get(event.worker) ?? { startedAt: event.t, endedAt: event.t };
        const { argv = this.#command, ...times } = job;
        const { range, status, cause } = event;
        const command = argv.map(quote).join(" ");
        this.#writer.write(formatJob({ range, status, cause, command, ...times }));
        return;
      }
    }
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    await this.#writer.flush();
  }
}

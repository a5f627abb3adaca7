/**
 * Reporter that writes the log of jobs of GNU parallel while the run goes on.
 *
 * @module
 */
import { quote } from "../base/shell.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { isDone } from "../model/statuses.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { formatJob, JOBLOG_HEAD, type JoblogEntry } from "./joblog.ts";

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

/** How many ranges that are done are kept, as their output may turn out to be lost … */
const MAX_KEPT = 10_000;
/** … and the characters of their commands. */
const MAX_KEPT_TEXT = 16 << 20;

/** Writes a line for each range when it ends, and another one if its output is lost after that: the last one counts. */
export class JoblogReporter implements Reporter {
  readonly #writer: LineWriter;
  readonly #hasHead: boolean;
  /** By worker. */
  readonly #jobs = new Map<number, Job>();
  /** The last ranges that are done, each with the attempt that did it. */
  readonly #done = new Map<number, Readonly<Job>>();
  /** Goes from the oldest of them to the newest. */
  readonly #oldest = this.#done.keys();
  /** The characters of their commands. */
  #keptText = 0;
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
        this.#write(job, event);
        if (isDone(event.status)) this.#keep(event.range, { ...job });
        return;
      }
      case "output-written":
        this.#forget(event.range);
        return;
      case "output-lost": {
        const job = this.#forget(event.range) ?? { startedAt: event.t, endedAt: event.t };
        return this.#write(job, { ...event, status: "CRASHED" });
      }
    }
  }

  #write(job: Readonly<Job>, end: Pick<JoblogEntry, "range" | "status" | "cause">): void {
    const { argv = this.#command, ...times } = job;
    const { range, status, cause } = end;
    const command = argv.map(quote).join(" ");
    this.#writer.write(formatJob({ range, status, cause, command, ...times }));
  }

  #keep(range: number, job: Readonly<Job>): void {
    this.#forget(range);
    this.#done.set(range, job);
    this.#keptText += textOf(job);
    while (this.#done.size > MAX_KEPT || this.#keptText > MAX_KEPT_TEXT) {
      this.#forget(this.#oldest.next().value!);
    }
  }

  #forget(range: number): Readonly<Job> | undefined {
    const job = this.#done.get(range);
    if (job === undefined) return undefined;
    this.#done.delete(range);
    this.#keptText -= textOf(job);
    return job;
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    await this.#writer.flush();
  }
}

function textOf({ argv = [] }: Readonly<Job>): number {
  return argv.reduce((sum, argument) => sum + argument.length, 0);
}

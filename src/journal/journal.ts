/**
 * Journal of a job: writes the events of its runs to a file, from which another run can resume the job.
 *
 * @module
 */
import { boolean, checkGiven, path as pathType } from "../model/value_types.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { isWritten, lifeOfRun } from "./earlier_runs.ts";
import { JournalError } from "./journal_error.ts";
import { JournalFile } from "./journal_file.ts";
import { inUse, openToRead } from "./open_file.ts";
import { locate, readEntries } from "./reader.ts";
import { describeDifference, type JobIdentity } from "../model/job_identity.ts";
import { namesRange } from "../model/placeholders.ts";
import type { ResumedOutputs } from "./promised_output.ts";
import { Recovery } from "./recovery.ts";
import { JournalWriter } from "./journal_writer.ts";

/** Options of a {@linkcode Journal}. */
export interface JournalOptions {
  /**
   * Whether a run resumes the job of the journal: ranges that are done are not done again. Without this option, the run
   * rejects with a {@linkcode JournalError} if the file exists. A file that does not exist is created in either case.
   *
   * @default {false}
   */
  resume?: boolean;
}

/** The run that a journal records. */
export interface JournalRun {
  /** The identity of its job, which earlier runs in the same journal must have, too. */
  readonly job: JobIdentity;
  /** Items per range, if it was given. Another one than before splits what is not done. */
  readonly chunkSize?: number;
  /** Is called with a sentence if anything is wrong with the journal; with `isUnwritten` if ranges that ended are not in it. */
  warn(text: string, options?: { isUnwritten?: boolean }): void;
}

/** Reaches the private part of a journal. */
let parts: {
  begin(journal: Journal, run: JournalRun): Recovery;
  settle(journal: Journal): void;
  readOnly(journal: Journal, outputs: ResumedOutputs): void;
  recordPath(journal: Journal): string;
};

/**
 * Opens and locks the file of a journal for a run, and returns what earlier runs have done.
 *
 * @throws {JournalError} If it is in use, exists and is not to be resumed, is of another job, or cannot be read.
 */
export function beginJournal(journal: Journal, run: JournalRun): Recovery {
  return parts.begin(journal, run);
}

/**
 * Makes a journal that is read when a run begins, and neither locked nor written: for a run that starts nothing, and shows what
 * one with these `outputs` would do.
 */
export function readOnlyJournal(
  path: string,
  { outputs, ...options }: JournalOptions & { outputs: ResumedOutputs },
): Journal {
  const journal = new Journal(path, options);
  parts.readOnly(journal, outputs);
  return journal;
}

/** Checks, before the end of a run, that its journal has what it must have, and warns of a loss if it has not. */
export function settleJournal(journal: Journal): void {
  parts.settle(journal);
}

/** Returns where the record of a run is: beside the path of its journal, if another program has put something in its place. */
export function recordPath(journal: Journal): string {
  return parts.recordPath(journal);
}

/**
 * Records a run's events in a file, a line of JSON each, so that another run can resume the job. Needs `--allow-read` and
 * `--allow-write`. Recorded events survive the end of this process. Whenever a range ends, they are synced to disk: then they
 * survive a crash of the machine, too. If another program removes, replaces or cuts the file during the run, a warning says
 * so, and the journal writes again what it can of what was lost.
 *
 * @example
 * ```ts
 * import { Journal } from "@lambdawaker/executor/journal";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { assert } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * const executor = new SubprocessExecutor({ totalItems: 10, chunkSize: 5 }, () => ["true"]);
 * const first = await executor.run([], { journal: new Journal(path) });
 * assert(first.attempts === 2);
 * const second = await executor.run([], { journal: new Journal(path, { resume: true }) });
 * assert(second.ok && second.attempts === 0);
 * await Deno.remove(path);
 * ```
 */
export class Journal implements Reporter {
  /** Path of the file. */
  readonly path: string;
  readonly #resume: boolean;
  /** Set if nothing is written: the outputs of the run that is shown. */
  #shown: ResumedOutputs | undefined;
  #writer: JournalWriter | undefined;
  #recordPath: string;

  static {
    parts = {
      begin: (journal, run) => journal.#begin(run),
      settle: (journal) => journal.#writer?.settle(),
      recordPath: (journal) => journal.#writer?.recordPath ?? journal.#recordPath,
      readOnly: (journal, outputs) => journal.#shown = outputs,
    };
  }

  /**
   * Creates a journal. It does not touch the file before the run starts.
   *
   * @throws {ConfigError} If the path or an option is not as it must be.
   */
  constructor(path: string | URL, options: JournalOptions = {}) {
    this.path = this.#recordPath = pathType().check(path, "path");
    checkGiven(options, { resume: boolean() });
    this.#resume = options.resume ?? false;
  }

  /** @ignore */
  report(event: RunEvent, state: RunState): void {
    this.#writer?.report(event, state);
  }

  /**
   * Syncs and unlocks the file.
   *
   * @ignore
   */
  async close(): Promise<void> {
    await this.#writer?.close();
    this.#recordPath = this.#writer?.recordPath ?? this.#recordPath;
    this.#writer = undefined;
  }

  #begin(run: JournalRun): Recovery {
    if (this.#shown !== undefined) {
      using file = new ReadOnlyFile(this.path);
      const recovery = this.#recover(file, run);
      recovery.assumed = this.#shown;
      const last = recovery.runs.at(-1);
      if (last !== undefined && isWritten(file.handle, last)) throw inUse(this.path);
      return recovery;
    }
    const file = new JournalFile(this.path);
    try {
      const recovery = this.#recover(file, run);
      this.#writer = new JournalWriter(this.path, { file, warn: run.warn });
      return recovery;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  #recover(file: JournalFile | ReadOnlyFile, { job, chunkSize }: JournalRun): Recovery {
    if (!this.#resume && file.length > 0) {
      throw new JournalError(
        `${this.path} exists already: resume it to go on with its job, or name another file`,
      );
    }
    const recovery = new Recovery();
    let whole = 0;
    let isEnded = true;
    for (const { event, line, end, isWhole } of readEntries(file.handle, this.path)) {
      if (event !== undefined) locate({ name: this.path, line }, () => recovery.take(event));
      whole = end;
      isEnded = isWhole;
    }
    recovery.end();
    const difference = recovery.job && describeDifference(recovery.job, job);
    if (difference !== undefined) {
      throw new JournalError(`${this.path} is the journal of another job: ${difference}`);
    }
    if (recovery.isResplitBy(chunkSize) && namesRange(job.command ?? [])) {
      throw new JournalError(
        `${this.path} cannot be resumed with the chunk size ${chunkSize}, as the command names {range}, ` +
          "and ranges would get other numbers: leave out the chunk size",
      );
    }
    // Without a lock, only the record itself can tell.
    const isInUse = file.lockProblem !== undefined &&
      recovery.runs.some((run) => lifeOfRun(run) === "alive");
    if (isInUse) throw inUse(this.path);
    file.begin({ whole, isEnded });
    return recovery;
  }
}

/** The file of a journal, open for reading alone. */
class ReadOnlyFile implements Disposable {
  readonly handle: Deno.FsFile;
  readonly length: number;
  /** Nothing is wrong with a file that needs no lock. */
  readonly lockProblem = undefined;

  /** @throws {JournalError} If it cannot be read. */
  constructor(path: string) {
    this.handle = openToRead(path);
    this.length = this.handle.statSync().size;
  }

  /** Does nothing: nothing is written. */
  begin(): void {}

  [Symbol.dispose](): void {
    this.handle.close();
  }
}

/**
 * Journal of a job: writes the events of its runs to a file, from which another run can resume the job.
 *
 * @module
 */
import { writeAllSync } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import { boolean, checkGiven, path as pathType } from "../model/value_types.ts";
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { JournalError } from "./journal_error.ts";
import { locate, readEntries } from "./reader.ts";
import { describeDifference, type JobIdentity } from "../model/job_identity.ts";
import { Recovery } from "./recovery.ts";
import { EventSampler } from "./sampler.ts";

/** The most characters of lines that are kept in memory while they cannot be written. */
const MAX_UNWRITTEN = 1 << 20;

/** Options of a {@linkcode Journal}. */
export interface JournalOptions {
  /**
   * Whether a run resumes the job of the journal: ranges that are done in it are not done again. Without this option, a
   * journal that exists is an error. A journal that does not exist is created in either case.
   *
   * @default {false}
   */
  resume?: boolean;
}

/** The run that a journal records. */
export interface JournalRun {
  /** The identity of its job, which earlier runs in the same journal must have, too. */
  readonly job: JobIdentity;
  /** Is called with a sentence if the journal cannot be written, and if it is given up. */
  warn(text: string): void;
}

/** Reaches the private part of a journal. */
let begin: (journal: Journal, run: JournalRun) => Recovery;

/**
 * Opens and locks the file of a journal for a run, and returns what earlier runs have done.
 *
 * @throws {JournalError} If it is in use, exists and is not to be resumed, is of another job, or cannot be read.
 */
export function beginJournal(journal: Journal, run: JournalRun): Recovery {
  return begin(journal, run);
}

/**
 * Records a run's events in a file, a line of JSON each, so that another run can resume the job. Needs `--allow-read` and
 * `--allow-write`. Recorded events survive the end of this process; whenever a range ends, they are synced to disk, and
 * survive a crash of the machine.
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
  /** The file. */
  readonly path: string;
  readonly #resume: boolean;
  readonly #sampler = new EventSampler();
  readonly #encoder = new TextEncoder();
  #run: JournalRun | undefined;
  #file: Deno.FsFile | undefined;
  /** Bytes of whole lines in the file. */
  #length = 0;
  /** Lines that are still to be written. */
  #unwritten = "";
  #hasWarned = false;
  #syncing: Promise<void> | undefined;
  #isDirty = false;

  static {
    begin = (journal, run) => journal.#begin(run);
  }

  /**
   * Touches no file; the run opens it.
   *
   * @throws {ConfigError} If the path or an option is not as it must be.
   */
  constructor(path: string | URL, options: JournalOptions = {}) {
    this.path = pathType().check(path, "path");
    checkGiven(options, { resume: boolean() });
    this.#resume = options.resume ?? false;
  }

  #begin(run: JournalRun): Recovery {
    const file = this.#open();
    try {
      const recovery = this.#recover(file, run.job);
      // Drops a last line that was cut short.
      if (file.statSync().isFile) file.truncateSync(this.#length);
      this.#run = run;
      this.#file = file;
      return recovery;
    } catch (error) {
      release(file);
      throw error;
    }
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    const lines = this.#sampler.of(event, state).map((body) => `${JSON.stringify(body)}\n`);
    if (lines.length === 0 || this.#file === undefined) return;
    this.#unwritten += lines.join("");
    this.#write();
    if (event.kind === "range-ended" || event.kind === "run-ended") this.#sync();
  }

  /** See {@linkcode Reporter.close}: syncs and unlocks the file. */
  async close(): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing;
    this.#release();
  }

  #open(): Deno.FsFile {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(this.path, { read: true, append: true, create: true });
    } catch (error) {
      throw new JournalError(`${this.path} cannot be written: ${errorMessage(error)}`);
    }
    if (file.tryLockSync(true)) return file;
    file.close();
    throw new JournalError(`${this.path} is being written by another run`);
  }

  #recover(file: Deno.FsFile, job: JobIdentity): Recovery {
    if (!this.#resume && file.statSync().size > 0) {
      throw new JournalError(
        `${this.path} exists already: resume it to go on with its job, or name another file`,
      );
    }
    const recovery = new Recovery();
    let lastIsWhole = true;
    for (const { event, line, end, isWhole } of readEntries(file, this.path)) {
      if (event !== undefined) locate({ name: this.path, line }, () => recovery.take(event));
      this.#length = end;
      lastIsWhole = isWhole;
    }
    recovery.end();
    if (!lastIsWhole) this.#unwritten = "\n";
    const difference = recovery.job && describeDifference(recovery.job, job);
    if (difference !== undefined) {
      throw new JournalError(`${this.path} is the journal of another job: ${difference}`);
    }
    return recovery;
  }

  /** Writes the unwritten lines. If they do not fit, takes back what was written of them, and keeps them for later. */
  #write(): void {
    const file = this.#file!;
    const bytes = this.#encoder.encode(this.#unwritten);
    try {
      writeAllSync(file, bytes);
      this.#length += bytes.length;
      this.#unwritten = "";
    } catch (error) {
      this.#takeBack(file, error);
    }
  }

  #takeBack(file: Deno.FsFile, error: unknown): void {
    let isCutShort = false;
    try {
      file.truncateSync(this.#length);
    } catch {
      isCutShort = true;
    }
    this.#warn(error);
    // No line may follow one that stays cut short.
    if (!isCutShort && this.#unwritten.length <= MAX_UNWRITTEN) return;
    this.#release();
    this.#run?.warn(`the journal ${this.path} is given up: what has ended since is not in it`);
  }

  #release(): void {
    if (this.#file !== undefined) release(this.#file);
    this.#file = undefined;
  }

  /** Syncs the file in the background, once for all lines that are written meanwhile. */
  #sync(): void {
    this.#isDirty = true;
    this.#syncing ??= this.#syncAll();
  }

  async #syncAll(): Promise<void> {
    try {
      while (this.#isDirty) {
        this.#isDirty = false;
        await this.#file?.syncData();
      }
    } catch (error) {
      this.#warn(error);
    }
    this.#syncing = undefined;
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#run?.warn(
      `the journal ${this.path} cannot be written, the work goes on: ${errorMessage(error)}`,
    );
  }
}

/** Unlocks and closes a file. Closing alone leaves the lock with a child process that was forked and has not begun yet. */
function release(file: Deno.FsFile): void {
  file.unlockSync();
  file.close();
}

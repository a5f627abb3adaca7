/**
 * Directory of log files, one per attempt.
 *
 * @module
 */
import { openToAppend } from "../base/append_file.ts";
import { refuseSpecial } from "../base/atomic_file.ts";
import { writeAll } from "../base/write_all.ts";
import { FileIdentity } from "../base/file_identity.ts";
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import type { AttemptRef } from "../model/events.ts";
import {
  claimDirectory,
  type DirectoryContent,
  type DirectoryLock,
  type DirectoryRun,
  refuseForeign,
} from "./owned_directory.ts";

/** Returns the name of a range in file names, which sort like the ranges. */
export function rangeName(range: number): string {
  return `range-${`${range}`.padStart(5, "0")}`;
}

/** Returns the range with this name. */
export function rangeOfName(name: string): number {
  return Number(name.slice(name.indexOf("-") + 1));
}

/** Returns the name of the log file of an attempt. */
export function logFileName({ range, attempt }: Pick<AttemptRef, "range" | "attempt">): string {
  return `${rangeName(range)}.attempt-${attempt}.log`;
}

/** What a directory of logs holds. */
const LOGS: DirectoryContent = { what: "logs", names: /^range-\d{5,}\.attempt-\d+\.log$/ };

/** Options of {@linkcode LogDirectory.make}. */
export interface LogDirectoryOptions extends DirectoryRun {
  /** Called with a sentence if a log cannot be written. */
  readonly warn: (text: string) => void;
}

/** Opens the log files of a run. Warns once if one of them cannot be written. */
export class LogDirectory implements Disposable {
  readonly #path: string;
  readonly #options: LogDirectoryOptions;
  readonly #lock: DirectoryLock;
  #hasWarned = false;

  private constructor(path: string, options: LogDirectoryOptions, lock: DirectoryLock) {
    this.#path = path.replace(/(?<=.)\/+$/, "");
    this.#options = options;
    this.#lock = lock;
  }

  /**
   * Opens the directory for a run, until it is disposed of; makes it if there is none.
   *
   * @throws {ForeignDirectoryError} If it has logs of another job.
   * @throws {BusyDirectoryError} If another run writes it.
   */
  static make(path: string, options: LogDirectoryOptions): LogDirectory {
    return new LogDirectory(path, options, claimDirectory(path, options, LOGS));
  }

  /** Lets other runs have the directory. */
  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }

  /**
   * Throws if the directory has logs of another job; changes nothing.
   *
   * @throws {ForeignDirectoryError} If it has.
   */
  static check(path: string, run: DirectoryRun): void {
    refuseForeign(path, run, LOGS);
  }

  /** Opens the file of an attempt; throws if that is only possible after other files are closed. */
  open(ref: Pick<AttemptRef, "range" | "attempt">): AttemptLog {
    const path = `${this.#path}/${logFileName(ref)}`;
    return AttemptLog.open(path, (error) => {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      this.#options.warn(
        `the log ${path} cannot be written, the work goes on: ${errorMessage(error)}`,
      );
    });
  }
}

/** Writes bytes to the file of one attempt. If the disk is full, the file ends, and the work goes on. */
export class AttemptLog implements AsyncDisposable {
  /** Path of the file. */
  readonly path: string;
  readonly #onFailure: (error: unknown) => void;
  #file: Deno.FsFile | undefined;
  #identity: FileIdentity | undefined;
  #size = 0;
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, onFailure: (error: unknown) => void) {
    this.path = path;
    this.#onFailure = onFailure;
  }

  /**
   * Creates or replaces the file. Calls `onFailure` if it cannot be opened or, later, cannot be written. Throws if it can
   * only be opened after other files are closed.
   */
  static open(path: string, onFailure: (error: unknown) => void): AttemptLog {
    const log = new AttemptLog(path, onFailure);
    try {
      refuseSpecial(path);
      log.#file = openToAppend(path, { isEmptied: true });
      log.#identity = new FileIdentity(path, log.#file.statSync());
    } catch (error) {
      if (exhaustedResource(error) !== undefined) throw error;
      onFailure(error);
    }
    return log;
  }

  /** Appends bytes. Resolves when they are written, so that a worker is as fast as the disk, and no faster. */
  write(bytes: Uint8Array): Promise<void> {
    this.#written = this.#written.then(() => this.#writeAll(bytes));
    return this.#written;
  }

  /** Closes the file after the last write. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written;
    if (this.#file === undefined) return;
    this.#close();
    try {
      this.#identity?.check(this.#size);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#file === undefined) return;
      await writeAll(this.#file, bytes);
      this.#size += bytes.length;
    } catch (error) {
      this.#close();
      this.#onFailure(error);
    }
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

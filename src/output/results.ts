/**
 * Keeps the output and the end of each range in a folder.
 *
 * @module
 */
import { writeAll } from "../base/write_all.ts";
import { type Clock, sleep } from "../base/clock.ts";
import { isThere } from "../base/existence.ts";
import { currentDirectory, isAbsolutePath } from "../base/paths.ts";
import { FileIdentity } from "../base/file_identity.ts";
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import { openToAppend } from "../base/append_file.ts";
import { refuseSpecial, replaceFile, syncFile, syncFolder } from "../base/atomic_file.ts";
import type { OutputStream } from "../model/protocol.ts";
import { EarlierResults, RANGE_FOLDER } from "./earlier_results.ts";
import { rangeName } from "./log_directory.ts";
import {
  claimDirectory,
  type DirectoryContent,
  type DirectoryLock,
  type DirectoryRun,
} from "./owned_directory.ts";
import type { Output, OutputAttempt, OutputEnd, RangeOutput } from "./output.ts";

/** What a directory of results holds. */
const RESULTS: DirectoryContent = { what: "results", names: RANGE_FOLDER };
/** Time between two tries to open a file while there are too many open files, in milliseconds … */
const RETRY_MS = 100;
/** … and the number of tries: 10 s. */
const MAX_TRIES = 100;

/** Options of {@linkcode ResultsDirectory.open}. */
export interface ResultsOptions extends DirectoryRun {
  readonly clock: Clock;
}

/**
 * Keeps stdout, stderr and the end of each range in `DIR/range-00012/`. The file `exit` exists if and only if the other two
 * are complete. What belongs to a range that is done is on disk before the range counts as done.
 */
export class ResultsDirectory implements Output, Disposable {
  /** The whole path. */
  readonly path: string;
  readonly #clock: Clock;
  readonly #lock: DirectoryLock;
  readonly #identity: FileIdentity;
  readonly #syncs: FolderSync;

  private constructor(path: string, { clock, lock }: { clock: Clock; lock: DirectoryLock }) {
    this.path = path;
    this.#lock = lock;
    this.#clock = clock;
    this.#identity = new FileIdentity(path);
    this.#syncs = new FolderSync(path);
  }

  /**
   * Opens the directory for a run, until it is disposed of; makes it if there is none.
   *
   * @throws {ForeignDirectoryError} If it has results of another job.
   * @throws {BusyDirectoryError} If another run writes it.
   */
  static open(given: string, { clock, ...run }: ResultsOptions): ResultsDirectory {
    Deno.mkdirSync(given, { recursive: true });
    const path = resolve(given);
    using stack = new DisposableStack();
    const lock = stack.use(claimDirectory(path, run, RESULTS));
    const results = new ResultsDirectory(path, { clock, lock });
    stack.move();
    return results;
  }

  /** Lets other runs have the directory. */
  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }

  /** See {@linkcode Output.range}. */
  range(index: number): RangeOutput {
    return new RangeResult(`${this.path}/${rangeName(index)}`, {
      clock: this.#clock,
      check: () => this.#identity.check(),
      syncParent: () => this.#syncs.sync(),
    });
  }

  /** Looks into the directory, which may not be there, and changes nothing. */
  static look(given: string): EarlierResults {
    return new EarlierResults(resolveMissing(given));
  }

  /** What earlier runs have left in it. */
  get earlier(): EarlierResults {
    return new EarlierResults(this.path);
  }

  /** Opens the stdout or stderr of a range, to read it. */
  async openStream(index: number, stream: OutputStream): Promise<ReadableStream<Uint8Array>> {
    return (await Deno.open(`${this.path}/${rangeName(index)}/${stream}`)).readable;
  }
}

/** Returns a path that a change of the working directory does not change. */
function resolve(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    // The working directory has a name that is not UTF-8.
    if (error instanceof Deno.errors.InvalidData) return path;
    throw error;
  }
}

/** Returns the path that a directory is to have, whether or not it is there. */
function resolveMissing(path: string): string {
  const whole = isAbsolutePath(path) ? path : `${currentDirectory() ?? "."}/${path}`;
  const parts = whole.replace(/\/+$/, "").split("/");
  for (let count = parts.length; count > 1; count--) {
    const parent = parts.slice(0, count).join("/");
    if (isThere(parent)) return [resolve(parent), ...parts.slice(count)].join("/");
  }
  return whole;
}

/** Options of {@linkcode RangeResult}. */
interface RangeResultOptions {
  readonly clock: Clock;
  /** Throws if the directory of results is gone. */
  readonly check: () => void;
  /** Puts the entries of the directory of results on disk. */
  readonly syncParent: () => Promise<void>;
}

/** The results of one range. Each method rejects if something cannot be kept. */
class RangeResult implements RangeOutput {
  readonly #folder: string;
  readonly #options: RangeResultOptions;
  #files: { readonly stdout: ResultFile; readonly stderr: ResultFile } | undefined;
  /** The bytes that the files had after the last attempt. */
  #sizes = { stdout: 0, stderr: 0 };
  #hasBegun = false;

  constructor(folder: string, options: RangeResultOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async begin({ continues }: Pick<OutputAttempt, "continues">): Promise<void> {
    await this.#close();
    this.#options.check();
    makeFolder(this.#folder);
    await removeIfThere(`${this.#folder}/exit`);
    using stack = new DisposableStack();
    const open = (name: OutputStream) => {
      const file = stack.use(ResultFile.open(`${this.#folder}/${name}`, { append: continues }));
      if (continues) file.check(this.#sizes[name]);
      return file;
    };
    this.#files = { stdout: open("stdout"), stderr: open("stderr") };
    this.#hasBegun = true;
    stack.move();
  }

  async release(): Promise<void> {
    await this.#close();
  }

  stdout(bytes: Uint8Array): Promise<void> | undefined {
    return this.#files?.stdout.write(bytes);
  }

  stderr(bytes: Uint8Array): Promise<void> | undefined {
    return this.#files?.stderr.write(bytes);
  }

  async end(end: OutputEnd): Promise<void> {
    // A later run may go on where this attempt has failed or was stopped: then its output must be on disk, too.
    const isSafe = end.counts;
    if (end.cause?.kind === "output-lost") return await this.#drop();
    if (!this.#hasBegun) {
      // What an earlier run kept of it stays, as parts of the range may be done.
      if (end.status === "PENDING") return;
      await this.begin({ continues: true });
    }
    await this.#close({ isWhole: true, isSafe });
    this.#options.check();
    await this.#whenFree(() =>
      replaceFile(`${this.#folder}/exit`, `${exitLine(end)}\n`, { isSafe })
    );
    if (!isSafe) return;
    await this.#whenFree(() => syncFolder(this.#folder));
    await this.#whenFree(this.#options.syncParent);
  }

  /** Leaves no `exit`, as the output is not whole. */
  async #drop(): Promise<void> {
    await this.#close();
    await removeIfThere(`${this.#folder}/exit`);
  }

  async #close(end: FileEnd = { isWhole: false, isSafe: false }): Promise<void> {
    const { stdout, stderr } = this.#files ?? {};
    this.#files = undefined;
    if (stdout !== undefined && stderr !== undefined) {
      this.#sizes = { stdout: stdout.size, stderr: stderr.size };
    }
    using _stdout = stdout;
    using _stderr = stderr;
    const ends = await Promise.allSettled([stdout?.end(end), stderr?.end(end)]);
    const failed = ends.find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  /** Tries something again while there are too many open files. */
  async #whenFree(action: () => Promise<void>): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        return await action();
      } catch (error) {
        if (tries === MAX_TRIES || exhaustedResource(error) === undefined) throw error;
      }
      await sleep(this.#options.clock, RETRY_MS);
    }
  }
}

/** What {@linkcode ResultFile.end} makes sure of. */
interface FileEnd {
  readonly isWhole: boolean;
  readonly isSafe: boolean;
}

/** A file of results. */
class ResultFile implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #identity: FileIdentity;
  /** The bytes that it has, of which some may not be on disk. */
  #size: number;
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, file: Deno.FsFile) {
    const info = file.statSync();
    this.#file = file;
    this.#identity = new FileIdentity(path, info);
    // An earlier attempt may have left some.
    this.#size = info.size;
  }

  static open(path: string, { append }: { append: boolean }): ResultFile {
    refuseSpecial(path);
    return new ResultFile(path, openToAppend(path, { isEmptied: !append }));
  }

  /** The bytes that it must have. */
  get size(): number {
    return this.#size;
  }

  /** Throws if it is not there, or has fewer bytes. */
  check(size: number): void {
    this.#identity.check(size);
  }

  /** Appends bytes. Resolves when they are written, so that a worker is as fast as the disk, and no faster. */
  write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length;
    const written = this.#written.then(() => writeAll(this.#file, bytes));
    this.#written = written.catch(() => {});
    return written;
  }

  /**
   * Resolves after the last write; with `isSafe`, when the file is on disk. With `isWhole`, rejects if the file is gone or was cut
   * short.
   */
  async end({ isWhole, isSafe }: FileEnd): Promise<void> {
    await this.#written;
    // What has no bytes is on disk with its folder.
    if (isSafe && this.#size > 0) await syncFile(this.#file);
    if (isWhole) this.check(this.#size);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Syncs a folder, once for all callers that come while a sync is under way. */
class FolderSync {
  readonly #path: string;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  sync(): Promise<void> {
    return this.#next ??= this.#afterRunning();
  }

  async #afterRunning(): Promise<void> {
    await this.#running.catch(() => {});
    this.#next = undefined;
    await (this.#running = syncFolder(this.#path));
  }
}

/** Makes a folder in one that exists. */
function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if (!Deno.statSync(path).isDirectory) {
      throw new Error(`${path} is in the way: ${errorMessage(error)}`);
    }
  }
}

/** Returns the exit code, the signal, the status that the worker reported, or the kind of the cause with its message. */
function exitLine({ status, cause, exit }: OutputEnd): string {
  if (cause === undefined) return exit?.kind === "exited" ? `${exit.code}` : status;
  switch (cause.kind) {
    case "exit":
      return `${cause.code}`;
    case "signal":
      return cause.signal;
    case "reported":
      return status;
    default: {
      const message = "message" in cause && cause.message !== undefined ? `: ${cause.message}` : "";
      return `${cause.kind}${message}`.replace(/\s+/g, " ");
    }
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

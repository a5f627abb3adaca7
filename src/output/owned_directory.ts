/**
 * Ownership of a directory that a run fills: a file in it names the run, so that no other job writes over its files. A lock of
 * that file keeps other runs of the same job away for as long as the run goes on.
 *
 * @module
 */
import { isUnsupported } from "../base/errors.ts";
import { lockFile } from "../base/file_lock.ts";
import { LivingProcesses, ownIdentity, type ProcessIdentity } from "../base/process_identity.ts";
import { writeAllSync } from "../base/write_all.ts";

/** The file that names the run to which a directory belongs, and the process of its executor on the next line. */
const OWNER_FILE = ".executor-run";

/** A run that wants a directory. */
export interface DirectoryRun {
  /** The id of the run. */
  readonly runId: string;
  /** The ids of the runs that it resumes, and the directories of their results. */
  readonly earlier?: { readonly runIds: readonly string[]; readonly results: ReadonlySet<string> };
}

/** What a directory holds. */
export interface DirectoryContent {
  /** What its files are, such as `results`. */
  readonly what: string;
  /** Names of files that only a run makes. */
  readonly names: RegExp;
}

/** Thrown if a directory has files of another job. */
export class ForeignDirectoryError extends Error {
  /** Name of the class. */
  override name = "ForeignDirectoryError";
}

/** Thrown if another run of the same job fills a directory at the same time. */
export class BusyDirectoryError extends Error {
  /** Name of the class. */
  override name = "BusyDirectoryError";
}

/** Keeps other runs away from a directory until it is disposed of, or this process ends. */
export class DirectoryLock implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #isLocked: boolean;

  private constructor(file: Deno.FsFile, isLocked: boolean) {
    this.#file = file;
    this.#isLocked = isLocked;
  }

  /**
   * Locks the file that names the run, which belongs to the lock from then on. Some file systems have no locks.
   *
   * @throws {BusyDirectoryError} If another run has locked it.
   */
  static take(file: Deno.FsFile): DirectoryLock {
    using stack = new DisposableStack();
    stack.use(file);
    const isLocked = tryLock(file);
    if (isLocked === false) throw new BusyDirectoryError("it is being written by another run");
    stack.move();
    return new DirectoryLock(file, isLocked ?? false);
  }

  /** Closing alone leaves the lock with a child process that was forked and has not begun yet. */
  [Symbol.dispose](): void {
    using file = this.#file;
    if (!this.#isLocked) return;
    try {
      file.unlockSync();
    } catch {
      // Closing has to do.
    }
  }
}

/**
 * Makes a directory if there is none, writes into it to whom it belongs, and locks it.
 *
 * @throws {ForeignDirectoryError} If it belongs to another job.
 * @throws {BusyDirectoryError} If another run fills it.
 */
export function claimDirectory(
  path: string,
  run: DirectoryRun,
  content: DirectoryContent,
): DirectoryLock {
  Deno.mkdirSync(path, { recursive: true });
  const file = openOwner(`${path}/${OWNER_FILE}`, refuseForeign(path, run, content));
  using stack = new DisposableStack();
  const lock = stack.use(DirectoryLock.take(file));
  // Another run may have had the lock until now. One that was killed, or had no room, may have left a file without a run.
  if (!refuseForeign(path, run, content)) {
    file.truncateSync();
    const text = `${run.runId}\n${JSON.stringify(ownIdentity())}\n`;
    writeAllSync(file, new TextEncoder().encode(text));
    file.syncSync();
  }
  stack.move();
  return lock;
}

/**
 * Returns the id of the run to which a directory belongs; undefined if it has none, and an empty text if that run was killed
 * before it wrote anything. Changes nothing.
 *
 * @throws {ForeignDirectoryError} If it belongs to another job.
 */
export function refuseForeign(
  path: string,
  { runId: _own, earlier }: DirectoryRun,
  { what, names }: DirectoryContent,
): string | undefined {
  const owner = readOwner(path);
  const file = namesIn(path).find((name) => names.test(name));
  if (owner?.runId) {
    if (earlier?.runIds.includes(owner.runId)) return owner.runId;
    if (file === undefined && isGone(owner.executor)) return "";
    throw new ForeignDirectoryError(`it has the ${what} of the run ${owner.runId.slice(0, 36)}`);
  }
  if (earlier?.results.has(path) || file === undefined) return owner?.runId;
  throw new ForeignDirectoryError(`it has a ${file} of another run`);
}

function isGone(executor: ProcessIdentity | undefined): boolean {
  return executor !== undefined && new LivingProcesses().lifeOf(executor) === "gone";
}

/** Returns whether a file could be locked; undefined where there are no locks. */
function tryLock(file: Deno.FsFile): boolean | undefined {
  // There, nobody could read what is locked.
  if (Deno.build.os === "windows") return undefined;
  try {
    return lockFile(file);
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    throw error;
  }
}

/** @param owner The run that it names; undefined if there is no such file. */
function openOwner(path: string, owner: string | undefined): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, createNew: owner === undefined, create: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new ForeignDirectoryError("another run has just begun to write into it");
    }
    // Another user may have begun the job. The file stays as it is then, and can be locked.
    if (owner && error instanceof Deno.errors.PermissionDenied) return Deno.openSync(path);
    throw error;
  }
}

/** The run to which a directory belongs. */
interface Owner {
  /** Its id; empty if it had not written it yet. */
  readonly runId: string;
  readonly executor?: ProcessIdentity;
}

function readOwner(path: string): Owner | undefined {
  try {
    const file = `${path}/${OWNER_FILE}`;
    const { isFile, isDirectory } = Deno.statSync(file);
    // A pipe would hold up the program.
    if (!isFile && !isDirectory) throw new Error(`${file} is no regular file`);
    const text = Deno.readTextFileSync(file);
    const [runId = "", executor = ""] = text.split("\n");
    return { runId: runId.trim(), executor: parseIdentity(executor) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function namesIn(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    const identity = JSON.parse(text);
    return Number.isInteger(identity?.pid) ? identity : undefined;
  } catch {
    // It was not written to its end, or comes from an older version.
    return undefined;
  }
}

/**
 * Opening of a journal's file: refuses what is no file, and locks it.
 *
 * @module
 */
import { statOf } from "../base/atomic_file.ts";
import { errorMessage, isUnsupported } from "../base/errors.ts";
import { lockFile } from "../base/file_lock.ts";
import { JournalError } from "./journal_error.ts";

/** The file of a journal, open for reading and appending. */
export interface OpenFile {
  readonly handle: Deno.FsFile;
  /** Why it is not locked; absent if it is. */
  readonly lockProblem?: string;
}

/**
 * Opens a file, which is created if there is none, and locks it. Some file systems have no locks, such as Lustre without its
 * option flock, and NFS without its lock daemon. Nothing is opened that is no
 * file: a pipe would keep nothing, and might block.
 *
 * @throws {JournalError} If that is impossible, or another run has locked it; the message begins with the path.
 */
export function openFile(path: string): OpenFile {
  let handle: Deno.FsFile;
  try {
    refuseSpecial(path, statOf(path));
    handle = Deno.openSync(path, { read: true, append: true, create: true });
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError(`${path} cannot be written: ${errorMessage(error)}`);
  }
  try {
    refuseSpecial(path, handle.statSync());
    if (lockFile(handle)) return { handle };
  } catch (error) {
    if (isUnsupported(error)) return { handle, lockProblem: errorMessage(error) };
    handle.close();
    if (error instanceof JournalError) throw error;
    throw new JournalError(`${path} cannot be locked: ${errorMessage(error)}`);
  }
  handle.close();
  throw inUse(path);
}

/**
 * Opens a file that exists, to read it.
 *
 * @throws {JournalError} If that is impossible; the message begins with the path.
 */
export function openToRead(path: string): Deno.FsFile {
  try {
    refuseSpecial(path, statOf(path));
    return Deno.openSync(path);
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError(`${path} cannot be read: ${errorMessage(error)}`);
  }
}

/** Returns the error of a journal that another run writes. */
export function inUse(path: string): JournalError {
  return new JournalError(`${path} is being written by another run`);
}

/** Unlocks and closes a file. Closing alone leaves the lock with a child process that was forked and has not begun yet. */
export function release({ handle, lockProblem }: OpenFile): void {
  try {
    if (lockProblem === undefined) handle.unlockSync();
  } finally {
    handle.close();
  }
}

function refuseSpecial(path: string, info: Deno.FileInfo | undefined): void {
  if (info === undefined || info.isFile) return;
  throw new JournalError(`${path} must be a file: it is ${kindOf(info)}`);
}

function kindOf(info: Deno.FileInfo): string {
  if (info.isDirectory) return "a directory";
  if (info.isFifo) return "a pipe";
  if (info.isSocket) return "a socket";
  return info.isCharDevice || info.isBlockDevice ? "a device" : "something else";
}

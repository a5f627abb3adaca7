/**
 * Registration of a run: a locked file that tells other programs of this user that the run lives, and how it is reached.
 *
 * @module
 */
import { isUnsupported } from "../../base/errors.ts";
import { lockFile } from "../../base/file_lock.ts";
import { writeAllSync } from "../../base/write_all.ts";
import { findFolderFault, socketFolder } from "./socket_folder.ts";

/** Facts about a run that do not change. */
export interface RunInfo {
  /** The id of the run. */
  readonly runId: string;
  /** The name of the run, for people; several may have the same one. */
  readonly name: string;
  /** Its title. */
  readonly title: string;
  /** The process id of the executor. */
  readonly pid: number;
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The working directory, if it is known. */
  readonly directory?: string;
  /** The command of the workers, if it is known. */
  readonly command?: readonly string[];
  /** The directory that keeps the output of each attempt, if there is one: an absolute path. */
  readonly logDir?: string;
  /** The journal, if there is one: an absolute path. */
  readonly journal?: string;
}

/** A run that lives. */
export interface LiveRun extends RunInfo {
  /** The path of its socket. */
  readonly socket: string;
}

/** A file that was left by a run that was killed before it was registered is removed after this time, in milliseconds. */
const LEFT_BEHIND_MS = 60_000;

const LOCK = ".lock";
const SOCKET = ".sock";
const NEW = ".new";

/** The files of a run, until they are removed. */
export interface Registration {
  /** The path at which its socket is to be. */
  readonly socket: string;
  /** Makes the run visible to others. Its socket must listen by then. */
  announce(): void;
  /** Removes the socket and the file. */
  remove(): void;
}

/**
 * Makes the locked file of a run in a folder. The lock is held as long as this process lives.
 *
 * @throws {Error} If that is not possible.
 */
export function register(folder: string, info: RunInfo): Registration {
  const base = `${folder}/${info.runId.replaceAll("-", "").slice(0, 12)}`;
  const file = Deno.openSync(`${base}${NEW}`, { write: true, createNew: true, mode: 0o600 });
  const remove = () => {
    // The lock is given up last: nobody takes a run for dead whose files are still there.
    for (const end of [LOCK, NEW, SOCKET]) attempt(() => Deno.removeSync(base + end));
    attempt(() => file.unlockSync());
    attempt(() => file.close());
  };
  try {
    tryLock(() => lockFile(file));
    // Its name comes first: completions of shells look for it there.
    const { name, ...others } = info;
    writeAllSync(file, new TextEncoder().encode(JSON.stringify({ name, ...others })));
  } catch (error) {
    remove();
    throw error;
  }
  return {
    socket: base + SOCKET,
    announce: () => Deno.renameSync(`${base}${NEW}`, `${base}${LOCK}`),
    remove,
  };
}

/** Returns the runs of this user that live, the newest one first. Removes what dead ones have left. */
export async function liveRuns(folder: string | undefined = socketFolder()): Promise<LiveRun[]> {
  if (folder === undefined || findFolderFault(folder) !== undefined) return [];
  const entries = attempt(() => Array.from(Deno.readDirSync(folder))) ?? [];
  // What somebody has put there, such as a named pipe, is not opened.
  const names = entries.filter(({ isFile }) => isFile).map(({ name }) => name);
  removeUnannounced(folder, names);
  const locks = names.filter((name) => name.endsWith(LOCK));
  const found = await Promise.all(
    locks.map((name) => look(`${folder}/${name.slice(0, -LOCK.length)}`)),
  );
  return found.filter((run) => run !== undefined)
    .sort((a, b) => b.startedAt - a.startedAt || (a.runId < b.runId ? 1 : -1));
}

/** Returns the run of a file if it lives; otherwise removes what it has left. */
async function look(base: string): Promise<LiveRun | undefined> {
  const socket = base + SOCKET;
  const path = base + LOCK;
  try {
    using file = Deno.openSync(path);
    // A shared lock: several programs may look at the same time.
    const isFree = tryLock(() => file.tryLockSync(false));
    if (isFree === false || (isFree === undefined && await answers(socket))) {
      const info = readInfo(Deno.readTextFileSync(path));
      return info && { ...info, socket };
    }
    for (const left of [socket, path]) attempt(() => Deno.removeSync(left));
  } catch {
    // It has just ended.
  }
  return undefined;
}

/** Returns what a call returns that locks; undefined where files cannot be locked. */
function tryLock(call: () => boolean): boolean | undefined {
  try {
    return call();
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    throw error;
  }
}

async function answers(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

/** Removes the files of runs that were killed before they were announced. */
function removeUnannounced(folder: string, names: readonly string[]): void {
  for (const name of names.filter((name) => name.endsWith(NEW))) {
    const base = `${folder}/${name.slice(0, -NEW.length)}`;
    attempt(() => {
      const { mtime } = Deno.lstatSync(base + NEW);
      if (Date.now() - (mtime?.getTime() ?? 0) < LEFT_BEHIND_MS) return;
      using file = Deno.openSync(base + NEW);
      if (!file.tryLockSync(false)) return;
      for (const end of [SOCKET, NEW]) attempt(() => Deno.removeSync(base + end));
    });
  }
}

function readInfo(text: string): RunInfo | undefined {
  const info: unknown = attempt(() => JSON.parse(text));
  return isRunInfo(info) ? info : undefined;
}

/** Returns whether a value has the facts about a run. */
export function isRunInfo(value: unknown): value is RunInfo {
  if (typeof value !== "object" || value === null) return false;
  const { runId, name, title, pid, startedAt } = value as Record<string, unknown>;
  return [runId, name, title].every((text) => typeof text === "string") &&
    [pid, startedAt].every((number) => typeof number === "number");
}

/** Returns the result of a call; undefined if it throws. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

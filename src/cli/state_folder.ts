/**
 * State folder: keeps a record of each run that has no journal, so that its failures can be run again.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { isUnsupported } from "../base/errors.ts";
import { FileIdentity } from "../base/file_identity.ts";
import type { RecordFile } from "../journal/ends_recorder.ts";

/** The age from which on a record is removed, in milliseconds. */
const MAX_AGE_MS = 30 * 24 * 3_600_000;
/** The bytes that all records may have together. */
const MAX_BYTES = 1 << 30;
/** The number of records: with more of them, looking at all would take longer than a short run. */
const MAX_RECORDS = 10_000;
/** Where files cannot be locked, a record that was written in this time may be that of a run that goes on. */
const UNLOCKED_MS = 24 * 3_600_000;

/** The names of records. Other files in the folder are left alone. */
const NAME = /^\d{8}T\d{6}Z-[0-9a-f]{8}\.jsonl$/;
/** The names of files with what runs in the background print. */
const LOG_NAME = /^\d{8}T\d{6}Z-[0-9a-f]{8}\.log$/;

/**
 * Returns the folder for the records: `executor` in `$XDG_STATE_HOME`, or in `~/.local/state`. Returns undefined if there is
 * none, or if it may not be used without asking the person.
 */
export function stateFolder(): string | undefined {
  if (Deno.build.os === "windows") return undefined;
  // As the specification says, a path that is relative is ignored.
  const isAbsolute = (path: string | undefined) => path?.startsWith("/") === true;
  const [state, home] = ["XDG_STATE_HOME", "HOME"].map(readEnv);
  const base = isAbsolute(state) ? state : isAbsolute(home) ? `${home}/.local/state` : undefined;
  if (base === undefined) return undefined;
  const path = `${base.replace(/(?<=.)\/+$/, "")}/executor`;
  const isGranted = (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path }).state === "granted"
  );
  return isGranted ? path : undefined;
}

/** Makes the file for the record of a run, which nobody else can read. Returns undefined if that is not possible. */
export function openRecord(folder: string | undefined): RecordFile | undefined {
  if (folder === undefined) return undefined;
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = `${folder}/${nameNow()}`;
    const handle = Deno.openSync(path, {
      read: true,
      append: true,
      createNew: true,
      mode: 0o600,
    });
    const identity = new FileIdentity(path, handle.statSync());
    return {
      path,
      handle,
      check: (size) => identity.check(size),
      ...ownerOf(path, { handle, identity }),
    };
  } catch {
    // Nobody asked for it.
    return undefined;
  }
}

/**
 * Makes the file for what a run in the background prints, which nobody else can read. Removes those that are too old. Returns
 * undefined if that is not possible.
 */
export function newLogFile(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  return attempt(() => {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { name } of Deno.readDirSync(folder)) {
      if (!LOG_NAME.test(name)) continue;
      attempt(() => {
        const { mtime } = Deno.lstatSync(`${folder}/${name}`);
        const age = Date.now() - (mtime?.getTime() ?? 0);
        if (age > MAX_AGE_MS) Deno.removeSync(`${folder}/${name}`);
      });
    }
    const path = `${folder}/${nameNow().replace(/jsonl$/, "log")}`;
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
    return path;
  });
}

/** Locks a file, and returns what ends its use. */
function ownerOf(
  path: string,
  { handle, identity }: { handle: Deno.FsFile; identity: FileIdentity },
): Pick<RecordFile, "remove"> & Disposable {
  const isLocked = tryLock(handle) === true;
  return {
    remove: () => void attempt(() => identity.isThere && Deno.removeSync(path)),
    [Symbol.dispose]: () => {
      // Closing alone leaves the lock with a child process that was forked and has not begun yet.
      if (isLocked) attempt(() => handle.unlockSync());
      attempt(() => handle.close());
    },
  };
}

/** A record in the folder. */
interface Candidate {
  readonly path: string;
  readonly size: number;
  readonly changedAt: number;
}

/** Returns the records in the folder, the newest one first. */
function readRecords(folder: string): Candidate[] {
  const records: Candidate[] = [];
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (!isFile || !NAME.test(name)) continue;
    const path = `${folder}/${name}`;
    attempt(() => {
      const { size, mtime } = Deno.lstatSync(path);
      records.push({ path, size, changedAt: mtime?.getTime() ?? 0 });
    });
  }
  return records.sort((a, b) => b.changedAt - a.changedAt || (a.path < b.path ? 1 : -1));
}

/** Returns the path of the newest record. Returns undefined if there is none. */
export function newestRecord(folder: string | undefined): string | undefined {
  // A process that was killed before its run began leaves an empty one.
  return folder && attempt(() => readRecords(folder).find(({ size }) => size > 0)?.path);
}

/** Returns the paths of the newest records, `most` at most, the newest one first. */
export function newestRecords(folder: string | undefined, most: number): string[] {
  const records = folder === undefined ? [] : attempt(() => readRecords(folder)) ?? [];
  return records.filter(({ size }) => size > 0).slice(0, most).map(({ path }) => path);
}

/** Returns whether a run still writes a record. */
export function isWritten(path: string): boolean {
  return attempt(() => {
    using file = Deno.openSync(path, { read: true });
    return file.tryLockSync(false) === false;
  }) ?? false;
}

/** Limits of {@linkcode pruneRecords}; those that are left out have their defaults. */
export interface PruneLimits {
  readonly now?: number;
  /** The bytes of the record that was just written; if left out, they can be many. */
  readonly written?: number;
  readonly maxBytes?: number;
  readonly maxRecords?: number;
}

/** Removes records that are too old, and the oldest ones if all are too large. Never removes one that a run writes. */
export function pruneRecords(
  folder: string | undefined,
  { now = Date.now(), written = Infinity, maxBytes = MAX_BYTES, maxRecords = MAX_RECORDS }:
    PruneLimits = {},
): void {
  if (folder === undefined) return;
  attempt(() => {
    const isSmall = written <= maxBytes / maxRecords;
    if (isSmall && !isFirstOfDay(folder, { now, maxRecords })) return;
    let bytes = 0;
    for (const [index, record] of readRecords(folder).entries()) {
      bytes += record.size;
      const age = now - record.changedAt;
      if (age <= MAX_AGE_MS && bytes <= maxBytes && index < maxRecords) continue;
      if (attempt(() => removeUnused(record, age))) bytes -= record.size;
    }
  });
}

/**
 * Returns whether at most one record was begun today, or there are too many. Once a day, and after a large record, all are
 * looked at, which takes longer the more there are. (Row start of bench/.)
 */
function isFirstOfDay(
  folder: string,
  { now, maxRecords }: { now: number; maxRecords: number },
): boolean {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((n) =>
    NAME.test(n)
  );
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "");
  return names.length > maxRecords || names.filter((name) => name.startsWith(day)).length <= 1;
}

/** Removes a record that no run writes. Returns whether it is gone. */
function removeUnused({ path }: Candidate, age: number): boolean {
  using file = Deno.openSync(path, { read: true, write: true });
  const isFree = tryLock(file) ?? age > UNLOCKED_MS;
  if (!isFree) return false;
  // A run that opens it now waits for nobody: it notices that it was removed, and writes it again.
  Deno.removeSync(path);
  return true;
}

/** Locks a file. Returns false if another process has locked it, and undefined where files cannot be locked. */
function tryLock(file: Deno.FsFile): boolean | undefined {
  try {
    return file.tryLockSync(true);
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    throw error;
  }
}

/** Returns the result of a call; undefined if it throws. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** Returns a name that no other record has, and that tells when it was begun. */
function nameNow(): string {
  const time = new Date().toISOString().replace(/\.\d+/, "").replace(/[-:]/g, "");
  return `${time}-${crypto.randomUUID().slice(0, 8)}.jsonl`;
}

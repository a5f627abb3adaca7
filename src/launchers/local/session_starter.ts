/**
 * The session starter: a program of some 400 bytes that makes a worker the leader of its own session, in a third of the time that
 * setsid(1) takes, and gives it the user's limit of open files. (Rows spawn and spawn-journal of bench/.)
 *
 * Its source is in `session_starter/`. It has to be a file to be run: it is written once, into a private folder.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import { STARTERS } from "./session_starter/starter_bytes.ts";

/** The parts of a command line that starts a program by the session starter. */
export interface StarterCommand {
  /** The file of the program, which it also sees as its name. */
  readonly path: string;
  readonly args: readonly string[];
  /** Its soft limit of open files; that of this process if left out. */
  readonly softLimit?: number;
}

/** Returns the arguments that make the session starter start a program. */
export function starterArguments({ path, args, softLimit = 0 }: StarterCommand): string[] {
  return [`${softLimit}`, path, path, ...args];
}

/**
 * Returns the file of the session starter for this machine, which is written if it is not there. Returns undefined where it
 * cannot be: on another system or processor, without permissions, or if no folder is this user's alone. Only its first use
 * shows whether the file system allows it to run.
 */
export function installStarter(): string | undefined {
  const bytes = Deno.build.os === "linux" ? STARTERS[Deno.build.arch] : undefined;
  if (bytes === undefined) return undefined;
  const uid = ownUid();
  if (uid === undefined) return undefined;
  for (const folder of folders(uid)) {
    const file = `${folder}/session-starter-${Deno.build.arch}-${digest(bytes)}`;
    if (!mayUse(folder)) continue;
    try {
      makePrivate(folder, uid);
      if (isIntact(file, { bytes, uid })) return file;
      write(file, bytes);
      if (isIntact(file, { bytes, uid })) return file;
    } catch {
      // The next folder may be better.
    }
  }
  return undefined;
}

/** Returns a short digest (FNV-1a), so that each version has a file of its own. It is no check: all bytes are compared. */
function digest(bytes: Uint8Array): string {
  const hash = bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
  return hash.toString(16).padStart(8, "0");
}

function ownUid(): number | undefined {
  const isGranted = Deno.permissions.querySync({ name: "sys", kind: "uid" }).state === "granted";
  return isGranted ? Deno.uid() ?? undefined : undefined;
}

/** The folders where it may lie: that for caches, or one of this user among the temporary files. */
function folders(uid: number): string[] {
  const cache = readEnv("XDG_CACHE_HOME") || cacheOf(readEnv("HOME"), uid);
  const temporary = readEnv("TMPDIR");
  return [
    ...(cache?.startsWith("/") ? [`${cache}/executor`] : []),
    `${temporary?.startsWith("/") ? temporary : "/tmp"}/executor-${uid}`,
  ];
}

/** Returns the folder for caches in a home, unless that is another user's: as root with the home of somebody. */
function cacheOf(home: string | undefined, uid: number): string | undefined {
  try {
    return home && Deno.statSync(home).uid === uid ? `${home}/.cache` : undefined;
  } catch {
    return undefined;
  }
}

function mayUse(path: string): boolean {
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path }).state === "granted"
  );
}

/**
 * Makes a folder that nobody else can change.
 *
 * @throws {Error} If another user could.
 */
function makePrivate(folder: string, uid: number): void {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A link is not followed: it could lead anywhere.
  const { isDirectory, uid: owner, mode } = Deno.lstatSync(folder);
  const isPrivate = isDirectory && owner === uid && ((mode ?? 0o777) & 0o077) === 0;
  if (!isPrivate) throw new Error(`${folder} is not this user's alone`);
}

/** Returns whether the file has exactly these bytes, can be run, and nobody else can change it. */
function isIntact(file: string, { bytes, uid }: { bytes: Uint8Array; uid: number }): boolean {
  try {
    const { isFile, uid: owner, mode, size } = Deno.lstatSync(file);
    const isOurs = isFile && owner === uid && (mode! & 0o777) === 0o700 && size === bytes.length;
    if (!isOurs) return false;
    const found = Deno.readFileSync(file);
    return found.length === bytes.length && found.every((byte, index) => byte === bytes[index]);
  } catch {
    return false;
  }
}

/** Puts the file in its place as a whole, as others may be about to run it. */
function write(file: string, bytes: Uint8Array): void {
  const part = `${file}.${crypto.randomUUID()}`;
  try {
    Deno.writeFileSync(part, bytes, { createNew: true, mode: 0o700 });
    Deno.chmodSync(part, 0o700);
    Deno.renameSync(part, file);
  } catch (error) {
    try {
      Deno.removeSync(part);
    } catch {
      // It was never there.
    }
    throw error;
  }
}

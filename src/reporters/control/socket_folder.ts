/**
 * Folder of the sockets through which the runs of a user are asked and told things.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import { errorMessage } from "../../base/errors.ts";

/** The longest path of a socket, in bytes: systems have room for 104 or 108. */
export const MAX_PATH_BYTES = 100;
/** The room that the name of a file needs: 12 digits and `.sock`. */
const NAME_BYTES = 18;
/** Where the folder is if the path in `TMPDIR` would be too long. */
const SHORT_PLACE = "/tmp";

/** A folder that cannot be used; `isUnsafe` says that somebody else has made it, or may write to it. */
export interface UnusableFolder {
  readonly kind: "unusable";
  readonly reason: string;
  readonly isUnsafe: boolean;
}

/**
 * Returns the folder for the sockets of this user's runs: in `TMPDIR`, or in `/tmp` if that is not set or too long. Returns
 * undefined if it may not be used without asking the person.
 */
export function socketFolder(): string | undefined {
  if (Deno.build.os === "windows" || !isGranted()) return undefined;
  const given = readEnv("TMPDIR") ?? "";
  const place = given.startsWith("/") ? given.replace(/\/+$/, "") : SHORT_PLACE;
  const folder = `${place}/executor-${Deno.uid()}`;
  return hasRoom(folder) ? folder : `${SHORT_PLACE}/executor-${Deno.uid()}`;
}

/** Returns whether this process may use sockets and read the id of its user. Never prompts. */
function isGranted(): boolean {
  const wanted: Deno.PermissionDescriptor[] = [
    { name: "sys", kind: "uid" },
    { name: "net" },
    { name: "read" },
    { name: "write" },
  ];
  return wanted.every((one) => Deno.permissions.querySync(one).state === "granted");
}

function hasRoom(folder: string): boolean {
  return new TextEncoder().encode(folder).length + NAME_BYTES <= MAX_PATH_BYTES;
}

/** Makes the folder if it is not there, so that only its owner can open it. Returns why it cannot be used, if it cannot. */
export function makeSocketFolder(path: string): UnusableFolder | undefined {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      return { kind: "unusable", reason: errorMessage(error), isUnsafe: false };
    }
  }
  return findFolderFault(path);
}

/** Returns why a folder cannot be trusted, if it cannot: it must be a directory of ours that nobody else can open. */
export function findFolderFault(path: string): UnusableFolder | undefined {
  const unsafe = (reason: string) => ({ kind: "unusable", reason, isUnsafe: true }) as const;
  try {
    const { isDirectory, isSymlink, uid, mode } = Deno.lstatSync(path);
    if (isSymlink || !isDirectory) return unsafe(`${path} is no directory`);
    if (uid !== Deno.uid()) return unsafe(`${path} belongs to another user`);
    if (((mode ?? 0o777) & 0o077) !== 0) return unsafe(`${path} can be opened by other users`);
    return undefined;
  } catch (error) {
    return { kind: "unusable", reason: errorMessage(error), isUnsafe: false };
  }
}

/**
 * Search for a program on the PATH, and for the program of this process.
 *
 * @module
 */
import { readEnv } from "./env.ts";
import { isThere } from "./existence.ts";

/** The result of {@linkcode findProgram}. */
export type ProgramLookup =
  /** The program, with the permission bits of its file; `null` where files have none. */
  | { readonly kind: "found"; readonly path: string; readonly mode: number | null }
  /** There are files of that name, but none has an executable bit. */
  | { readonly kind: "not-executable"; readonly path: string }
  /** There is no file of that name. */
  | { readonly kind: "not-found" }
  /** Files may not be looked at without asking the user, or there is no PATH, or this system is not POSIX. */
  | { readonly kind: "unknown" };

/**
 * Finds the file that execvp(3) would run: the first regular file with an executable bit. A name with a slash is a path;
 * any other name is looked up in the folders of the PATH, where an empty folder is the working directory.
 *
 * @param path The PATH to search; that of this process if left out.
 */
export function findProgram(name: string, path = readEnv("PATH")): ProgramLookup {
  if (path === undefined || !mayLook()) return { kind: "unknown" };
  let refused: string | undefined;
  for (const file of name.includes("/") ? [name] : candidates(name, path)) {
    const info = statFile(file);
    if (info === undefined) continue;
    if (info.mode === null || (info.mode & 0o111) !== 0) {
      return { kind: "found", path: file, mode: info.mode };
    }
    refused ??= file;
  }
  return refused === undefined ? { kind: "not-found" } : { kind: "not-executable", path: refused };
}

function candidates(name: string, path: string): string[] {
  return name === "" ? [] : path.split(":").map((folder) => `${folder || "."}/${name}`);
}

function mayLook(): boolean {
  return Deno.build.os !== "windows" &&
    Deno.permissions.querySync({ name: "read" }).state === "granted";
}

function statFile(path: string): Deno.FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isFile ? info : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the path of the program that this process runs: Deno, or this program if it was compiled. Returns undefined without the
 * permission to read, or without /proc. Never prompts for a permission.
 */
export function ownProgram(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "read" });
  if (state !== "granted") return undefined;
  // Without /proc, Deno would end this process: it finds its own path there.
  return Deno.build.os !== "linux" || isThere("/proc/self/exe") ? Deno.execPath() : undefined;
}

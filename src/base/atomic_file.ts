/**
 * Replacement of a file as a whole: a reader sees the old content or the new one, never a part.
 *
 * @module
 */
import { writeAll } from "./write_all.ts";
import { isUnsupported } from "./errors.ts";

/** Options of {@linkcode replaceFile}. */
export interface ReplaceOptions {
  /**
   * Whether the content is on disk before it replaces the old one, so that it survives a crash of the machine. The folder
   * must be synced after that: {@linkcode syncFolder}.
   *
   * @default {false}
   */
  isSafe?: boolean;
}

/**
 * Writes a text, or bytes, to a temporary file beside the path and moves that there, so that nobody sees a part of it. Something other
 * than a file, such as a pipe, is written to directly.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  { isSafe = false }: ReplaceOptions = {},
): Promise<void> {
  const { target, isSpecial } = resolve(path);
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  if (isSpecial) return await Deno.writeFile(target, bytes);
  const temporary = temporaryName(target);
  try {
    if (isSafe) await writeSafely(temporary, bytes);
    else await Deno.writeFile(temporary, bytes, { createNew: true });
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Puts the entries of a folder on disk, so that its files are found after a crash of the machine. */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no such call, and needs none.
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await syncFile(folder);
}

/** Throws if a path leads to something other than a file, such as a pipe, which a program could wait for when it opens it. */
export function refuseSpecial(path: string): void {
  const info = statOf(path);
  if (info !== undefined && !info.isFile) throw new Error(`${path} is in the way: it is no file`);
}

/** Puts a file on disk, as far as its file system can do that. */
export async function syncFile(file: Deno.FsFile): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** Does what {@linkcode syncFile} does, at once. */
export function syncFileSync(file: Deno.FsFile): void {
  try {
    file.syncSync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

async function writeSafely(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, bytes);
  await syncFile(file);
}

/** Throws what {@linkcode replaceFile} would throw, as far as that is known in advance; changes nothing. */
export function probeReplace(path: string): void {
  const { target, isSpecial, isDirectory } = resolve(path);
  if (isDirectory) throw new Deno.errors.IsADirectory("it is a directory");
  if (isSpecial) return;
  const temporary = temporaryName(target);
  Deno.writeTextFileSync(temporary, "", { createNew: true });
  Deno.removeSync(temporary);
}

/** Resolves a path, and finds out whether it is something other than a file: moving a file there would destroy a device. */
function resolve(path: string): { target: string; isSpecial: boolean; isDirectory: boolean } {
  const info = statOf(path);
  // Only a link must be resolved. Some paths cannot be, such as a pipe behind /dev/stdout, or one that is not UTF-8.
  const isLink = info?.isFile && Deno.lstatSync(path).isSymlink;
  const target = isLink ? Deno.realPathSync(path) : path;
  return {
    target,
    isSpecial: info !== undefined && !info.isFile,
    isDirectory: info?.isDirectory ?? false,
  };
}

/** Returns what a path leads to, or undefined if there is nothing. */
export function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function temporaryName(path: string): string {
  return `${path}.${crypto.randomUUID()}.tmp`;
}

/**
 * Replacement of a file as a whole: a reader sees the old content or the new one, never a part.
 *
 * @module
 */

/**
 * Writes a text to a temporary file beside the path and moves that there, so that nobody sees a part of it. Something other
 * than a file, such as a pipe, is written to directly.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const { target, isSpecial } = resolve(path);
  if (isSpecial) return await Deno.writeTextFile(target, text);
  const temporary = temporaryName(target);
  try {
    await Deno.writeTextFile(temporary, text, { createNew: true });
    await Deno.rename(temporary, target);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
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

function statOf(path: string): Deno.FileInfo | undefined {
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

/**
 * A file that is there as a whole, or as it was before.
 *
 * @module
 */

/**
 * Writes a text beside its place and moves it there, so that at no time half of it can be seen. What is no file but, say,
 * a pipe is written to.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const { place, isSpecial } = look(path);
  if (isSpecial) return await Deno.writeTextFile(place, text);
  const temporary = temporaryName(place);
  try {
    await Deno.writeTextFile(temporary, text, { createNew: true });
    await Deno.rename(temporary, place);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Throws what {@linkcode replaceFile} would, as far as it can be known before; changes nothing. */
export function probeReplace(path: string): void {
  const { place, isSpecial, isDirectory } = look(path);
  if (isDirectory) throw new Deno.errors.IsADirectory("it is a directory");
  if (isSpecial) return;
  const temporary = temporaryName(place);
  Deno.writeTextFileSync(temporary, "", { createNew: true });
  Deno.removeSync(temporary);
}

/** Where a path leads to, and whether that is something else than a file: to move a file there would destroy a device. */
function look(path: string): { place: string; isSpecial: boolean; isDirectory: boolean } {
  const info = statOf(path);
  // Not every path that can be written to can be resolved: a pipe behind /dev/stdout cannot.
  const place = info?.isFile ? Deno.realPathSync(path) : path;
  return {
    place,
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

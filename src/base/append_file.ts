/**
 * Files that are appended to, and that other programs may cut meanwhile.
 *
 * @module
 */

/**
 * Opens a file to append to it, and makes it if there is none. If another program cuts the file, what is written next leaves no gap
 * of NULs before it.
 */
export function openToAppend(path: string, { isEmptied }: { isEmptied: boolean }): Deno.FsFile {
  const file = Deno.openSync(path, { append: true, create: true });
  try {
    // On Windows, what is open to append to cannot be emptied itself.
    if (isEmptied && file.statSync().size > 0) Deno.truncateSync(path);
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

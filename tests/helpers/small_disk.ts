/**
 * A file system that fills up soon.
 *
 * @module
 */
import { assert, assertStringIncludes } from "@std/assert";
import { withFolder } from "./journal.ts";

/** Fills the disk that has a folder, with a file of this name in it. */
export function fillDisk(folder: string, name = "filler"): void {
  using filler = Deno.openSync(`${folder}/${name}`, { write: true, create: true });
  try {
    for (;;) filler.writeSync(new Uint8Array(4096));
  } catch (error) {
    assertStringIncludes(`${error}`, "No space left");
  }
}

/** Calls a test with a folder on a disk of a size such as `1m`. Needs Linux, and root. */
export async function withSmallDisk(
  size: string,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const run = async (command: string, ...args: string[]) =>
      (await new Deno.Command(command, { args }).output()).success;
    assert(await run("mount", "-t", "tmpfs", "-o", `size=${size}`, "none", folder));
    try {
      await test(folder);
    } finally {
      // Lazily: a process that another test forks holds the open files for a moment, until its exec.
      assert(await run("umount", "--lazy", folder));
    }
  });
}

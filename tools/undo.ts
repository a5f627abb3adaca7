/**
 * Files and folders that a program has made so far, so that it can remove them if it fails.
 *
 * @module
 */

/** Remembers what was made. {@linkcode Undo.run} removes it, the latest first. */
export class Undo {
  #paths: { readonly path: string; readonly recursive: boolean }[] = [];

  /** Remembers a file, or a folder with all that is in it. It need not be there yet. */
  add(path: string): void {
    this.#paths.push({ path, recursive: true });
  }

  /** Makes a folder and those above it. Only those that were not there are removed again, and only if they are empty. */
  async makeFolder(path: string): Promise<void> {
    const missing: string[] = [];
    for (let folder = path; folder !== "" && !await exists(folder); folder = dirname(folder)) {
      missing.unshift(folder);
    }
    for (const folder of missing) this.#paths.push({ path: folder, recursive: false });
    await Deno.mkdir(path, { recursive: true });
  }

  /** Forgets everything: it is to stay. */
  clear(): void {
    this.#paths = [];
  }

  /** Removes all that is still there. */
  async run(): Promise<void> {
    for (const { path, recursive } of this.#paths.splice(0).reverse()) {
      try {
        await Deno.remove(path, { recursive });
      } catch {
        // It was not made, or another program has put something into the folder.
      }
    }
  }
}

/** Returns whether something has this path. A path below a file or in a closed folder is none. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/** Returns the folder of a path. */
export function dirname(path: string): string {
  return path.replace(/\/[^/]*$/, "");
}

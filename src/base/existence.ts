/**
 * Questions about what is at a path, which are answered with yes or no and never throw.
 *
 * @module
 */

/** Returns whether there is a regular file, or a link to one. What cannot be looked at is none. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Returns whether there is anything at a path. What cannot be looked at is not there. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Returns whether something can be at a path. What cannot be looked at may be there: who opens it learns why it fails. */
export function mayBeThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

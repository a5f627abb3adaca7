/**
 * A file system that has no room for temporary files.
 *
 * @module
 */

/** Runs `action` while no temporary file can be made. The environment stays as it is, as all test files share it. */
export async function withoutTempFiles(action: () => Promise<void>): Promise<void> {
  const { makeTempFileSync } = Deno;
  Deno.makeTempFileSync = () => {
    throw new Deno.errors.NotFound("No room for a temporary file");
  };
  try {
    await action();
  } finally {
    Deno.makeTempFileSync = makeTempFileSync;
  }
}

/**
 * Words for the person, beside the run itself.
 *
 * @module
 */

/** Writes to stderr; a reader that is gone is no error. */
export async function tell(text: string): Promise<void> {
  try {
    await Deno.stderr.write(new TextEncoder().encode(text));
  } catch {
    // Nobody is there to read it.
  }
}

/**
 * Words for the person, beside the run itself.
 *
 * @module
 */
import { sanitize } from "../terminal/sanitize.ts";

/** Writes to stderr; a reader that is gone is no error. */
export async function printError(text: string): Promise<void> {
  try {
    await Deno.stderr.write(new TextEncoder().encode(text.split("\n").map(sanitize).join("\n")));
  } catch {
    // Nobody is there to read it.
  }
}

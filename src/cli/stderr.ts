/**
 * Messages on stderr, apart from those of the reporters.
 *
 * @module
 */
import { sanitize } from "../terminal/sanitize.ts";

/** Prints text to stderr without its control sequences. A reader that is gone is no error. */
export async function printError(text: string): Promise<void> {
  try {
    await Deno.stderr.write(new TextEncoder().encode(text.split("\n").map(sanitize).join("\n")));
  } catch {
    // There is no reader.
  }
}

/**
 * Messages on stderr, apart from those of the reporters.
 *
 * @module
 */
import { writeAll } from "../base/write_all.ts";
import { sanitize } from "../terminal/sanitize.ts";

/** Prints text to stderr without its control sequences. A reader that is gone is no error. */
export async function printError(text: string): Promise<void> {
  const safe = text.split("\n").map(sanitize).join("\n");
  try {
    await writeAll(Deno.stderr, new TextEncoder().encode(safe));
  } catch {
    // There is no reader.
  }
}

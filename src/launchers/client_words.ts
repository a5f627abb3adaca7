/**
 * What the client of an engine says when it fails.
 *
 * @module
 */

/** The line that tells why: the last one that is not about how the client is to be used. */
export function tellingLine(words: string): string | undefined {
  const lines = words.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const usage = lines.findIndex((line) => /^usage:/i.test(line));
  const said = usage === -1 ? lines : lines.slice(0, usage);
  return said.filter((line) => !/^Try ['"].*--help/.test(line)).at(-1);
}

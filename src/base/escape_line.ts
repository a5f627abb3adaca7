/**
 * Escaping of what would end a line or a cell of a table.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\0": "\\0",
};

/** Escapes line breaks, tabs, NUL and backslashes with a backslash, so that a text is one line, and different from any other. */
export function escapeLine(text: string): string {
  return text.replace(/[\\\n\r\t\0]/g, (character) => ESCAPES[character]!);
}

/**
 * Quoting of text for a POSIX shell.
 *
 * @module
 */

/**
 * Matches words that no shell reads as anything else. Braces are fine around a name, as in `{start}`; `{a,b}` and `{1..3}`
 * would be expanded by bash.
 */
const PLAIN = /^(?:[\w@%+=:,./-]|\{[\w:]*(?:\.\w+)?\})+$/;

/** Returns a word that a POSIX shell reads as this text: the text itself where that is safe, else in single quotes. */
export function quote(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A statement that sets the variable which {@linkcode quoteInLine} takes line breaks from. */
export const SET_NEWLINE = `executor_nl=$(printf "\\nx") executor_nl=\${executor_nl%x}`;

/** Quotes a text as {@linkcode quote} does, without a line break in the result; {@linkcode SET_NEWLINE} must run before. */
export function quoteInLine(text: string): string {
  return quote(text).replaceAll("\n", `'"$executor_nl"'`);
}

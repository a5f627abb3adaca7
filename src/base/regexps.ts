/**
 * Regular expressions that a person has written.
 *
 * @module
 */

/**
 * Compiles a regular expression. One that is too large is refused here, and not when it is first used, as the engine would.
 *
 * @throws {SyntaxError} If it is none, or too large.
 */
export function compileRegExp(source: string, flags?: string): RegExp {
  const pattern = new RegExp(source, flags);
  pattern.test("");
  pattern.lastIndex = 0;
  return pattern;
}

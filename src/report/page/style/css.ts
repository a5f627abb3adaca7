/**
 * A mark for style sheets in the code, by which the formatter knows them.
 *
 * @module
 */

/** A style sheet, as it stands. */
export const css: typeof String.raw = String.raw;

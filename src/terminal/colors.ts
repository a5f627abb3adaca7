/**
 * Colours of the styles: the escape codes of each style by the number of colours that a terminal has.
 *
 * @module
 */

/** A colour or attribute of a piece of text. */
export type Style = "plain" | "bold" | "marked" | "dim" | "red" | "green" | "yellow" | "cyan";

/** The number of colours of a terminal. */
export type ColorDepth = 16 | 256 | 16_777_216;

/** The colours to use: those of a terminal, or none. `true` stands for 16 colours. */
export type Colors = ColorDepth | boolean;

/** Codes that are no colours. */
const ATTRIBUTES = { plain: "", bold: "1", marked: "7" } as const;

/**
 * The codes of each style: Select Graphic Rendition, ECMA-48 8.3.117.
 *
 * Nobody tells a program whether the background is black or white. So each colour with a fixed value has a contrast of 4.5:1 or
 * more on both. Few colours of the 256 have that, and none of them is yellow or cyan: violet is used in place of cyan, magenta
 * in place of yellow.
 *
 * The user of a terminal with 16 colours chose their values to suit the background, so they are used by name. Blue (34) is not:
 * its usual value cannot be read on black. `dim` is plain text there, as faint text and bright black cannot be read in many
 * themes.
 */
export const PALETTES: Readonly<Record<ColorDepth, Readonly<Record<Style, string>>>> = {
  16: { ...ATTRIBUTES, dim: "", red: "31", green: "32", yellow: "33", cyan: "36" },
  256: {
    ...ATTRIBUTES,
    dim: "38;5;243",
    red: "38;5;131",
    green: "38;5;29",
    yellow: "38;5;163",
    cyan: "38;5;63",
  },
  16_777_216: {
    ...ATTRIBUTES,
    dim: "38;2;118;118;118",
    red: "38;2;235;10;10",
    green: "38;2;18;137;18",
    yellow: "38;2;184;92;0",
    cyan: "38;2;0;120;208",
  },
};

/** Returns the code of a style; empty if it has none. */
export function styleCode(style: Style, colors: Colors): string {
  return colors === false ? "" : PALETTES[colors === true ? 16 : colors][style];
}

import { assert, assertEquals } from "@std/assert";
import { PALETTES, type Style } from "../../src/terminal/colors.ts";

/** Returns the colour of a code with a fixed value, as red, green and blue from 0 to 255; undefined if it has none. */
function colorOf(code: string): number[] | undefined {
  const [kind, space, ...values] = code.split(";").map(Number);
  if (kind !== 38) return undefined;
  if (space === 2) return values;
  const [index] = values as [number];
  if (index >= 232) return [0, 0, 0].fill(8 + 10 * (index - 232));
  const level = (place: number) => {
    const step = Math.floor((index - 16) / place) % 6;
    return step === 0 ? 0 : 55 + 40 * step;
  };
  return [level(36), level(6), level(1)];
}

/** Relative luminance of WCAG 2. */
function luminance(color: readonly number[]): number {
  const [r, g, b] = color.map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

const COLORED: readonly Style[] = ["dim", "red", "green", "yellow", "cyan"];

for (const depth of [256, 16_777_216] as const) {
  Deno.test(`each of ${depth} colours has a contrast of 4.5:1 on black and on white`, () => {
    const palette = PALETTES[depth];
    for (const style of COLORED) {
      const color = colorOf(palette[style]);
      assert(color !== undefined, style);
      const light = luminance(color);
      assert(contrast(light, 0) >= 4.5, `${style} on black: ${contrast(light, 0).toFixed(2)}`);
      assert(contrast(light, 1) >= 4.5, `${style} on white: ${contrast(light, 1).toFixed(2)}`);
    }
  });
}

Deno.test("other styles have the colour of the terminal's own text, or its reverse", () => {
  for (const palette of Object.values(PALETTES)) {
    for (const [style, code] of Object.entries(palette)) {
      if (!COLORED.includes(style as Style)) assert(["", "1", "7"].includes(code), style);
    }
    const codes = COLORED.map((style) => palette[style]);
    assertEquals(new Set(codes).size, codes.length, "two styles look the same");
  }
});

Deno.test("the 16 colours are used by name: no blue, no faint text, no bright black", () => {
  assertEquals(COLORED.map((style) => PALETTES[16][style]), ["", "31", "32", "33", "36"]);
});

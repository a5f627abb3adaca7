// Patterns that take longer and longer are found, in a short time, and others are not taken for them.
import { assert, assertEquals } from "@std/assert";
import { findEndless } from "../../../src/output/protocol/backtracking.ts";
import { PROGRESS_PRESETS } from "../../../src/output/protocol/presets.ts";

const ENDLESS = [
  /(a+)+b/,
  /^(?<done>(a+)+)$/,
  /copied (\w+\s?)*: (?<done>\d+)/,
  /(x|x)*y(?<percent>\d)/,
  /(a|aa)+b(?<percent>\d)/,
  /^(\d+,?)+%/,
  /(?<message>([a-z]+)*)\d/,
  /((ab)+)+c/,
  /(?<percent>(\s*\d+\s*)+)%/,
  /([0-9.]+){2,}%/,
];

for (const pattern of ENDLESS) {
  Deno.test(`${pattern} is endless, which is found in a short text`, () => {
    const text = findEndless(pattern);
    assert(text !== undefined && text.length < 150, text);
  });
}

const HARMLESS = [
  /copied (?<done>\d+) of (?<total>\d+) (?<message>.*)/,
  /(\d+\.)+\d+ (?<percent>\d+)%/,
  /(?<done>\d+(?:,\d{3})*) of (?<total>\d+)/,
  /(?:\w+: )*(?<percent>\d+)%/,
  /^(?:(?:ab)+c)+(?<message>.*)/,
];

Deno.test("ordinary patterns and those with a name are harmless", () => {
  for (const pattern of [...HARMLESS, ...Object.values(PROGRESS_PRESETS).flat()]) {
    assertEquals(findEndless(pattern), undefined, pattern.source);
  }
});

import { assertEquals } from "@std/assert";
import { parseDuration, spellDuration } from "../../src/cli/option_types.ts";

const DURATIONS: [text: string, ms: number | undefined][] = [
  ["500ms", 500],
  ["30s", 30_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["1h30m15s250ms", 5_415_250],
  ["1.5s", 1_500],
  ["0s", 0],
  ["", undefined],
  ["30", undefined],
  ["s", undefined],
  ["30 s", undefined],
  ["30s5m", undefined],
  ["-5s", undefined],
  ["1.2.3s", undefined],
  ["1d", 86_400_000],
  ["60d", 5_184_000_000],
  ["1.5d12h", 172_800_000],
  ["1h1d", undefined],
  ["1w", undefined],
  ["1e3s", undefined],
];

for (const [text, ms] of DURATIONS) {
  Deno.test(`parseDuration() of "${text}"`, () => assertEquals(parseDuration(text), ms));
}

for (const text of ["0s", "500ms", "30s", "1h30m", "2m5ms", "1d", "60d", "1d1ms"]) {
  Deno.test(`spellDuration() is the inverse of parseDuration() for "${text}"`, () => {
    assertEquals(spellDuration(parseDuration(text)!), text);
  });
}

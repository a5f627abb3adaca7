import { assertEquals } from "@std/assert";
import { parseQuantity } from "../../src/protocol/quantity.ts";

const CASES: [text: string, value: number | undefined][] = [
  ["0", 0],
  ["42", 42],
  ["3.5", 3.5],
  ["3,5", 3.5],
  ["1,234", 1234],
  ["30,000,000", 30_000_000],
  ["1,234.5", 1234.5],
  ["7812k", 7_812_000],
  ["1.5M", 1_500_000],
  ["20 kB", 20_000],
  ["3.2GiB", 3.2 * 2 ** 30],
  ["1KiB", 1024],
  ["12B", 12],
  ["0:07", 7],
  ["12:34.5", 754.5],
  ["01:00:02.5", 3602.5],
  ["", undefined],
  ["N/A", undefined],
  ["-3", undefined],
  ["1.2.3", undefined],
  ["--:--", undefined],
];

for (const [text, value] of CASES) {
  Deno.test(`parseQuantity() reads "${text}" as ${value}`, () => {
    assertEquals(parseQuantity(text), value);
  });
}

import { assertEquals } from "@std/assert";
import { parseCount, parseQuantity } from "../../../src/output/protocol/quantity.ts";

const QUANTITIES: [text: string, value: number | undefined][] = [
  ["42", 42],
  ["007", 7],
  ["4.5", 4.5],
  ["4,5", 4.5],
  ["3,45", 3.45],
  [".5", 0.5],
  ["1,234", 1234],
  ["1.234", 1.234],
  ["1,234,567", 1_234_567],
  ["1.234.567", 1_234_567],
  ["1,234,567.5", 1_234_567.5],
  ["  12 ", 12],
  ["-3", -3],
  ["488k", 488_000],
  ["2929K", 2_929_000],
  ["1.2M", 1_200_000],
  ["1.2MB", 1_200_000],
  ["3,4GiB", 3.4 * 2 ** 30],
  ["3 MiB", 3 * 2 ** 20],
  ["7 bytes", 7],
  ["5B", 5],
  ["1Ti", 2 ** 40],
  ["01:23", 83],
  ["00:01:02.34", 62.34],
  ["1:02:03", 3723],
  ["2:01:02:03", 176_523],
  ["-00:00:01.50", -1.5],
  ["00:00:02,5", 2.5],
  ["", undefined],
  ["N/A", undefined],
  ["1.2.3", undefined],
  ["1,2,3", undefined],
  ["1:2:3:4:5", undefined],
  ["12 apples", undefined],
  ["1e3", undefined],
  ["iB", undefined],
];

for (const [text, value] of QUANTITIES) {
  Deno.test(`parseQuantity() reads ${JSON.stringify(text)}`, () => {
    const read = parseQuantity(text);
    assertEquals(read && Math.round(1e6 * read), value && Math.round(1e6 * value));
  });
}

Deno.test("parseCount() reads whole numbers, and neither sizes nor times nor fractions", () => {
  assertEquals(["42", "1,234", " 7 "].map(parseCount), [42, 1234, 7]);
  for (const text of ["1.5", "1,5", "3k", "0:05", "-1", "", "12,34", "9007199254740993"]) {
    assertEquals(parseCount(text), undefined, text);
  }
});

import { assertEquals } from "@std/assert";
import { parseSize } from "../../src/base/sizes.ts";

const SIZES: [text: string, bytes: number | undefined][] = [
  ["0", 0],
  ["1048576", 2 ** 20],
  ["512M", 512 * 2 ** 20],
  ["512m", 512 * 2 ** 20],
  ["4G", 4 * 2 ** 30],
  ["4GB", 4 * 2 ** 30],
  ["4GiB", 4 * 2 ** 30],
  ["1.5 GiB", 1.5 * 2 ** 30],
  [".5k", 512],
  ["2T", 2 * 2 ** 40],
  ["100B", 100],
  [" 1K ", 1024],
  ["", undefined],
  ["G", undefined],
  ["-1G", undefined],
  ["4X", undefined],
  ["4 G B", undefined],
  ["1e3", undefined],
  ["1.2.3M", undefined],
  ["99999999T", undefined],
];

for (const [text, bytes] of SIZES) {
  Deno.test(`parseSize() of "${text}"`, () => assertEquals(parseSize(text), bytes));
}

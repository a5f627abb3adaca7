import { assert, assertEquals } from "@std/assert";
import { parseNumbers, processorNumbers } from "../../src/base/processors.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

Deno.test("a list of numbers has ranges and single numbers", () => {
  assertEquals(parseNumbers("0-3,8,10-11"), [0, 1, 2, 3, 8, 10, 11]);
  assertEquals(parseNumbers("5"), [5]);
  for (const text of ["", "0-", "a", "1,,2"]) assertEquals(parseNumbers(text), undefined);
});

testWith("this process may run on at least one processor", needs(LINUX), () => {
  const numbers = processorNumbers()!;
  assert(numbers.length >= navigator.hardwareConcurrency);
  assertEquals(new Set(numbers).size, numbers.length);
});

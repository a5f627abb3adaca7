import { assert, assertEquals } from "@std/assert";
import { concatBytes } from "../../src/base/bytes.ts";

Deno.test("joined bytes are a copy", () => {
  const [a, b] = [new Uint8Array([1, 2]), new Uint8Array([3])];
  const whole = concatBytes(a, new Uint8Array(), b);
  a[0] = 9;
  assertEquals(whole, new Uint8Array([1, 2, 3]));
  assert(concatBytes(b) !== b);
  assertEquals(concatBytes(), new Uint8Array());
});

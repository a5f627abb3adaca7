import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { writeAll, writeAllSync } from "../../src/base/write_all.ts";

/** Takes at most two bytes at a time, and refuses the byte 0. */
function reluctantWriter() {
  const taken: number[] = [];
  const writeSync = (bytes: Uint8Array) => {
    const some = bytes.subarray(0, 2);
    if (some.includes(0)) throw new Error("refused");
    taken.push(...some);
    return some.length;
  };
  return {
    taken,
    writeSync,
    write: (bytes: Uint8Array) => Promise.resolve().then(() => writeSync(bytes)),
  };
}

Deno.test("all bytes are written, however few the writer takes at once", async () => {
  const writer = reluctantWriter();
  await writeAll(writer, new Uint8Array([1, 2, 3, 4, 5]));
  writeAllSync(writer, new Uint8Array([6, 7, 8]));
  await writeAll(writer, new Uint8Array());
  assertEquals(writer.taken, [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("a writer that takes nothing for a while, and does not wait, is tried again", async () => {
  const writer = reluctantWriter();
  let tries = 0;
  const write = (bytes: Uint8Array) => {
    if (tries++ % 3 < 2) return Promise.reject(new Deno.errors.WouldBlock("full"));
    return writer.write(bytes);
  };
  await writeAll({ write }, new Uint8Array([1, 2, 3, 4, 5]));
  assertEquals(writer.taken, [1, 2, 3, 4, 5]);
});

Deno.test("the first error of a writer ends the writing", async () => {
  const writer = reluctantWriter();
  await assertRejects(() => writeAll(writer, new Uint8Array([1, 2, 0, 3])), Error, "refused");
  assertThrows(() => writeAllSync(writer, new Uint8Array([4, 5, 0])), Error, "refused");
  assertEquals(writer.taken, [1, 2, 4, 5]);
});

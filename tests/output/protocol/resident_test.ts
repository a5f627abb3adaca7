// Where what a resident worker prints is cut, so that each range gets its own.
import { assertEquals } from "@std/assert";
import { splitAtAnswers } from "../../../src/output/protocol/resident.ts";

/** Chunks, and their parts. The first state of each may have begun in the chunk before it. */
const CHUNKS: readonly (readonly string[])[] = [
  [],
  ["x"],
  ["x\n", "y\nz"],
  ["x\n", "y\nSTATUS: SUCCESS 1\n", "STATUS: SUCCESS 2\n", "z"],
  ["x\r", "50%\rSTATUS: SUCCESS 1\n", "50%\rSTATUS: SUCCESS 2\n", "51%\r52%\n53%"],
  ["x\r\n", "STATUS: SUCCESS 1\r\r\n", "STATUS: SUCCESS 2\r", "STATUS: SUCCESS 3\r", "y\rz"],
  ["\rx\n", "\r\rSTATUS: SUCCESS 1\n", "not STATUS: SUCCESS 2\nSTATUS: SUC"],
  ["x\n", "STATUS: SUCCESS 1\n", "\r"],
];

for (const parts of CHUNKS) {
  Deno.test(`a chunk is cut behind what may be an answer: ${JSON.stringify(parts)}`, () => {
    const cut = splitAtAnswers(new TextEncoder().encode(parts.join("")));
    assertEquals(Array.from(cut, (part) => new TextDecoder().decode(part)), parts);
  });
}

// Parts of a path are those of node:path.
import { assertEquals } from "@std/assert";
import path from "node:path";
import { dirname, parse } from "../../src/base/path_parts.ts";

/** Returns all texts of these letters up to a length. */
function* texts(letters: readonly string[], length: number): Generator<string> {
  yield "";
  if (length === 0) return;
  for (const text of texts(letters, length - 1)) {
    if (text.length === length - 1) { for (const letter of letters) yield text + letter; }
    if (text !== "") yield text;
  }
}

Deno.test("the parts of each path of slashes, dots and letters are those of node:path", () => {
  const paths = new Set([...texts(["/", ".", "a"], 8), "/a b/c.tar.gz", "ä/ö.ü", "a\\b.c"]);
  assertEquals(paths.size, (3 ** 9 - 1) / 2 + 3);
  for (const item of paths) {
    const { dir, base, name, ext } = path.parse(item);
    assertEquals([item, parse(item)], [item, { dir, base, name, ext }]);
    assertEquals([item, dirname(item)], [item, path.dirname(item)]);
  }
});

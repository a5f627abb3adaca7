// Combinations of lists, and their number.
import { assertEquals } from "@std/assert";
import { combine, countRows, type ItemList } from "../../src/cli/combinations.ts";
import { forSeeds } from "../helpers/random.ts";

async function* stream(items: readonly string[]): AsyncGenerator<string> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

/** Makes lists of words; `+` before a text links it, `~` makes it a stream. */
function lists(...texts: string[]): ItemList[] {
  return texts.map((text) => {
    const items = text.replace(/^[+~]+/, "").split(" ").filter((word) => word !== "");
    const isStream = text.includes("~");
    return {
      items: isStream ? stream(items) : items,
      count: isStream ? undefined : items.length,
      isLinked: text.startsWith("+"),
    };
  });
}

const ROWS: [texts: string[], isLinked: boolean, rows: string][] = [
  [["a b"], false, "a b"],
  [["a b", "1 2 3"], false, "a1 a2 a3 b1 b2 b3"],
  [["a b", "1 2", "x y"], false, "a1x a1y a2x a2y b1x b1y b2x b2y"],
  [["a b c", "+1 2", "x y"], false, "a1x a1y b2x b2y"],
  [["a b", "1 2", "+x y z"], false, "a1x a2y b1x b2y"],
  [["a b", "+1 2", "+x y"], false, "a1x b2y"],
  [["~a b", "~1 2"], false, "a1 a2 b1 b2"],
  [["~a b", "+~1"], false, "a1"],
  [["a b", ""], false, ""],
  [["", "a b"], false, ""],
  [[""], false, ""],
  [["a b c", "1 2"], true, "a1 b2 c1"],
  [["a", "1 2 3 4", "x y"], true, "a1x a2y a3x a4y"],
  [["~a b c", "~1 2"], true, "a1 b2 c1"],
  [["a b", ""], true, ""],
];

for (const [texts, isLinked, rows] of ROWS) {
  Deno.test(`${texts.join(" : ")}${isLinked ? ", linked," : ""} make ${rows}`, async () => {
    const made = await Array.fromAsync(combine(lists(...texts), { isLinked }));
    assertEquals(made.map((row) => row.join("")).join(" "), rows);
    const expected = texts.some((text) => text.includes("~")) ? undefined : made.length;
    assertEquals(countRows(lists(...texts), { isLinked }), expected);
  });
}

Deno.test("the number of rows is known before they are read", async () => {
  await forSeeds(300, async (random) => {
    const texts = Array.from(
      { length: 1 + random.integer(4) },
      () => random.pick(["", "+"]) + "abcd".slice(0, random.integer(5)).split("").join(" "),
    );
    const isLinked = random.integer(2) === 0;
    const rows = await Array.fromAsync(combine(lists(...texts), { isLinked }));
    assertEquals(countRows(lists(...texts), { isLinked }), rows.length);
    assertEquals(new Set(rows.map((row) => row.length)).size, rows.length === 0 ? 0 : 1);
  });
});

Deno.test("the first list is read as it comes, and no further than somebody wants its rows", async () => {
  let read = 0;
  let isEnded = false;
  const endless: ItemList = {
    isLinked: false,
    items: (async function* () {
      try {
        for (;;) yield `${await Promise.resolve(read++)}`;
      } finally {
        isEnded = true;
      }
    })(),
  };
  const rows: string[] = [];
  for await (const row of combine([endless, ...lists("a b")], { isLinked: false })) {
    rows.push(row.join(""));
    if (rows.length === 3) break;
  }
  assertEquals([rows, read, isEnded], [["0a", "0b", "1a"], 2, true]);
});

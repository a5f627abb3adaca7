// Items that earlier runs have done, and what is owed of them.
import { assertEquals } from "@std/assert";
import { DoneItems } from "../../src/journal/done_items.ts";
import type { PromisedRange } from "../../src/journal/promised_output.ts";

function rangeOf(index: number, items: string[]): PromisedRange {
  return {
    index,
    items,
    status: "SUCCESS",
    attempts: 1,
    nextIndex: 0,
    isWritten: false,
    isLost: false,
  };
}

Deno.test("each range whose output is owed is taken once: with its items, or at the end of the list", () => {
  const done = new DoneItems();
  // The list had `a` three times.
  const ranges = [["a", "b"], ["a"], ["a"], ["c"]].map((items, index) => rangeOf(index, items));
  for (const range of ranges) done.add(range.items!, range.status, range);
  assertEquals(done.takeReplay("a")?.index, 0);
  assertEquals(done.takeReplay("b"), undefined);
  assertEquals(Array.from(done.takeReplays(), ({ index }) => index), [1, 2, 3]);
  assertEquals(Array.from(done.takeReplays()), []);
});

Deno.test("a range is not in the list any more if none of its items is", () => {
  const done = new DoneItems();
  done.addBegun(["a", "b"], { isOwed: true });
  done.addBegun(["c"], { isOwed: true });
  done.addBegun(["c"], { isOwed: true });
  done.addBegun(["d"]);
  assertEquals(done.unlisted, 3);
  assertEquals([done.claim("b"), done.claim("x")], [undefined, undefined]);
  assertEquals(done.unlisted, 2);
  // It was there twice.
  assertEquals(done.claim("c"), undefined);
  assertEquals(done.unlisted, 1);
  done.add(["c"], "SUCCESS");
  assertEquals(done.unlisted, 0, "a later run has done it");
});

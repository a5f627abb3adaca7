import { assertEquals } from "@std/assert";
import {
  type ArrowKey,
  moveSelection,
  type Panels,
  type Selection,
  selectionOrder,
} from "../../../src/reporters/grid/selection.ts";

/** Presses arrow keys, a letter each, and returns the workers that are chosen one after the other. */
function chosen(keys: string, panels: Panels): (number | undefined)[] {
  const names: Record<string, ArrowKey> = {
    u: "ArrowUp",
    d: "ArrowDown",
    l: "ArrowLeft",
    r: "ArrowRight",
  };
  let selection: Selection | undefined;
  return Array.from(keys, (key) => {
    selection = moveSelection(selection, { key: names[key]!, panels });
    return selection?.worker;
  });
}

const PANELS = { order: [10, 11, 12, 13, 14, 15, 16, 17], columns: 3 };

Deno.test("the first arrow key chooses the first panel, whichever it is", () => {
  for (const key of "udlr") assertEquals(chosen(key, PANELS), [10]);
});

Deno.test("arrow keys move the choice by a panel or a row, and stay at the edges", () => {
  assertEquals(chosen("rrrrd", PANELS), [10, 11, 12, 13, 16]);
  assertEquals(chosen("dddd", PANELS), [10, 13, 16, 16]);
  assertEquals(chosen("dddu", PANELS), [10, 13, 16, 13]);
  assertEquals(chosen("uul", PANELS), [10, 10, 10]);
  assertEquals(chosen("ddrrr", PANELS), [10, 13, 14, 15, 16]);
});

Deno.test("down leads to the last panel if there is none below in a row that is not full", () => {
  assertEquals(chosen("rrrd", { ...PANELS, order: [0, 1, 2, 3, 4] }), [0, 1, 2, 4]);
});

Deno.test("without panels, nothing is chosen", () => {
  assertEquals(chosen("d", { order: [], columns: 1 }), [undefined]);
});

Deno.test("a choice keeps the order of the panels, and new workers come last", () => {
  const selection = { worker: 2, order: [2, 0, 1] };
  assertEquals(selectionOrder(selection, 5), [2, 0, 1, 3, 4]);
  const other = { order: [0, 1, 2], columns: 1 };
  assertEquals(
    moveSelection(selection, { key: "ArrowDown", panels: { ...other, order: [2, 0, 1] } }),
    {
      worker: 0,
      order: [2, 0, 1],
    },
  );
});

import type { RunEvent } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { Scrollback } from "../../../src/reporters/grid/scrollback.ts";

const warning = (text: string): RunEvent => ({ v: 2, t: 0, kind: "warning", text });

function linesOf(scrollback: Scrollback): string[] {
  return scrollback.takeRows().map((row) => row.map(({ text }) => text).join(""));
}

Deno.test("a hint above the grid is no warning, and does not count as one", () => {
  const scrollback = new Scrollback({ showLog: false });
  const add = (event: RunEvent) => scrollback.addEvent(event, { workers: [] });
  add({ ...warning("use --results"), isHint: true } as RunEvent);
  assertEquals(linesOf(scrollback), ["hint: use --results"]);
  for (let count = 1; count <= 1_000; count++) {
    add(warning("disk is full"));
    assertEquals(linesOf(scrollback), ["! disk is full"]);
  }
  add(warning("disk is full"));
  assertEquals(linesOf(scrollback), ["… further failures and warnings are only counted"]);
});

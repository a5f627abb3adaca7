import { assertEquals } from "@std/assert";
import type { Row } from "../../bench/bench.ts";
import { drawTable, judge } from "../../bench/table.ts";

const row: Row = {
  what: "work",
  figure: "rate",
  unit: "items/s",
  peer: "theirs",
  target: { atLeast: 2 },
};
const runs = new Map([
  ["ours", [{ rate: 9 }, { rate: 1000 }, { rate: 10 }]],
  ["theirs", [{ rate: 4 }, { rate: 1 }, { rate: 6 }]],
]);

Deno.test("a row compares our median with that of its peer", () => {
  const { ours, theirs, ratio, met, runs: count } = judge(row, { bench: "b", runs });
  assertEquals([count, ours, theirs, ratio, met], [3, 10, 4, 2.5, true]);
  assertEquals(judge({ ...row, target: { atLeast: 2.6 } }, { bench: "b", runs }).met, false);
  assertEquals(judge({ ...row, target: { atMost: 2.5 } }, { bench: "b", runs }).met, true);
});

Deno.test("a row without a peer is judged by its own figure, and a row without a target is not judged", () => {
  const alone = { ...row, peer: undefined };
  const judged = judge({ ...alone, target: { atMost: 9 } }, { bench: "b", runs });
  assertEquals([judged.ours, judged.ratio, judged.met], [10, undefined, false]);
  assertEquals(judge({ ...row, target: undefined }, { bench: "b", runs }).met, undefined);
});

Deno.test("a peer that is not installed is shown as missing, and its target is not judged", () => {
  const judged = judge({ ...row, peer: "nobody" }, { bench: "b", runs });
  assertEquals([judged.theirs, judged.ratio, judged.met], [undefined, undefined, undefined]);
  assertEquals(
    drawTable([judge(row, { bench: "b", runs }), judged]),
    [
      "bench  what  runs  unit     ours  peer     theirs  ratio  target  met",
      "b      work     3  items/s  10.0  theirs     4.00   2.50     ≥ 2  yes",
      "b      work     3  items/s  10.0  nobody  missing            ≥ 2",
    ].join("\n"),
  );
});

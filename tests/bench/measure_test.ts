import { assertEquals, assertRejects } from "@std/assert";
import type { OpenBench } from "../../bench/bench.ts";
import { measure } from "../../bench/measure.ts";

Deno.test("contestants run in turns, as often as it is asked for, and the bench is closed then", async () => {
  const calls: string[] = [];
  const contestant = (name: string, figure: number) => () => {
    calls.push(name);
    return Promise.resolve({ figure });
  };
  const open: OpenBench = {
    contestants: { ours: contestant("ours", 6), peer: contestant("peer", 3), nobody: undefined },
    rows: [{ what: "work", figure: "figure", unit: "s", peer: "peer", target: { atMost: 2 } }],
    [Symbol.asyncDispose]: () => Promise.resolve(void calls.push("closed")),
  };
  const [result] = await measure(() => Promise.resolve(open), { name: "b", runs: 2 });
  assertEquals(calls, ["ours", "peer", "ours", "peer", "closed"]);
  assertEquals([result?.bench, result?.runs, result?.ratio, result?.met], ["b", 2, 2, true]);
});

Deno.test("a contestant that fails ends its bench, which is closed", async () => {
  let isClosed = false;
  const open: OpenBench = {
    contestants: { ours: () => Promise.reject(new Error("no such luck")) },
    rows: [],
    [Symbol.asyncDispose]: () => Promise.resolve(void (isClosed = true)),
  };
  const measuring = measure(() => Promise.resolve(open), { name: "b", runs: 1 });
  await assertRejects(() => measuring, Error, "no such luck");
  assertEquals(isClosed, true);
});

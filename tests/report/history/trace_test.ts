import { assert, assertEquals } from "@std/assert";
import { HistoryBuilder } from "../../../src/report/history/history_builder.ts";
import { toTrace, type TraceEvent } from "../../../src/report/history/trace.ts";
import { forSeeds } from "../../helpers/random.ts";
import { randomEvents } from "../../helpers/random_job.ts";
import { MadeUp } from "../made_up.ts";

const ofPhase = (events: readonly TraceEvent[], phase: TraceEvent["ph"]) =>
  events.filter(({ ph }) => ph === phase);

Deno.test("a trace has a thread per worker, an event per attempt, and a mark per failure", () => {
  const history = new MadeUp()
    .run(0, { ranges: 2, numWorkers: 2, command: ["resize"] })
    .start(1, [0, 0, 1]).end(101, [0, 0, 1], { cause: { kind: "exit", code: 3 } })
    .start(2, [1, 1, 1]).end(52, [1, 1, 1])
    .at(60, { kind: "run-stopping", how: "stop", cause: { kind: "runTimeout" } })
    .at(110, { kind: "run-ended" })
    .history();
  const { traceEvents, displayTimeUnit, otherData } = toTrace(history);
  assertEquals([displayTimeUnit, otherData.title], ["ms", "resize"]);
  assertEquals(
    ofPhase(traceEvents, "M").filter(({ name }) => name.endsWith("_name"))
      .map(({ tid, args }) => [tid, args?.name]),
    [[1, "resize"], [1, "run"], [2, "worker 0"], [3, "worker 1"]],
  );
  assertEquals(
    ofPhase(traceEvents, "X").map(({ tid, ts, dur, name, cat }) => [tid, ts, dur, name, cat]),
    [[2, 1000, 100_000, "items 0–9", "crashed"], [3, 2000, 50_000, "items 10–19", "success"]],
  );
  assertEquals(
    ofPhase(traceEvents, "i").map(({ tid, ts, name, s }) => [tid, ts, name, s]),
    [[2, 101_000, "CRASHED: exit code 3", "t"], [
      1,
      60_000,
      "stopped by the run time-out (stop)",
      "g",
    ]],
  );
  assertEquals(ofPhase(traceEvents, "C").at(-1)?.args, { done: 10 });
});

Deno.test("traces of random jobs have no negative times, and no two attempts of a thread at once", async () => {
  await forSeeds(50, async (random) => {
    const { events } = await randomEvents(random);
    const builder = new HistoryBuilder();
    for (const event of events) builder.add(event);
    const { traceEvents } = toTrace(builder.history());
    const free = new Map<number, number>();
    for (const { tid, ts = 0, dur = 0 } of ofPhase(traceEvents, "X")) {
      assert(Number.isSafeInteger(ts) && Number.isSafeInteger(dur) && ts >= 0 && dur >= 0);
      assert(ts >= (free.get(tid) ?? 0), "two at once");
      free.set(tid, ts + dur);
    }
  });
});

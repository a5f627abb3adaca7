// Constructors of the engine: none starts, reads or publishes anything.
import { LocalLauncher } from "@lambdawaker/executor/launchers";
import type { Reporter } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { Attempt } from "../../src/engine/attempt.ts";
import { EventBus } from "../../src/engine/event_bus.ts";
import { ItemRanges } from "../../src/engine/item_ranges.ts";
import { Run } from "../../src/engine/run.ts";
import { DoneItems } from "../../src/journal/done_items.ts";
import { Recovery } from "../../src/journal/recovery.ts";
import { resolveConfig } from "../../src/model/resolve_config.ts";
import { OutputFanout } from "../../src/output/output_fanout.ts";
import { FakeClock, settle } from "../helpers/fake_clock.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";

/** Names the calls that it gets. */
function recordingReporter(calls: string[]): Reporter {
  return { report: ({ kind }) => calls.push(kind) };
}

Deno.test("new Run() publishes nothing; start() does", () => {
  const calls: string[] = [];
  const clock = new FakeClock();
  const bus = new EventBus([recordingReporter(calls)], clock);
  const config = resolveConfig({ totalItems: 1 });
  const recovery = new Recovery();
  const run = new Run({
    runId: "a",
    config,
    recovery,
    plan: recovery.plan({ totalItems: 1, ranges: 1 }, config.retryFrom),
    getCommand: () => ["true"],
    launcher: new LocalLauncher(),
    clock,
    bus,
    outputs: OutputFanout.open([], {
      warn() {},
      unwritten() {},
      written() {},
      lost() {},
      readerGone() {},
    }),
  });
  assertEquals(calls, []);
  run.start();
  assertEquals(calls, ["run-started"]);
});

Deno.test("new ItemRanges() reads nothing; start() does", async () => {
  const read: string[] = [];
  function* items() {
    for (const item of ["a", "b"]) {
      read.push(item);
      yield item;
    }
  }
  const source = new ItemRanges(items(), {
    chunkSize: 1,
    done: new DoneItems(),
    firstRange: 0,
    clock: new FakeClock(),
    publish: () => {},
  });
  await settle();
  assertEquals(read, []);
  source.start();
  await settle();
  assertEquals(read, ["a", "b"]);
});

Deno.test("new Attempt() reads no pipe and sets no timer; run() does", async () => {
  const clock = new FakeClock();
  const launcher = new FakeLauncher(() => ({ lines: ["PROGRESS: 1"] }));
  const process = launcher.launch({ command: "x", args: [] });
  const events: string[] = [];
  const attempt = new Attempt(process, {
    onLeaked: () => {},
    size: 1,
    keepsCheckpoints: false,
    config: { strict: false, gracePeriod: 100 },
    watchdogs: { timeout: 1_000, wantsUsage: false },
    clock,
    emit: ({ kind }) => events.push(kind),
  });
  await clock.advance(2_000);
  assertEquals([process.stdout.locked, process.groupIsAlive(), events], [false, true, []]);
  const running = attempt.run();
  let hasEnded = false;
  running.then(() => hasEnded = true);
  while (!hasEnded) await clock.advance(100);
  assertEquals((await running).cause, { kind: "timeout" });
  assertEquals(events, ["progress"]);
});

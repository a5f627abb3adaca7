// Ranges of about a given time: how their sizes are chosen, and runs with them.
import type { RunEvent, TaskConfig } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { RangeSizer } from "../../src/engine/timed_ranges.ts";
import { runCli } from "../helpers/cli.ts";
import { runRecorded, withFolder } from "../helpers/journal.ts";
import { Random } from "../helpers/random.ts";
import { type JobResult, ofKind, runJob } from "../helpers/run_job.ts";
import { RESIDENT_WORKER } from "../helpers/run_resident.ts";

Deno.test("ranges come to take the time that is wanted, whatever an item takes", () => {
  const random = new Random(1);
  for (let round = 0; round < 300; round++) {
    const targetMs = 10 + random.integer(1_000);
    const itemMs = (1 + random.integer(1_000)) / 100;
    const startMs = random.integer(2) * random.integer(targetMs / 2);
    const sizer = new RangeSizer(targetMs);
    assertEquals(sizer.size, 1, "nothing is known yet");
    let [items, before] = [0, 1];
    for (let range = 0; range < 40; range++) {
      items = sizer.size;
      assert(Number.isSafeInteger(items) && items >= 1 && items <= 4 * before, `${items}`);
      before = Math.max(before, items);
      // Made-up time: some of it for each range, and for each item with some noise.
      sizer.add({ items, elapsed: startMs + items * itemMs * (0.8 + random.integer(400) / 1_000) });
    }
    const took = startMs + items * itemMs;
    const isRight = items === 1
      ? took >= 0.5 * targetMs
      : Math.abs(took - targetMs) < 0.5 * targetMs;
    assert(isRight, `${items} items of ${itemMs} ms and ${startMs} ms: ${targetMs} ms`);
  }
});

Deno.test("ranges shrink when items take longer, and items that take no time are bounded by growth", () => {
  const sizer = new RangeSizer(100);
  for (let range = 0; range < 20; range++) sizer.add({ items: sizer.size, elapsed: sizer.size });
  const large = sizer.size;
  for (let range = 0; range < 20; range++) {
    sizer.add({ items: sizer.size, elapsed: 50 * sizer.size });
  }
  assert(large > 50 && sizer.size <= 3, `${large} and then ${sizer.size}`);
  const idle = new RangeSizer(100);
  idle.add({ items: 1, elapsed: 0 });
  assertEquals(idle.size, 4);
});

/** The sizes of the ranges that ended well, in order of their items. Checks that these have each item once. */
function sizesOf(result: JobResult, totalItems: number): number[] {
  const ends = ofKind(result, "range-ended")
    .filter(({ status }) => status === "SUCCESS")
    .toSorted((a, b) => a.startIndex - b.startIndex);
  let next = 0;
  for (const { startIndex, endIndex } of ends) {
    assertEquals(startIndex, next);
    next = endIndex;
  }
  assertEquals(next, totalItems);
  return ends.map(({ startIndex, endIndex }) => endIndex - startIndex);
}

const TIMED: TaskConfig = { totalItems: 120, numWorkers: 2, chunkSize: { time: 60 } };

Deno.test("processes and resident workers get ranges that grow", async () => {
  const script = "i=$start; while [ $i -lt $end ]; do sleep 0.005; i=$((i + 1)); done";
  const commands = {
    processes: (
      { startIndex, endIndex }: { startIndex: number; endIndex: number },
    ) => ["sh", "-c", `start=${startIndex} end=${endIndex}; ${script}`],
    residents: () => ["sh", RESIDENT_WORKER, script],
  };
  for (const [name, command] of Object.entries(commands)) {
    const resident = name === "residents";
    // An item takes up to 40 ms on a busy machine.
    const config = { ...TIMED, chunkSize: { time: 150 }, resident };
    const result = await runJob(config, ({ extraData }) => command(extraData));
    const sizes = sizesOf(result, 120);
    assertEquals(sizes[0], 1, name);
    assert(Math.max(...sizes) >= 4, `${name}: ${sizes}`);
    const { ranges, counts } = result.summary;
    assertEquals([ranges, counts.SUCCESS, result.state.pending], [sizes.length, sizes.length, 0]);
  }
});

Deno.test("several items of a list are a range, and no range has more than auto gives it", async () => {
  const items = Array.from({ length: 40 }, (_, index) => `item ${index}`);
  const result = await runJob(
    { items, numWorkers: 2, chunkSize: { time: 1_000 } },
    ({ items = [] }) => ["echo", ...items],
  );
  const sizes = sizesOf(result, 40);
  assert(Math.max(...sizes) > 1 && Math.max(...sizes) <= 5, `${sizes}`);
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines).join(" ").split(" item ");
  assertEquals(lines.length, 40);
});

Deno.test("a run that resumes does what is left of ranges that were cut, each item once", async () => {
  const path = `${await Deno.makeTempDir()}/run.jsonl`;
  const control = new AbortController();
  let done = 0;
  const run = (signal: AbortSignal, events: RunEvent[], resume: boolean) => {
    const report = (event: RunEvent) => {
      events.push(event);
      if (event.kind === "range-ended" && ++done === 10) control.abort();
    };
    const executor = new SubprocessExecutor(TIMED, () => ["sleep", "0.01"]);
    return executor.run({ report }, { signal, journal: new Journal(path, { resume }) });
  };
  const events: RunEvent[] = [];
  const first = await run(control.signal, events, false);
  assertEquals(first.ok, false);
  const second = await run(new AbortController().signal, events, true);
  assert(second.ok);
  assertEquals([second.doneItems, second.counts.SUCCESS], [120, second.ranges]);
  const times = new Uint8Array(120);
  for (const event of events) {
    if (event.kind !== "range-ended") continue;
    for (let item = event.startIndex; item < event.endIndex; item++) times[item]!++;
  }
  assert(times.every((count) => count === 1), `${times}`);
});

Deno.test("a run resumes the journal of an early version, which took cuts for splits", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const script = "[ $EXECUTOR_START -lt 60 ] || [ -e go ] || exit 1; sleep 0.01";
    const run = (resume: boolean) =>
      runRecorded(
        { ...TIMED, haltOn: { failures: 1, how: "drain" } },
        () => ({ command: "sh", args: ["-c", script], cwd: folder }),
        { path, resume },
      );
    assertEquals((await run(false)).ok, false);
    let cuts = 0;
    const lines = (await Deno.readTextFile(path)).split("\n").map((line) => {
      if (!line.includes('"range-cut"')) return line;
      cuts++;
      const { rest: range, restEnd, ...event } = JSON.parse(line);
      const into = [{ range, startIndex: event.endIndex, endIndex: restEnd }];
      return JSON.stringify({
        ...event,
        kind: "range-split",
        worker: 0,
        attempt: 1,
        isCut: true,
        into,
      });
    });
    assert(cuts > 0);
    await Deno.writeTextFile(path, lines.join("\n"));
    await Deno.writeTextFile(`${folder}/go`, "");
    const { ok, doneItems, ranges, counts } = await run(true);
    assertEquals([ok, doneItems, counts.SUCCESS], [true, 120, ranges]);
  });
});

Deno.test("a time that is none is refused", () => {
  assertThrows(
    () => new SubprocessExecutor({ totalItems: 1, chunkSize: { time: 0 } }, () => ["true"]),
    RangeError,
    "chunkSize.time must be",
  );
});

Deno.test("ordered output of a resumed run has the items in their order", async () => {
  await withFolder(async (folder) => {
    const script = `for i in $(seq $1 $(($2 - 1))); do [ $i -lt 9 ] || [ -e go ] || exit 1; ` +
      `sleep 0.02; echo $i; done`;
    const args = ["run", "-n", "30", "-c", "100ms", "-w", "1", "-k", "--journal", "j", "--resume"];
    const run = () =>
      runCli([
        ...[...args, "--halt-on", "1:drain", "--reporter", "quiet"],
        ...["--", "sh", "-c", script, "sh", "{start}", "{end}"],
      ], { cwd: folder });
    assertEquals((await run()).code, 1);
    await Deno.writeTextFile(`${folder}/go`, "");
    const { code, stdout } = await run();
    const items = stdout.trimEnd().split("\n").map(Number);
    assertEquals([code, items], [0, items.toSorted((a, b) => a - b)]);
    assertEquals(items.at(-1), 29);
  });
});

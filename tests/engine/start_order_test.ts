import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { estimate } from "@lambdawaker/executor/events";
import { OrderedItems } from "../../src/engine/ordered_items.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { withFolder } from "../helpers/journal.ts";
import { forSeeds } from "../helpers/random.ts";
import { type JobResult, ofKind, runJob } from "../helpers/run_job.ts";
import { timedLauncher } from "../helpers/timed_launcher.ts";

const launcher = new FakeLauncher(() => ({ lines: [], exit: { kind: "exited", code: 0 } }));

/** Runs a job with one worker, so that ranges start in their order. */
function run(config: TaskConfig): Promise<JobResult> {
  return runJob({ numWorkers: 1, ...config }, () => ["x"], { launcher });
}

function startedItems(result: JobResult): (readonly string[])[] {
  return ofKind(result, "attempt-started").map(({ items }) => items!);
}

function startedNumbers(result: JobResult): number[] {
  return ofKind(result, "attempt-started").map(({ startIndex }) => startIndex);
}

Deno.test("a shuffle runs every item once, and its name repeats the order", async () => {
  await forSeeds(20, async (random) => {
    const items = Array.from({ length: random.integer(30) }, (_, at) => `${at}`);
    const chunkSize = 1 + random.integer(4);
    const first = await run({ items, chunkSize, order: "shuffle" });
    assertEquals(startedItems(first).flat().toSorted(), items.toSorted());
    const { order = "" } = ofKind(first, "run-started")[0]!;
    const seed = Number(/^shuffle:(\d+)$/.exec(order)?.[1]);
    const second = await run({ items, chunkSize, order: { shuffle: seed } });
    assertEquals(startedItems(second), startedItems(first));
  });
});

Deno.test("ranges of numbers are shuffled as a whole", async () => {
  const result = await run({ totalItems: 20, chunkSize: 3, order: { shuffle: 5 } });
  const starts = startedNumbers(result);
  assertEquals(starts.toSorted((a, b) => a - b), [0, 3, 6, 9, 12, 15, 18]);
  assert(starts.join() !== "0,3,6,9,12,15,18");
  assertEquals(result.summary.doneItems, 20);
});

Deno.test("ranges that take about a time are shuffled, too, and all numbers are done", async () => {
  const result = await run({ totalItems: 40, chunkSize: { time: 1 }, order: { shuffle: 5 } });
  assertEquals([result.summary.ok, result.summary.doneItems], [true, 40]);
});

Deno.test("a shuffle that is resumed does what is left", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const runOnce = async (resume: boolean) => {
      let left = 4;
      const failing = new FakeLauncher(() => ({
        lines: [],
        exit: { kind: "exited", code: resume || left-- > 0 ? 0 : 1 },
      }));
      const executor = new SubprocessExecutor(
        { totalItems: 9, chunkSize: 1, numWorkers: 1, order: "shuffle" },
        () => ["x"],
        { launcher: failing },
      );
      const journal = new Journal(path, { resume });
      return await executor.run([], { journal, handleSignals: false });
    };
    assertEquals((await runOnce(false)).counts.SUCCESS, 4);
    const { ok, attempts, resumedRanges } = await runOnce(true);
    assertEquals([ok, attempts, resumedRanges], [true, 5, 4]);
  });
});

Deno.test("the largest file comes first, and what is no file last, with a warning", async () => {
  await withFolder(async (folder) => {
    const items = [];
    for (const size of [10, 3000, 200, 0]) {
      items.push(`${folder}/${size}`);
      await Deno.writeTextFile(`${folder}/${size}`, "x".repeat(size));
    }
    const result = await run({ items: [`${folder}/none`, ...items, folder], order: "largest" });
    const names = startedItems(result).flat().map((item) => item.split("/").at(-1));
    assertEquals(names.slice(0, 4), ["3000", "200", "10", "0"]);
    assertEquals(result.summary.warnings, [
      `order largest: 2 items are no files, such as "${folder}/none"; they come last`,
    ]);
  });
});

Deno.test("a list without any file has no largest one: the run says so, and fails", async () => {
  const { summary } = await run({ items: ["a", "b"], order: "largest" });
  assertEquals([summary.exitCode, summary.attempts], [1, 0]);
  assertStringIncludes(summary.warnings[0]!, 'none of them is, such as "a"');
});

Deno.test("items that took longest come first, unknown ones before them, and the ETA knows their times", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const getCommand = (worker: { item?: string }) => ["work", worker.item!];
    const items = ["1000", "60000", "4000"];
    await new SubprocessExecutor({ items, numWorkers: 1 }, getCommand, timedLauncher())
      .run([], { journal: new Journal(path), handleSignals: false });
    const etas: (number | undefined)[] = [];
    const result = await runJob(
      { items: ["4000", "1000", "9", "60000"], numWorkers: 1, order: { longest: path } },
      (worker) => ["work", worker.item!],
      {
        ...timedLauncher(),
        onControl: (handle) => {
          control = handle;
        },
        onEvent: (event) => {
          if (event.kind !== "range-ended") return;
          etas.push(estimate(control!.state, event.t).eta);
        },
      },
    );
    assertEquals(startedItems(result).flat(), ["9", "60000", "4000", "1000"]);
    assertEquals(ofKind(result, "run-started")[0]!.order, `longest:${path}`);
    assertEquals(etas, [65_000, 5_000, 1_000, 0]);
  });
});

let control: { readonly state: Parameters<typeof estimate>[0] } | undefined;

Deno.test("a journal of another job changes no order, which is a warning", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await new SubprocessExecutor(
      { items: ["10"], numWorkers: 1 },
      () => ["work", "10"],
      timedLauncher(),
    )
      .run([], { journal: new Journal(path), handleSignals: false });
    const result = await run({ items: ["a", "b"], order: { longest: path } });
    assertEquals(startedItems(result).flat(), ["a", "b"]);
    assertStringIncludes(result.summary.warnings[0]!, "the journal has the time of no range");
  });
});

Deno.test("an endless list is refused in a sentence, and a stop ends the reading of one", async () => {
  function* endless() {
    for (;;) yield "x".repeat(1 << 20);
  }
  const { summary } = await run({ items: endless(), order: { shuffle: 1 } });
  assertEquals([summary.exitCode, summary.attempts], [1, 0]);
  assertStringIncludes(summary.warnings[0]!, "order shuffle:1 needs a list that ends");

  const stopping = new AbortController();
  const waits = Promise.withResolvers<void>();
  waits.promise.then(() => stopping.abort());
  async function* silent() {
    yield "a";
    waits.resolve();
    await new Promise(() => {});
  }
  const stopped = await runJob({ items: silent(), order: "shuffle" }, () => ["x"], {
    launcher,
    signal: stopping.signal,
  });
  assertEquals(stopped.summary.stoppedBy, { kind: "abort" });
});

Deno.test("a list that does not end soon is told of", async () => {
  const clock = new FakeClock();
  const events: unknown[] = [];
  async function* slow() {
    yield "a";
    await new Promise((resolve) => clock.after(11_000, () => resolve(undefined)));
  }
  const ordered = new OrderedItems(slow(), {
    name: "shuffle:1",
    arrange: (items) => items,
    clock,
    publish: (event) => events.push(event),
  });
  const next = ordered.next();
  await clock.advance(0);
  await clock.advance(12_000);
  assertEquals(await next, { done: false, value: "a" });
  assertEquals(events, [{
    kind: "warning",
    text:
      "order shuffle:1 reads the whole list before the first start: 1 items have come, and the " +
      "list has not ended",
    isHint: true,
  }]);
});

// Ranges of about a given time, of strings: those of a stream, whose number nobody knows before its end.
import { type RunEvent, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { ItemRanges } from "../../src/engine/item_ranges.ts";
import { DoneItems } from "../../src/journal/done_items.ts";
import type { EventBody } from "../../src/model/event_body.ts";
import type { OutstandingRange } from "../../src/model/ranges.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { forSeeds } from "../helpers/random.ts";
import { type JobResult, ofKind, runJob } from "../helpers/run_job.ts";
import { RESIDENT_WORKER } from "../helpers/run_resident.ts";

/** Returns so many items; their number cannot be told from outside. */
function itemsTo(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index}`);
}

/** The items of the ranges that ended well, in their order. Checks that each is named once, and that the counts are right. */
function rangesOf(result: JobResult): (readonly string[])[] {
  const ends = ofKind(result, "range-ended")
    .filter(({ status }) => status === "SUCCESS")
    .toSorted((a, b) => a.startIndex - b.startIndex);
  const ranges = ends.map(({ items = [] }) => items);
  const { summary, state } = result;
  assertEquals(ranges.flat(), itemsTo(summary.totalItems));
  assertEquals([summary.ok, summary.ranges, state.pending], [true, ranges.length, 0]);
  assertEquals(summary.doneItems, summary.totalItems);
  return ranges;
}

const SLEEPS = "for item in $items; do sleep 0.005; done";

Deno.test("ranges of a stream of unknown length grow, for processes and for resident workers", async () => {
  // An item takes up to 40 ms on a busy machine.
  const config: TaskConfig = { numWorkers: 2, chunkSize: { time: 150 } };
  for (const resident of [false, true]) {
    const result = await runJob(
      { ...config, resident, items: itemsTo(120).values() },
      ({ extraData: { items = [] } }) =>
        resident
          ? ["sh", RESIDENT_WORKER, SLEEPS]
          : ["sh", "-c", `items="$*"; ${SLEEPS}`, "sh", ...items],
    );
    const sizes = rangesOf(result).map(({ length }) => length);
    assertEquals(sizes[0], 1);
    const largest = Math.max(...sizes);
    assert(largest >= 4 && largest < 60, `${resident}: ${sizes}`);
    assertEquals(ofKind(result, "run-started")[0]!.chunkSize, undefined);
    assertEquals(ofKind(result, "range-cut"), []);
  }
});

Deno.test("a worker takes what has come: it never waits for a range to be full", async () => {
  const pauses = itemsTo(6).map(() => Promise.withResolvers<void>());
  async function* items() {
    for (const [index, { promise }] of pauses.entries()) {
      yield `${index}`;
      await promise;
    }
  }
  let ended = 0;
  // The next item comes when the one before it is done: to wait for more would be to wait for ever.
  const onEvent = ({ kind }: RunEvent) => kind === "range-ended" && pauses[ended++]!.resolve();
  const result = await runJob(
    { items: items(), numWorkers: 1, chunkSize: { time: 600_000 } },
    () => ["true"],
    { onEvent },
  );
  assertEquals(rangesOf(result).length, 6);
});

interface SourceOptions {
  readonly items: Iterable<string> | AsyncIterable<string>;
  readonly size: number;
  readonly workers?: number;
  readonly done?: DoneItems;
  readonly alone?: ReadonlySet<string>;
  readonly room?: number;
}

/** Opens the ranges of a stream, each of as many items as `size` says. */
function openSource({ items, size, workers = 1, done = new DoneItems(), ...more }: SourceOptions) {
  const events: EventBody[] = [];
  const { alone, room = Infinity } = more;
  const source = new ItemRanges(items, {
    chunkSize: Infinity,
    timed: { sizer: { size }, workers: () => workers },
    ...{ done, alone, firstRange: 0, clock: systemClock },
    space: { room, costOf: ({ length }) => length },
    publish: (event) => events.push(event),
  });
  source.start();
  return { source, events };
}

const NEVER = new AbortController().signal;

Deno.test("workers that wait share the items that come together", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* items() {
    await promise;
    yield* itemsTo(8);
    await new Promise(() => {});
  }
  const { source } = openSource({ items: items(), size: 100, workers: 4 });
  using _source = source;
  const waiting = [0, 1, 2, 3, 4].map(() => source.next(NEVER));
  resolve();
  const ranges = await Promise.all(waiting);
  assertEquals(ranges.map((range) => range!.items!.length), [2, 2, 1, 1, 1]);
  assertEquals(source.takeNow()!.items, ["7"]);
  assertEquals(source.takeNow(), undefined);
});

Deno.test("ranges have each item once, in order; done items, items alone and space are heeded; the counts are right", async () => {
  await forSeeds(200, async (random) => {
    const count = random.integer(60);
    const all = itemsTo(count).map((item) => item.padEnd(1 + random.integer(9), "x"));
    const doneItems = all.filter(() => random.integer(6) === 0);
    const done = new DoneItems();
    done.add(doneItems, "SUCCESS");
    const left = all.filter((item) => !doneItems.includes(item));
    const alone = new Set(left.filter(() => random.integer(8) === 0));
    async function* items() {
      for (const item of all) {
        if (random.integer(4) === 0) await new Promise((resolve) => setTimeout(resolve));
        yield item;
      }
    }
    const [size, room] = [1 + random.integer(8), random.pick([Infinity, 12])];
    const { source, events } = openSource({ items: items(), size, room, done, alone, workers: 2 });
    const ranges: OutstandingRange[] = [];
    for (;;) {
      const now = random.integer(3) === 0 ? source.takeNow() : undefined;
      const range = now ?? await source.next(NEVER);
      if (range === undefined) break;
      if (random.integer(5) === 0) source.giveBack([range]);
      else ranges.push(range);
    }
    assertEquals(ranges.flatMap(({ items }) => items), left);
    for (const [at, { index, startIndex, endIndex, items = [] }] of ranges.entries()) {
      assertEquals([index, items], [at, all.slice(startIndex, endIndex)]);
      assert(items.length <= 1.5 * size && (items.length === 1 || items.join("").length <= room));
      assert(items.length === 1 || !items.some((item) => alone.has(item)), `${items}`);
    }
    const read = events.filter((event) => event.kind === "items-read").at(-1)!;
    const doneRanges = read.resumed?.counts.SUCCESS ?? 0;
    assertEquals([read.totalItems, read.isComplete], [count, true]);
    assertEquals(read.ranges - doneRanges, ranges.length);
    assertEquals(read.resumed?.doneItems ?? 0, doneItems.length);
  });
});

Deno.test("an endless stream is read no further ahead than large ranges need", async () => {
  let read = 0;
  function* items() {
    for (;;) yield `${read++}`;
  }
  const small = openSource({ items: items(), size: 5, workers: 2 });
  await until(() => read >= 10_000, "10,000 items are read");
  const range = await small.source.next(NEVER);
  assertEquals([range!.items!.length, small.source.unmade], [5, 1_999]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(read <= 10_010, `${read}`);
  small.source[Symbol.dispose]();
  read = 0;
  const large = openSource({ items: items(), size: 20_000, workers: 2 });
  await until(() => read >= 80_000, "80,000 items are read");
  assertEquals((await large.source.next(NEVER))!.items!.length, 20_000);
  large.source[Symbol.dispose]();
});

Deno.test("a run that resumes a stream does what is left, each item once; retries have the same items", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    // Each item is noted when it is done; item 30 fails until there is a file, after one retry.
    const script = 'for item; do sleep 0.003; [ "$item" != 30 ] || [ -e go ] || exit 1; ' +
      'echo "$item" >> "done.$EXECUTOR_ATTEMPT_ID"; done';
    const run = (resume: boolean) => {
      const executor = new SubprocessExecutor(
        {
          items: itemsTo(100).values(),
          numWorkers: 2,
          chunkSize: { time: 30 },
          maxRetries: 1,
          retryDelay: 1,
          haltOn: { failures: 1, how: "drain" },
        },
        ({ extraData: { items = [] } }) => ({
          command: "sh",
          args: ["-c", script, "sh", ...items],
          cwd: folder,
        }),
      );
      return executor.run([], { journal: new Journal(path, { resume }), handleSignals: false });
    };
    const first = await run(false);
    assertEquals(first.ok, false);
    const [failure] = first.failures;
    assertEquals([failure!.attempts, failure!.items!.includes("30")], [2, true]);
    const attempts = eventsIn(path, "attempt-started").filter(({ range }) =>
      range === failure!.range
    );
    assertEquals(attempts.map(({ items }) => items), [failure!.items, failure!.items]);
    await Deno.writeTextFile(`${folder}/go`, "");
    const second = await run(true);
    assertEquals([second.ok, second.doneItems, second.totalItems], [true, 100, 100]);
    const ended = eventsIn(path, "range-ended").filter(({ status }) => status === "SUCCESS");
    const items = ended.flatMap(({ items = [] }) => items).map(Number).sort((a, b) => a - b);
    assertEquals(items.map(String), itemsTo(100));
    // The journal of the first run and that of the second name other ranges.
    assertEquals(new Set(ended.map(({ range }) => range)).size, ended.length);
  });
});

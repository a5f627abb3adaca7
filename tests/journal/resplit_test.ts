// A resume with other workers or another chunk size: what is done stays done, and no number stands for two ranges.
import { Journal, JournalError, readJournal } from "@lambdawaker/executor/journal";
import {
  ConfigError,
  type RunEvent,
  type RunSummary,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import { INITIAL_STATE, reduce, summarize } from "@lambdawaker/executor/events";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeLauncher, type FakeScript } from "../helpers/fake_launcher.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { forSeeds, type Random } from "../helpers/random.ts";

type Work = (start: number, end: number) => FakeScript;

interface FakeRun {
  readonly path: string;
  readonly work: Work;
  /** The run is stopped after so many events. */
  readonly stopAfter?: number;
}

/** Runs a job with fake workers, and resumes it if its journal exists. */
async function runFake(
  config: TaskConfig,
  { path, work, stopAfter = Infinity }: FakeRun,
): Promise<RunSummary> {
  const launcher = new FakeLauncher(({ args }) => work(Number(args![0]), Number(args![1])));
  const executor = new SubprocessExecutor(
    { retryDelay: 0, ...config },
    ({ extraData }) => ["x", `${extraData.startIndex}`, `${extraData.endIndex}`],
    { launcher },
  );
  const control = new AbortController();
  let events = 0;
  const report = () => {
    if (++events > stopAfter) control.abort();
  };
  const journal = new Journal(path, { resume: true });
  return await executor.run({ report }, {
    journal,
    signal: control.signal,
    handleSignals: false,
  });
}

/** A worker that does all items, or only some of them and then crashes. */
function honest(random: Random, done: (item: number) => void, fatal = -1): Work {
  return (start, end) => {
    const isWhole = random.integer(3) > 0;
    const most = isWhole ? end - start : random.integer(end - start + 1);
    const count = fatal >= start && fatal < end ? Math.min(most, fatal - start) : most;
    for (let item = start; item < start + count; item++) done(item);
    const lines = Array.from({ length: count }, (_, index) => `PROGRESS: ${index + 1}`);
    return { lines, exit: { kind: "exited", code: isWhole && count === most ? 0 : 3 } };
  };
}

/** Returns a chunk size and a number of workers. */
function randomSplit(random: Random): Pick<TaskConfig, "chunkSize" | "numWorkers"> {
  const chunkSize = random.pick([undefined, "auto" as const, 1 + random.integer(12)]);
  return { chunkSize, numWorkers: 1 + random.integer(5) };
}

/** Cuts a journal off behind one of its lines, as if the executor had been killed there. */
function cutOff(path: string, random: Random): void {
  const lines = Deno.readTextFileSync(path).split("\n").slice(0, -1);
  const last = lines.findLastIndex((line) => line.includes('"kind":"run-started"'));
  const kept = lines.slice(0, last + 1 + random.integer(lines.length - last));
  Deno.writeTextFileSync(path, kept.map((line) => `${line}\n`).join(""));
}

/** Checks that each range number stands for the same items in all runs, or for a part of them after a split. */
function assertNumbersAreKept(events: readonly RunEvent[]): void {
  const ends = new Map<number, [start: number, end: number]>();
  for (const event of events) {
    if (event.kind === "range-split") {
      ends.set(event.range, [event.startIndex, event.endIndex]);
      for (const { range, startIndex, endIndex } of event.into) {
        assert(!ends.has(range), `range ${range} is made twice`);
        ends.set(range, [startIndex, endIndex]);
      }
    } else if (event.kind === "attempt-started" || event.kind === "range-ended") {
      const { range, startIndex, endIndex } = event;
      const known = ends.get(range);
      if (known === undefined) ends.set(range, [startIndex, endIndex]);
      else assert(endIndex === known[1] && startIndex >= known[0], `range ${range} is another one`);
    }
  }
}

Deno.test("whatever the chunk sizes, workers and kills, every item is done once by a range that ended well", async () => {
  await withFolder(async (folder) => {
    await forSeeds(60, async (random, seed) => {
      const path = `${folder}/${seed}.jsonl`;
      const totalItems = random.integer(random.pick([4, 50]));
      const isolate = random.pick([true, false]);
      const fatal = isolate ? random.integer(totalItems + 1) : -1;
      let summary: RunSummary | undefined;
      for (let run = 0; run < 40 && !summary?.ok; run++) {
        const config = { totalItems, maxRetries: 1, isolate, ...randomSplit(random) };
        const work = honest(random, () => {}, run < 3 ? fatal : -1);
        const stopAfter = random.pick([undefined, random.integer(60)]);
        summary = await runFake(config, { path, work, stopAfter });
        const state = Array.from(readJournal(path)).reduce(reduce, INITIAL_STATE);
        assertEquals(summarize(state), summary);
        if (!summary.ok && random.integer(2) === 0) cutOff(path, random);
      }
      assert(summary?.ok, "it came to no end");
      assertEquals(summary.doneItems, totalItems);
      const events = Array.from(readJournal(path));
      assertNumbersAreKept(events);
      const starts = new Map(
        events.filter((event) => event.kind === "attempt-started")
          .map((event) => [`${event.range}.${event.attempt}`, event]),
      );
      const done = events.filter((event) =>
        event.kind === "attempt-ended" && event.status === "SUCCESS"
      ).flatMap((event) => {
        const { range, attempt } = event as RunEvent & { kind: "attempt-ended" };
        const { startIndex, endIndex } = starts.get(`${range}.${attempt}`)!;
        return Array.from({ length: endIndex - startIndex }, (_, index) => startIndex + index);
      });
      assertEquals(
        done.toSorted((a, b) => a - b),
        Array.from({ length: totalItems }, (_, index) => index),
      );
    });
  });
});

Deno.test("with checkpoints, no item is done twice, whatever the chunk sizes and workers", async () => {
  await withFolder(async (folder) => {
    await forSeeds(60, async (random, seed) => {
      const path = `${folder}/${seed}.jsonl`;
      const totalItems = random.integer(50);
      const done: number[] = [];
      let summary: RunSummary | undefined;
      for (let run = 0; run < 40 && !summary?.ok; run++) {
        const config = { totalItems, maxRetries: 1, ...randomSplit(random) };
        const work = honest(random, (item) => done.push(item));
        const stopAfter = random.pick([undefined, random.integer(60)]);
        const retryFrom = "checkpoint";
        summary = await runFake({ ...config, retryFrom }, { path, work, stopAfter });
      }
      assert(summary?.ok, "it came to no end");
      assertNumbersAreKept(Array.from(readJournal(path)));
      assertEquals(
        done.toSorted((a, b) => a - b),
        Array.from({ length: totalItems }, (_, index) => index),
      );
    });
  });
});

const ok = () => ["true"];
const script = (text: string) => ["sh", "-c", text, "sh"];
/** Fails at one item. */
const failsAt = (item: number) =>
({ extraData: { startIndex, endIndex } }: {
  extraData: { startIndex: number; endIndex: number };
}) => script(startIndex <= item && item < endIndex ? "exit 3" : "true");

const boundaries = (path: string) =>
  eventsIn(path, "attempt-started")
    .map(({ range, startIndex, endIndex }) => [range, startIndex, endIndex]);

Deno.test("the number of workers never changes boundaries", async () => {
  await withFolder(async (folder) => {
    for (const chunkSize of [undefined, "auto" as const, 6]) {
      const path = `${folder}/${chunkSize}.jsonl`;
      const config = { totalItems: 20, chunkSize };
      await runRecorded({ ...config, numWorkers: 2 }, () => ["false"], { path });
      const before = boundaries(path);
      for (const [numWorkers, size] of [[5, chunkSize], [1, undefined], [3, "auto"]] as const) {
        const again = { totalItems: 20, chunkSize: size, numWorkers };
        await runRecorded(again, () => ["false"], { path, resume: true });
        const [started] = eventsIn(path, "run-started").slice(-1);
        assertEquals(started?.numWorkers, Math.min(numWorkers, before.length));
      }
      const all = boundaries(path).map(String);
      assertEquals(all.length, 4 * before.length);
      assertEquals(new Set(all), new Set(before.map(String)));
      const summary = await runRecorded(config, ok, { path, resume: true });
      assert(summary.ok);
    }
  });
});

Deno.test("a chunk size that makes the same ranges keeps them, and another one splits the rest under new numbers", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const run = (change: Partial<TaskConfig>, item: number) =>
      runRecorded({ totalItems: 20, ...change }, failsAt(item), { path, resume: true });
    const lastRun = () => {
      const events = Array.from(readJournal(path));
      const at = events.findLastIndex(({ kind }) => kind === "run-started");
      return events.slice(at).filter((event) => event.kind === "attempt-started")
        .map(({ range, startIndex, endIndex }) => [range, startIndex, endIndex] as const)
        .toSorted(([a], [b]) => a - b);
    };
    // Four ranges of five.
    await run({ numWorkers: 4 }, 7);
    assertEquals(lastRun().length, 4);
    await run({ chunkSize: 5 }, 7);
    assertEquals(lastRun(), [[1, 5, 10]]);
    const summary = await run({ chunkSize: 2 }, 7);
    assertEquals(lastRun(), [[4, 5, 7], [5, 7, 9], [6, 9, 10]]);
    assertEquals([summary.ranges, summary.resumedRanges, summary.doneItems], [6, 3, 18]);
    await run({}, 7);
    assertEquals(lastRun(), [[5, 7, 9]]);
    const last = await run({ chunkSize: 1 }, -1);
    assertEquals(lastRun(), [[7, 7, 8], [8, 8, 9]]);
    assertEquals([last.ok, last.ranges, last.doneItems], [true, 7, 20]);
    // Nothing is left: any chunk size is right.
    assert((await run({ chunkSize: 3 }, -1)).ok);
  });
});

Deno.test("a larger chunk size joins ranges that border on each other", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const odd = ({ extraData: { startIndex } }: { extraData: { startIndex: number } }) =>
      script(startIndex < 4 || startIndex === 9 ? "true" : "exit 3");
    await runRecorded({ totalItems: 12, chunkSize: 1 }, odd, { path });
    await runRecorded({ totalItems: 12, chunkSize: 4, numWorkers: 1 }, ok, { path, resume: true });
    assertEquals(boundaries(path).slice(12), [[12, 4, 8], [13, 8, 9], [14, 10, 12]]);
  });
});

Deno.test("an isolated item stays alone when the rest is split anew", async () => {
  await withFolder(async (folder) => {
    for (const retryFrom of ["start", "checkpoint"] as const) {
      const path = `${folder}/${retryFrom}.jsonl`;
      const config = { totalItems: 12, numWorkers: 1, retryFrom, retryDelay: 0 };
      const fails = ({ extraData: { startIndex, endIndex } }: {
        extraData: { startIndex: number; endIndex: number };
      }) =>
        script(
          `i=${startIndex}; while [ $i -lt ${endIndex} ]; do [ $i = 6 ] && exit 3; i=$((i+1)); echo PROGRESS: $((i-${startIndex})); done`,
        );
      const first = await runRecorded(
        { ...config, chunkSize: 12, maxRetries: 1, isolate: true },
        fails,
        { path },
      );
      assertEquals(first.doneItems, 11);
      for (const chunkSize of [5, 7]) {
        const again = await runRecorded({ ...config, chunkSize }, fails, { path, resume: true });
        assertEquals(again.doneItems, 11);
        assertEquals(again.failures.map(({ startIndex }) => startIndex), [6]);
        const [, start, end] = boundaries(path).at(-1)!;
        assertEquals([start, end], [6, 7]);
      }
    }
    // The items around it are not done, either.
    const path = `${folder}/around.jsonl`;
    const config = { totalItems: 12, numWorkers: 1, retryDelay: 0 };
    const fails = ({ extraData: { startIndex, endIndex }, attempt }: {
      attempt: number;
      extraData: { startIndex: number; endIndex: number };
    }) =>
      script(
        // The attempts at the other ranges end at different items.
        `echo PROGRESS: ${endIndex - startIndex === 12 ? 6 : attempt}; exit 3`,
      );
    const isolating = { ...config, chunkSize: 12, maxRetries: 1, isolate: true };
    await runRecorded(isolating, fails, { path });
    const before = boundaries(path).length;
    await runRecorded({ ...config, chunkSize: 20 }, ok, { path, resume: true });
    assertEquals(
      boundaries(path).slice(before).map(([, ...items]) => items),
      [[0, 6], [6, 7], [7, 12]],
    );
  });
});

Deno.test("an isolated string stays alone, too", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const items = Array.from("abcdefgh");
    const config = { items, chunkSize: 8, numWorkers: 1, retryDelay: 0 };
    const fails = ({ extraData }: { extraData: { items?: readonly string[] } }) =>
      script(
        `n=0; for i in ${
          extraData.items!.join(" ")
        }; do [ $i = d ] && exit 3; n=$((n+1)); echo PROGRESS: $n; done; [ $i != h ]`,
      );
    await runRecorded({ ...config, maxRetries: 1, isolate: true }, fails, { path });
    // It is among others that are not done.
    const again = { ...config, items: [..."xy", ...items], chunkSize: 4 };
    await runRecorded(again, ok, { path, resume: true });
    const last = eventsIn(path, "attempt-started").map(({ items }) => items?.join("")).slice(-3);
    assertEquals(last, ["xy", "d", "efgh"]);
  });
});

Deno.test("another chunk size is refused if the command names {range}", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const command = ["sh", "-c", "echo >part-{range}"];
    const run = (chunkSize: TaskConfig["chunkSize"], numWorkers = 1) =>
      runRecorded({ totalItems: 8, chunkSize, numWorkers }, () => ["false"], {
        ...{ path, command, resume: true },
      });
    await run(2);
    const before = await Deno.readTextFile(path);
    await assertRejects(
      () => run(4),
      JournalError,
      `${path} cannot be resumed with the chunk size 4, as the command names {range}`,
    );
    assertEquals(await Deno.readTextFile(path), before);
    for (const chunkSize of [2, undefined, "auto" as const]) {
      assertEquals((await run(chunkSize, 3)).ranges, 4);
    }
  });
});

Deno.test("logs and results of before are never overwritten by ranges of another chunk size", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 9, results: `${folder}/results`, logDir: `${folder}/logs` };
    const says = ({ extraData: { startIndex, endIndex } }: {
      extraData: { startIndex: number; endIndex: number };
    }) => script(`echo ${startIndex} ${endIndex}; [ ${startIndex} != 3 ]`);
    await runRecorded({ ...config, chunkSize: 3 }, says, { path });
    const read = (names: string[]) =>
      names.map((name) => Deno.readTextFileSync(`${folder}/${name}`));
    const names = ["range-00000", "range-00001", "range-00002"];
    const files = [
      ...names.map((name) => `results/${name}/stdout`),
      ...names.map((name) => `logs/${name}.attempt-1.log`),
    ];
    const before = read(files);
    const again = { ...config, chunkSize: 1 };
    const numbers = ({ extraData }: { extraData: { startIndex: number } }) =>
      script(`echo ${extraData.startIndex}`);
    const summary = await runRecorded(again, numbers, { path, resume: true });
    assert(summary.ok);
    assertEquals(read(files), before);
    const added = ["range-00003", "range-00004", "range-00005"];
    assertEquals(read(added.map((name) => `results/${name}/stdout`)), ["3\n", "4\n", "5\n"]);
  });
});

Deno.test("results that are gone are made again, also by ranges of another chunk size", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 9, results: `${folder}/results`, numWorkers: 1 };
    await runRecorded({ ...config, chunkSize: 3 }, failsAt(4), { path });
    await Deno.remove(`${folder}/results/range-00002`, { recursive: true });
    const again = () =>
      runRecorded({ ...config, chunkSize: 2 }, failsAt(7), { path, resume: true });
    const summary = await again();
    assertEquals([summary.doneItems, summary.ok], [7, false]);
    assertEquals(boundaries(path).slice(3).map(([, ...items]) => items), [
      ...[[3, 5], [5, 7], [7, 9]],
    ]);
    const last = await runRecorded(config, ok, { path, resume: true });
    assert(last.ok);
  });
});

Deno.test("chunkSize is a number of items, auto or a time", () => {
  for (const chunkSize of [0, 1.5, "2", "Auto", null]) {
    assertThrows(
      () => new SubprocessExecutor({ totalItems: 1, chunkSize: chunkSize as number }, ok),
      ConfigError,
      'chunkSize must be a positive integer, "auto" or a time: current value is ',
    );
  }
});

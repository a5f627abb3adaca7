// Jobs of string items: lists and streams, read ahead and split into ranges.
import {
  ConfigError,
  type RunEvent,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";
import { until } from "../helpers/processes.ts";
import { forSeeds } from "../helpers/random.ts";
import { causeText } from "../../src/reporters/wording.ts";

const ENDS_WELL = { lines: [], exit: { kind: "exited", code: 0 } } as const;

/** Runs a job of items with fake processes. Returns the items that each process was given, in order. */
async function runItems(config: TaskConfig, onEvent?: (event: RunEvent) => void) {
  const given: string[][] = [];
  const launcher = new FakeLauncher(({ args }) => {
    given.push([...args]);
    return ENDS_WELL;
  });
  const result = await runJob(
    { numWorkers: 3, ...config },
    ({ extraData }) => ["x", ...extraData.items!],
    { launcher, onEvent },
  );
  return { ...result, given };
}

Deno.test("each item is given once, in order, chunkSize items to a process", async () => {
  await forSeeds(30, async (random) => {
    const items = Array.from({ length: random.integer(40) }, (_, index) => `item ${index}`);
    const chunkSize = random.pick([undefined, 1 + random.integer(7)]);
    const { given, summary } = await runItems({ items, chunkSize });
    assertEquals(given.flat(), items);
    assert(given.slice(0, -1).every(({ length }) => length === (chunkSize ?? 1)));
    assertEquals(summary.ok, true);
    assertEquals(summary.totalItems, items.length);
    assertEquals(summary.doneItems, items.length);
    assertEquals(summary.ranges, given.length);
  });
});

Deno.test("items may be a set, a generator or an async iterable", async () => {
  const expected = ["a", "b", "c"];
  const sources: Iterable<string>[] = [new Set(expected), expected.values()];
  for (const items of sources) assertEquals((await runItems({ items })).given.flat(), expected);
  const stream = ReadableStream.from(expected);
  assertEquals((await runItems({ items: stream })).given.flat(), expected);
});

Deno.test("a run without items succeeds at once", async () => {
  const { summary, given } = await runItems({ items: [] });
  assertEquals([summary.ok, summary.ranges, given.length], [true, 0, 0]);
});

Deno.test("the total of a list is known at the start, that of a stream at its end", async () => {
  const list = await runItems({ items: ["a", "b"] });
  assertEquals(ofKind(list, "run-started")[0]!.totalItems, 2);
  const stream = await runItems({ items: ["a", "b"].values() });
  assertEquals(ofKind(stream, "run-started")[0]!.items, "uncounted");
  const last = ofKind(stream, "items-read").at(-1)!;
  assertEquals([last.totalItems, last.ranges, last.isComplete], [2, 2, true]);
});

Deno.test("a range is announced before its attempt starts", async () => {
  await forSeeds(10, async (random) => {
    async function* items() {
      for (let index = 0; index < 50; index++) {
        if (random.integer(3) === 0) await new Promise((resolve) => setTimeout(resolve));
        yield `${index}`;
      }
    }
    const result = await runItems({ items: items(), chunkSize: 1 + random.integer(3) });
    let known = 0;
    for (const event of result.events) {
      if (event.kind === "items-read") known = event.ranges;
      if (event.kind === "attempt-started") assert(event.range < known);
    }
  });
});

Deno.test("workers start on the first item while the stream has not yielded the second", async () => {
  const pause = Promise.withResolvers<void>();
  async function* items() {
    yield "first";
    await pause.promise;
    yield "second";
  }
  let ended = 0;
  const { given } = await runItems({ items: items() }, ({ kind }) => {
    if (kind === "range-ended" && ++ended === 1) pause.resolve();
  });
  assertEquals(given, [["first"], ["second"]]);
});

Deno.test("a stream that fails leaves its earlier items done and the run incomplete", async () => {
  async function* items() {
    yield "first";
    yield "second";
    await Promise.reject(new Error("the disk is gone"));
  }
  const { given, summary } = await runItems({ items: items() });
  assertEquals(given, [["first"], ["second"]]);
  assertEquals(summary.ok, false);
  assertEquals(summary.counts.SUCCESS, 2);
  assertMatch(summary.warnings.join(), /cannot read items after the first 2: the disk is gone/);
});

Deno.test("an item that is not a string ends the stream", async () => {
  const items = ["a", 7, "c"] as unknown as string[];
  const { given, summary } = await runItems({ items });
  assertEquals(given, [["a"]]);
  assertEquals(summary.ok, false);
  assertMatch(summary.warnings.join(), /item 1 is no string: 7/);
});

Deno.test("a run that is stopped does not wait for its stream and is incomplete", async () => {
  const control = new AbortController();
  const returned = Promise.withResolvers<void>();
  const forever = Promise.withResolvers<IteratorResult<string>>();
  let count = 0;
  const items: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => count++ < 2 ? Promise.resolve({ value: "x" }) : forever.promise,
      return: () => {
        returned.resolve();
        return forever.promise;
      },
    }),
  };
  const launcher = new FakeLauncher(() => ENDS_WELL);
  let ended = 0;
  const { summary } = await runJob({ items }, () => ["x"], {
    launcher,
    signal: control.signal,
    onEvent: ({ kind }) => kind === "range-ended" && ++ended === 2 && control.abort(),
  });
  await returned.promise;
  assertEquals([summary.ok, summary.doneItems, summary.totalItems], [false, 2, 2]);
});

Deno.test("an endless stream is read 10,000 items ahead and no further", async () => {
  let read = 0;
  function* items() {
    for (;;) yield `${read++}`;
  }
  const control = new AbortController();
  const launcher = new FakeLauncher(() => ({ lines: [] }));
  const running = runJob({ items: items(), numWorkers: 2 }, () => ["x"], {
    launcher,
    signal: control.signal,
  });
  await until(() => read >= 10_000, "10,000 items are read");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert(read <= 10_010, `${read}`);
  control.abort();
  assertEquals((await running).summary.ok, false);
});

Deno.test("a retry has the same items, or those after the checkpoint", async () => {
  for (const retryFrom of ["start", "checkpoint"] as const) {
    const given: string[] = [];
    const launcher = new FakeLauncher(({ args }) => {
      given.push(args.join(""));
      return given.length === 1
        ? { lines: ["PROGRESS: 2"], exit: { kind: "exited", code: 1 } }
        : ENDS_WELL;
    });
    const { summary } = await runJob(
      { items: ["a", "b", "c"], chunkSize: 3, maxRetries: 1, retryDelay: 0, retryFrom },
      ({ extraData }) => ["x", ...extraData.items!],
      { launcher },
    );
    assertEquals(given, retryFrom === "start" ? ["abc", "abc"] : ["abc", "c"]);
    assertEquals([summary.ok, summary.doneItems], [true, 3]);
  }
});

Deno.test("a failure names its items", async () => {
  const launcher = new FakeLauncher(({ args }) => ({
    lines: [],
    exit: { kind: "exited", code: args[0] === "b" ? 3 : 0 },
  }));
  const { summary } = await runJob(
    { items: ["a", "b", "c"] },
    ({ extraData }) => ["x", ...extraData.items!],
    { launcher },
  );
  assertEquals(summary.failures.map(({ items, cause }) => [items, cause]), [
    [["b"], { kind: "exit", code: 3 }],
  ]);
});

Deno.test("a range that fails names all its items, even if its last attempt began at a checkpoint", async () => {
  const result = await runJob(
    { items: ["a", "b", "c"], chunkSize: 3, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 1; exit 3"],
  );
  const [end] = ofKind(result, "range-ended");
  assertEquals([end!.items, end!.nextIndex], [["a", "b", "c"], 2]);
  assertEquals(result.summary.failures.map(({ items }) => items), [["a", "b", "c"]]);
});

Deno.test("an item that cannot be passed as an argument fails by name and is not retried", async () => {
  const { summary } = await runJob(
    { items: ["a\0b", "\udcff", "ok"], maxRetries: 3 },
    ({ extraData }) => ["true", ...extraData.items!],
  );
  assertEquals(summary.attempts, 3);
  assertEquals(summary.failures.map(({ cause }) => causeText(cause)).sort(), [
    'argument "\\xff" cannot be passed to a program: it is not UTF-8',
    'argument "a\\0b" cannot be passed to a program: it contains a NUL',
  ]);
});

Deno.test("an iterator that throws does not end the run", async () => {
  const broken = (part: "begin" | "return"): Iterable<string> => ({
    [Symbol.iterator]: () => {
      if (part === "begin") throw new Error("cannot begin");
      const next = () => ({ value: "a" });
      return {
        next,
        return: () => {
          throw new Error("cannot return");
        },
      };
    },
  });
  const { summary } = await runItems({ items: broken("begin") });
  assertEquals(summary.ok, false);
  assertMatch(summary.warnings.join(), /cannot begin/);
  const control = new AbortController();
  const launcher = new FakeLauncher(() => ENDS_WELL);
  const stopped = await runJob({ items: broken("return") }, () => ["x"], {
    launcher,
    signal: control.signal,
    onEvent: ({ kind }) => kind === "range-ended" && control.abort(),
  });
  assertEquals(stopped.summary.ok, false);
});

Deno.test("a number of items that differs from totalItems is a warning", async () => {
  const { summary } = await runItems({ items: ["a", "b"].values(), totalItems: 5 });
  assertEquals([summary.ok, summary.totalItems], [true, 2]);
  assertMatch(summary.warnings.join(), /expected 5 items, but read 2/);
});

Deno.test("100,000 items from stdin are done once each in constant memory", async () => {
  const total = 100_000;
  const fixture = new URL("../fixtures/counts_items.ts", import.meta.url).pathname;
  const script = 'seq 1 "$1" | "$2" run -A --quiet --no-check --v8-flags=--expose-gc "$3" "$1"';
  const { stdout, success } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", `${total}`, Deno.execPath(), fixture],
  }).output();
  assert(success);
  const { bytes, ...facts } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(facts, { ok: true, totalItems: total, doneItems: total, onceEach: true });
  // All buffers are allocated after three tenths of the items.
  const growth = bytes.at(-1) - bytes[2];
  assert(growth < 2 << 20, `${growth} bytes more at the end: ${bytes}`);
});

Deno.test("a range ends before an item that does not fit in, and one that fits nowhere is alone", async () => {
  await forSeeds(50, async (random) => {
    const size = () => random.pick([1 + random.integer(5), 5, 9]);
    const items = Array.from({ length: random.integer(40) }, () => "x".repeat(size()));
    const itemSpace = {
      room: 8,
      costOf: (item: string) => item.length === 9 ? Infinity : item.length,
    };
    const given: string[][] = [];
    const launcher = new FakeLauncher(({ args }) => {
      given.push([...args]);
      return ENDS_WELL;
    });
    const chunkSize = 1 + random.integer(6);
    const { summary } = await runJob(
      { numWorkers: 3, items, chunkSize },
      ({ extraData }) => ["x", ...extraData.items!],
      { launcher, itemSpace },
    );
    assertEquals(given.flat(), items);
    assertEquals([summary.ok, summary.doneItems], [true, items.length]);
    assertEquals(summary.ranges, given.length);
    given.forEach((range, index) => {
      const sum = range.join("").length;
      assert(range.length === 1 || sum <= 8, `${range}`);
      const next = given[index + 1]?.[0];
      // No range is smaller than it must be.
      if (range.length === chunkSize || next === undefined) return;
      assert(sum + next.length > 8 || sum === 9, `${range} ${next}`);
    });
  });
});

Deno.test("a total that becomes known while a run goes on is not passed on", async () => {
  const totals = async (config: TaskConfig) => {
    const said: (string | undefined)[] = [];
    const launcher = new FakeLauncher(({ env }) => {
      said.push(env?.EXECUTOR_TOTAL);
      return ENDS_WELL;
    });
    await runJob({ numWorkers: 1, ...config }, () => ["x"], { launcher });
    return said;
  };
  const items = ["a", "b", "c"];
  assertEquals(await totals({ items }), ["3", "3", "3"]);
  assertEquals(await totals({ items: items.values(), totalItems: 3 }), ["3", "3", "3"]);
  assertEquals(await totals({ items: items.values() }), [undefined, undefined, undefined]);
  assertEquals(await totals({ totalItems: 2, chunkSize: 1 }), ["2", "2"]);
});

Deno.test("there are no more workers than ranges, as far as the space for items tells", async () => {
  const workers = async (items: Iterable<string>, room: number) => {
    const itemSpace = { room, costOf: (item: string) => item.length + 1 };
    const config = { items, totalItems: 12, chunkSize: 12, numWorkers: 8 };
    const launcher = new FakeLauncher(() => ENDS_WELL);
    const result = await runJob(config, () => ["x"], { launcher, itemSpace });
    return ofKind(result, "run-started")[0]!.numWorkers;
  };
  const items = Array.from({ length: 12 }, () => "xyz");
  assertEquals(await workers(items, 1_000), 1);
  assertEquals(await workers(items, 12), 4);
  assertEquals(await workers(items, 2), 8);
  assertEquals(await workers(items.values(), 1_000), 1);
  assertEquals(await workers(items.values(), 6), 2);
});

Deno.test("items that can be read only once serve one run: a second one is refused, and does not end well with nothing done", async () => {
  async function* made() {
    yield* ["a", "b"];
  }
  const sources = [
    ["a", "b"].values(),
    made(),
    new Blob(["a"]).stream().pipeThrough(new TextDecoderStream()),
  ];
  for (const items of sources) {
    const executor = new SubprocessExecutor({ items }, () => ["true"]);
    assert((await executor.run([], { handleSignals: false })).ok);
    const error = await assertRejects(
      () => executor.run([], { handleSignals: false }),
      ConfigError,
      "items must be items that no other run has read",
    );
    assertEquals(error.field, "items");
  }
  const executor = new SubprocessExecutor({ items: new Set(["a"]) }, () => ["true"]);
  for (let run = 0; run < 2; run++) {
    assertEquals((await executor.run([], { handleSignals: false })).doneItems, 1);
  }
});

// What callers give, where it answers oddly or never, and what a callback is given.
import {
  ConfigError,
  type ExecutorOptions,
  type Reporter,
  type RunOptions,
  SubprocessExecutor,
} from "@lambdawaker/executor";
import type { RunEvent } from "@lambdawaker/executor/events";
import { Journal, readJournal } from "@lambdawaker/executor/journal";
import { OrderedOutput } from "@lambdawaker/executor/output";
import type { Protocol } from "@lambdawaker/executor/protocol";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";

Deno.test("an item of a range of one is worker.item", async () => {
  const seen: unknown[] = [];
  const executor = new SubprocessExecutor(
    { items: ["a", "b", "c"], numWorkers: 1, chunkSize: 2 },
    ({ item, items }) => {
      seen.push([item, items]);
      return ["true"];
    },
  );
  await executor.run();
  assertEquals(seen, [[undefined, ["a", "b"]], ["c", ["c"]]]);
});

Deno.test("a working directory may be a file URL", async () => {
  const cwd = new URL("file:///");
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ({
    command: "sh",
    args: ["-c", '[ "$PWD" = / ]'],
    cwd,
  }));
  assert((await executor.run()).ok);
});

Deno.test("a getCommand that never answers is a warning after ten seconds, and ends with the run", async () => {
  const clock = new FakeClock();
  const executor = new SubprocessExecutor(
    { totalItems: 1 },
    () => new Promise<string[]>(() => {}),
    { clock },
  );
  const run = executor.start([], { handleSignals: false });
  while (run.state.warnings.length === 0) await clock.advance(1_000);
  assertEquals(run.state.warnings, [
    "getCommand has not answered for range 0 in 10 seconds: worker 0 waits for it",
  ]);
  run.stop();
  const summary = await run.summary;
  assertEquals([summary.ok, summary.failures.length], [false, 0]);
});

for (const capacity of [NaN, -1, 0.5, Infinity]) {
  Deno.test(`a launcher that has room for ${capacity} workers is refused by name`, async () => {
    const launcher = Object.assign(new FakeLauncher(() => ({ lines: [] })), {
      capacity: () => capacity,
    });
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher });
    await assertRejects(
      () => executor.run(),
      ConfigError,
      `launcher.capacity() must be a positive integer: current value is ${capacity}`,
    );
  });
}

Deno.test("a launcher that never says how many workers it has room for is refused", async () => {
  const launcher = Object.assign(new FakeLauncher(() => ({ lines: [] })), {
    capacity: () => new Promise<number>(() => {}),
  });
  const clock = new FakeClock();
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher, clock });
  const refused = assertRejects(
    () => executor.run(),
    ConfigError,
    "numWorkers must be given, as launcher.capacity() has not answered in 60 seconds",
  );
  await clock.advance(60_000);
  await refused;
});

Deno.test("an output that is never written is a warning after ten seconds, and ends with a stop", async () => {
  const clock = new FakeClock();
  const executor = new SubprocessExecutor(
    { totalItems: 1, gracePeriod: 1_000 },
    () => ["echo", "x"],
    { clock },
  );
  const output = new OrderedOutput({ write: () => new Promise(() => {}) });
  const run = executor.start([], { output, handleSignals: false });
  while (run.state.warnings.length === 0) await clock.advance(1_000);
  assertEquals(run.state.warnings, [
    "the output is still not written 10 seconds after the work: the run waits for its reader, until it is stopped",
  ]);
  run.stop("kill");
  let isOver = false;
  run.summary.then(() => isOver = true);
  while (!isOver) await clock.advance(100);
  assertEquals((await run.summary).doneItems, 1);
});

Deno.test("a reporter that never closes is dropped with a warning", async () => {
  const clock = new FakeClock();
  class Stuck {
    report() {}
    close = () => new Promise<void>(() => {});
  }
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"], {
    clock,
    launcher: new FakeLauncher(() => ({ lines: [], exit: { kind: "exited", code: 0 } })),
  });
  const run = executor.start(new Stuck(), { handleSignals: false });
  let isOver = false;
  run.summary.then(() => isOver = true);
  while (!isOver) await clock.advance(1_000);
  const { ok, warnings } = await run.summary;
  assertEquals([ok, warnings], [true, [
    "Stuck failed and was dropped: close() has not resolved after 10 seconds",
  ]]);
});

Deno.test("items that throw are a warning, and the run is not ok", async () => {
  function* items() {
    yield "a";
    throw new Error("no more");
  }
  const executor = new SubprocessExecutor({ items: items() }, () => ["true"]);
  const { ok, doneItems, warnings } = await executor.run();
  assertEquals([ok, doneItems, warnings], [false, 1, [
    "cannot read items after the first 1: no more",
  ]]);
});

Deno.test("items that never come end with the run", async () => {
  const items = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const executor = new SubprocessExecutor({ items, numWorkers: 2 }, () => ["true"]);
  const run = executor.start([], { handleSignals: false });
  run.stop();
  assertEquals((await run.summary).ok, false);
});

Deno.test("a protocol that cannot be made ends its attempt with the error", async () => {
  const protocol = () => {
    throw new Error("no protocol today");
  };
  const executor = new SubprocessExecutor({ totalItems: 1, protocol }, () => ["true"]);
  const { failures } = await executor.run();
  assertEquals(failures.map(({ status }) => status), ["CRASHED"]);
  assertMatch(JSON.stringify(failures[0]!.cause), /no protocol today/);
});

/** Runs a job of one item with a reporter or options that fail, and resumes it. Returns the warnings of the first run. */
async function runAndResume(reporters: Reporter[], options: RunOptions = {}): Promise<unknown[]> {
  const path = `${await Deno.makeTempDir()}/journal.jsonl`;
  const kinds: string[] = [];
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
  const watcher = { report: ({ kind }: RunEvent) => void kinds.push(kind) };
  const { warnings } = await executor.run([...reporters, watcher], {
    ...options,
    journal: new Journal(path),
  });
  assertEquals(kinds[0], "run-started");
  assertEquals(Array.from(readJournal(path))[0]!.kind, "run-started");
  const resumed = await executor.run([], { journal: new Journal(path, { resume: true }) });
  assert(resumed.ok);
  return [...warnings];
}

function fail(): never {
  throw new Error("not today");
}

Deno.test("what fails before the run starts is said after its start, and the journal can be resumed", async () => {
  assertEquals(await runAndResume([{ report() {}, control: fail }]), [
    "a reporter failed and was dropped: not today",
  ]);
  const control = (() => Promise.reject(new Error("not today"))) as () => void;
  assertEquals(await runAndResume([{ report() {}, control }]), [
    "a reporter failed and was dropped: not today",
  ]);
  const output = { open: fail, range: () => ({ begin() {}, stdout() {}, end() {} }) };
  const [warning] = await runAndResume([], { output });
  assertMatch(String(warning), /not today/);
});

Deno.test("a reporter that cannot share stdout is dropped, with one warning", async () => {
  const output = () => new OrderedOutput();
  const share = (shareStdout: unknown) => [{ report() {}, shareStdout } as Reporter];
  assertEquals(await runAndResume(share(fail), { output: output() }), [
    "a reporter failed and was dropped: not today",
  ]);
  assertEquals(await runAndResume(share(() => NaN), { output: output() }), [
    "a reporter failed and was dropped: shareStdout() must return a function: it returned NaN",
  ]);
});

Deno.test("a reporter that fails to say whether it wants usage, or to abandon, is dropped", async () => {
  const wants = {
    report() {},
    get wantsUsage(): boolean {
      return fail();
    },
  };
  const abandons = { report: fail, abandon: () => Promise.reject(new Error("nor that")) };
  for (const reporter of [wants, abandons]) {
    assertEquals(await runAndResume([reporter as unknown as Reporter]), [
      "a reporter failed and was dropped: not today",
    ]);
  }
});

/** Options of an executor that are refused, with the sentence. */
const REFUSED: readonly [unknown, string][] = [
  [{ command: "x" }, 'options.command must be a list of strings: current value is "x"'],
  [{ command: [1] }, "options.command must be a list of strings: current value is [ 1 ]"],
  [{ clock: {} }, "clock must be an object with a method now: current value is {}"],
  [
    { clock: { now: () => NaN, after() {} } },
    "clock.now() must be the milliseconds since 1970: current value is NaN",
  ],
  [
    { clock: { now: () => -5, after() {} } },
    "clock.now() must be the milliseconds since 1970: current value is -5",
  ],
  [
    { clock: { now: fail, after() {} } },
    "clock.now() must be the milliseconds since 1970: current value is undefined (not today)",
  ],
];

for (const [options, sentence] of REFUSED) {
  Deno.test(`options of an executor are refused: ${sentence}`, () => {
    const error = assertThrows(
      () => new SubprocessExecutor({ totalItems: 1 }, () => ["x"], options as ExecutorOptions),
      ConfigError,
    );
    assertEquals([error.name, error.message], ["ConfigError", `Cannot run the job as ${sentence}`]);
  });
}

for (const broken of [fail, () => NaN, () => -1]) {
  Deno.test(`a clock that fails later (${broken}) is one warning, and events have the last time`, async () => {
    let calls = 0;
    const clock = {
      now: () => ++calls > 6 ? broken() : 1_000,
      after: systemClock.after,
    };
    const times = new Set<number>();
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"], { clock });
    const { ok, warnings } = await executor.run({ report: ({ t }) => void times.add(t) });
    assertEquals([ok, warnings.length, Array.from(times)], [true, 1, [1_000]]);
    assertMatch(warnings[0]!, /^clock\.now\(\) failed, times may be wrong: /);
  });
}

/** What a protocol or its maker returns, with the sentence. */
const PROTOCOLS: readonly [unknown, string][] = [
  [() => undefined, "protocol() must return an object with a method parse: it returned undefined"],
  [() => ({}), "protocol() must return an object with a method parse: it returned {}"],
  [() => ({ parse() {} }), "parse must return a signal: it returned undefined"],
  [
    () => ({ parse: () => Promise.reject(new Error("late")) }),
    "parse must return a signal: it returned Promise { <pending> }",
  ],
];

for (const [protocol, sentence] of PROTOCOLS) {
  Deno.test(`a protocol ends its attempt: ${sentence}`, async () => {
    const config = { totalItems: 1, protocol: protocol as () => Protocol };
    const { failures } = await new SubprocessExecutor(config, () => ["echo", "x"]).run();
    const message = `protocol handler failed: ${sentence}`;
    assertMatch(JSON.stringify(failures[0]?.cause), /protocol handler failed/);
    if (!sentence.includes("Promise")) assertEquals(failures[0]?.cause, { kind: "fault", message });
  });
}

Deno.test("a working directory on the web is no command, and is not tried again", async () => {
  const cwd = new URL("http://host/");
  const executor = new SubprocessExecutor(
    { totalItems: 1, maxRetries: 3 },
    () => ({ command: "true", args: [], cwd }),
  );
  const { failures, attempts } = await executor.run();
  assertEquals([attempts, failures[0]?.cause?.kind], [1, "command"]);
});

Deno.test("arguments of a handle are refused with what cannot be done", () => {
  const run = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).start();
  assertThrows(
    () => run.setWorkers(0),
    ConfigError,
    "Cannot change the number of workers as count must be a positive integer: current value is 0",
  );
  assertThrows(
    () => run.stop("drain" as "stop"),
    ConfigError,
    'Cannot stop the run as how must be "stop" or "kill": current value is "drain"',
  );
  return run.summary.then(() => {});
});

/** Methods of an output at a range that never answer. */
for (const method of ["begin", "stdout", "overwriteStdout", "end"]) {
  for (const how of ["stop", "kill"] as const) {
    Deno.test(`an output whose ${method}() never answers is one warning, and ends with ${how}`, async () => {
      const clock = new FakeClock();
      const range = {
        begin() {},
        stdout() {},
        end() {},
        [method]: () => new Promise<void>(() => {}),
      };
      const executor = new SubprocessExecutor(
        { totalItems: 2, chunkSize: 1, numWorkers: 2, gracePeriod: 1_000 },
        () => ["x"],
        {
          clock,
          launcher: new FakeLauncher(() => ({
            lines: ["x\rPROGRESS: 1", "y"],
            exit: { kind: "exited", code: 0 },
          })),
        },
      );
      const run = executor.start([], { handleSignals: false, output: { range: () => range } });
      while (run.state.warnings.length === 0) await clock.advance(1_000);
      run.stop(how);
      let isOver = false;
      run.summary.then(() => isOver = true);
      while (!isOver) await clock.advance(100);
      const { warnings } = await run.summary;
      const notices = warnings.filter((text) => text.includes("has not answered"));
      assertEquals(notices, [
        `${method}() of the output has not answered in 10 seconds: its worker waits for it`,
      ]);
    });
  }
}

Deno.test("items whose iterator returns no result are a warning", async () => {
  const items = { [Symbol.iterator]: () => ({ next: () => NaN }) } as unknown as string[];
  const { ok, warnings } = await new SubprocessExecutor({ items }, () => ["true"]).run();
  assertEquals([ok, warnings], [false, [
    "cannot read items after the first 0: next() must return { done, value }: it returned NaN",
  ]]);
});

Deno.test("items of which none comes are a warning after ten seconds", async () => {
  const clock = new FakeClock();
  const items = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const executor = new SubprocessExecutor({ items, numWorkers: 2 }, () => ["true"], { clock });
  const run = executor.start([], { handleSignals: false });
  while (run.state.warnings.length === 0) await clock.advance(1_000);
  assertEquals(run.state.warnings, [
    "items has yielded nothing in 10 seconds: all workers wait for it",
  ]);
  run.stop();
  await run.summary;
});

Deno.test("a reporter that waits for its reader is a warning, and one that is cut another", async () => {
  const clock = new FakeClock();
  class Pipe {
    readonly waitsForReader = true;
    report() {}
    close = () => new Promise<void>(() => {});
  }
  const executor = new SubprocessExecutor({ totalItems: 1, gracePeriod: 1_000 }, () => ["true"], {
    clock,
    launcher: new FakeLauncher(() => ({ lines: [], exit: { kind: "exited", code: 0 } })),
  });
  const run = executor.start(new Pipe(), { handleSignals: false });
  while (run.state.warnings.length === 0) await clock.advance(1_000);
  run.stop();
  let isOver = false;
  run.summary.then(() => isOver = true);
  while (!isOver) await clock.advance(100);
  const { exitCode, warnings } = await run.summary;
  assertEquals(exitCode, 0, "a request that comes after the work changes nothing");
  assertEquals(warnings, [
    "Pipe has not closed 10 seconds after the work: the run waits for its reader, until it is stopped",
    "Pipe failed and was dropped: it had not closed when the run was stopped: the end of what it writes is missing",
  ]);
});

Deno.test("a getCommand that rejects with nothing fails its range", async () => {
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => Promise.reject());
  const { failures } = await executor.run([], { handleSignals: false });
  assertEquals(failures.map(({ cause }) => cause), [{ kind: "command", message: "undefined" }]);
});

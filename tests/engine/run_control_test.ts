// The handle of a run: what the program that started it and its reporters can do.
import {
  ConfigError,
  type Reporter,
  type RunEvent,
  type RunHandle,
  type RunOptions,
  SubprocessExecutor,
} from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { type Launcher, LocalLauncher } from "@lambdawaker/executor/launchers";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";

const OPTIONS = { handleSignals: false };

/** Starts a job of single items, and resolves when an event has come. */
async function startUntil(
  kind: RunEvent["kind"],
  { script, totalItems = 4, numWorkers = 2 }: {
    script: string;
    totalItems?: number;
    numWorkers?: number;
  },
) {
  const came = Promise.withResolvers<void>();
  const events: RunEvent[] = [];
  const report = (event: RunEvent) => {
    events.push(event);
    if (event.kind === kind) came.resolve();
  };
  const executor = new SubprocessExecutor(
    { totalItems, numWorkers, chunkSize: 1, gracePeriod: 5_000 },
    () => ["sh", "-c", script],
  );
  const run = executor.start({ report }, OPTIONS);
  await came.promise;
  return { run, events };
}

Deno.test("start() returns before the run has begun, and its state follows the events", async () => {
  const executor = new SubprocessExecutor({ totalItems: 2 }, () => ["true"]);
  const run = executor.start([], OPTIONS);
  assertEquals(run.state.runId, "");
  const summary = await run.summary;
  assert(summary.ok);
  assertEquals(run.state.runId, summary.runId);
  assertEquals(run.state.doneItems, 2);
});

Deno.test("stop() asks the workers to end", async () => {
  const script =
    "trap 'echo MESSAGE: bye; exit 3' TERM; echo MESSAGE: here; while :; do sleep 0.05; done";
  const { run, events } = await startUntil("message", { script });
  run.stop();
  const summary = await run.summary;
  assertEquals(summary.stoppedBy, { kind: "request" });
  assert(events.some((event) => event.kind === "message" && event.text === "bye"));
  assertEquals(summary.forcedKills, 0);
});

Deno.test("stop('kill') kills workers that would not end", async () => {
  const script = "trap '' TERM; echo MESSAGE: here; while :; do sleep 0.05; done";
  const { run, events } = await startUntil("message", { script });
  run.stop("kill");
  await run.summary;
  const levels = events.flatMap((event) => event.kind === "run-stopping" ? event.how : []);
  assertEquals(levels, ["kill"]);
  assertEquals(run.state.stopping?.how, "kill");
});

Deno.test("drain() lets the running attempts end", async () => {
  const { run } = await startUntil("spawned", { script: "sleep 0.3", totalItems: 9 });
  run.drain();
  const { ok, attempts, doneItems, failures } = await run.summary;
  assert(!ok && attempts <= 2);
  assertEquals([doneItems, failures.length], [attempts, 0]);
});

Deno.test("pause() holds new starts back until continue()", async () => {
  const { run, events } = await startUntil("spawned", {
    script: "true",
    totalItems: 3,
    numWorkers: 1,
  });
  run.pause();
  assert(run.state.isPaused);
  while (run.state.doneItems < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  run.continue();
  assert((await run.summary).ok);
  const kinds = events.map(({ kind }) => kind).filter((kind) => kind.startsWith("run-"));
  assertEquals(kinds, ["run-started", "run-paused", "run-unpaused", "run-ended"]);
});

Deno.test("calls before the run has begun take effect", async () => {
  const executor = new SubprocessExecutor(
    { totalItems: 6, numWorkers: 1, chunkSize: 1 },
    () => ["true"],
  );
  const kinds: string[] = [];
  const run = executor.start({ report: ({ kind }) => kinds.push(kind) }, OPTIONS);
  run.setWorkers(3);
  await run.summary;
  assert(kinds.includes("pool-resized"), kinds.join());
  const stopped = executor.start([], OPTIONS);
  stopped.stop();
  assertEquals((await stopped.summary).attempts, 0);
});

Deno.test("calls after the end have no effect", async () => {
  const run = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).start([], OPTIONS);
  const summary = await run.summary;
  run.stop();
  run.pause();
  run.setWorkers(4);
  assertEquals(await run.summary, summary);
  assertEquals([run.state.stopping, run.state.isPaused], [undefined, false]);
});

Deno.test("reporters get the same handle", async () => {
  let handle: RunHandle | undefined;
  const reporter: Reporter = { report() {}, control: (run) => handle = run };
  const run = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).start(reporter, OPTIONS);
  await run.summary;
  assert(handle === run);
});

Deno.test("setWorkers() and stop() refuse what they cannot do", async () => {
  const run = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).start([], OPTIONS);
  for (const count of [0, -1, 1.5, NaN]) {
    const error = assertThrows(() => run.setWorkers(count), ConfigError);
    assertEquals([error.field, error.value], ["count", count]);
  }
  assertThrows(() => run.stop("now" as "kill"), ConfigError, 'how must be "stop" or "kill"');
  await run.summary;
});

const REFUSED: [name: string, reporters: unknown, options: unknown, message: string][] = [
  [
    "a journal as a reporter",
    new Journal("x.jsonl"),
    {},
    "reporter must be no Journal: give it as the option journal",
  ],
  ["a reporter without report", {}, {}, "reporter must be an object with a method report"],
  ["a journal that is none", [], { journal: "x.jsonl" }, "journal must be a Journal"],
  ["an output that is none", [], { output: {} }, "output must be an object with a method range"],
  ["a signal that is none", [], { signal: {} }, "signal must be an AbortSignal"],
  ["handleSignals that is no boolean", [], { handleSignals: 0 }, "handleSignals must be a boolean"],
  [
    "an option that does not exist",
    [],
    { reporter: {} },
    "options.reporter must be left out: current value is {} (there is no such field: use journal",
  ],
];

for (const [name, reporters, options, message] of REFUSED) {
  Deno.test(`start() throws for ${name}, and run() rejects`, async () => {
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
    const args = [reporters as Reporter, options as RunOptions] as const;
    assertThrows(() => executor.start(...args), ConfigError, message);
    await assertRejects(() => executor.run(...args), ConfigError, message);
  });
}

Deno.test("a journal that cannot be used rejects the summary", async () => {
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
  const journal = new Journal("/dev/null/x.jsonl");
  await assertRejects(() => executor.start([], { journal }).summary, Error, "cannot be written");
});

Deno.test("the executor refuses a launcher that is none", () => {
  const create = (launcher: Launcher) =>
    new SubprocessExecutor({ totalItems: 1 }, () => ["true"], { launcher });
  assertThrows(
    () => create({} as Launcher),
    ConfigError,
    "launcher must be an object with a method launch",
  );
  create(new LocalLauncher());
});

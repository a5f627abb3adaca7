// Every line is an event of the schema, and all lines together make up the run.
import {
  estimate,
  INITIAL_STATE,
  type ProcessExit,
  reduce,
  summarize,
} from "@lambdawaker/executor/events";
import { JsonlReporter } from "@lambdawaker/executor/reporters";
import { type Launcher, LocalLauncher } from "@lambdawaker/executor/launchers";
import { readJournal } from "@lambdawaker/executor/journal";
import { type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Ajv2020 } from "npm:ajv@8.17.1/dist/2020.js";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import schema from "../../docs/events.schema.json" with { type: "json" };
import { runCli } from "../helpers/cli.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { forSeeds } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";
import { runJob } from "../helpers/run_job.ts";

const validate = new Ajv2020({ discriminator: false, allowUnionTypes: true }).compile(schema);

function assertEvent(event: unknown): void {
  assert(
    validate(event),
    `${JSON.stringify(event)}\n${JSON.stringify(validate.errors?.slice(-3))}`,
  );
}

const parseLines = (text: string) =>
  text.trimEnd().split("\n").map((line) => JSON.parse(line) as RunEvent);

Deno.test("--reporter jsonl: each line is an event of the schema, and they reduce to the summary", async () => {
  const script =
    "echo PROGRESS: 1; echo MESSAGE: hi; echo STATUS: RUNNING; echo log; echo PROGRESS: x; sleep 60 & exit $((EXECUTOR_START == 2 && EXECUTOR_ATTEMPT == 1))";
  const args = ["run", "-n", "4", "-c", "2", "-w", "2", "-r", "1", "--retry-delay", "10ms"];
  const { code, stdout } = await runCli([...args, "--reporter", "jsonl", "--", "sh", "-c", script]);
  assertEquals(code, 0);
  const events = parseLines(stdout);
  for (const event of events) assertEvent(event);
  const kinds = new Set(events.map(({ kind }) => kind));
  for (
    const kind
      of "run-started attempt-started spawned progress message status log attempt-ended retry-scheduled range-ended leaked run-ended"
        .split(" ")
  ) {
    assert(kinds.has(kind as RunEvent["kind"]), kind);
  }
  const summary = summarize(events.reduce(reduce, INITIAL_STATE));
  assertEquals([summary.ok, summary.retries, summary.malformed, summary.leaked], [true, 1, 3, 3]);
});

Deno.test("events of random jobs fit the schema", async () => {
  await forSeeds(50, async (random) => {
    const { events } = await randomEvents(random, { ofItems: random.pick([true, false]) });
    for (const event of events) assertEvent(JSON.parse(JSON.stringify(event)));
  });
});

Deno.test("events of a run on several nodes, one of which fails, fit the schema", async () => {
  const exits: ProcessExit[] = [
    { kind: "lost", reason: "no contact with n2 for 15 s" },
    { kind: "launch-failed", reason: "no such node" },
    { kind: "launch-failed", reason: "command not found on n1: x", permanent: true },
  ];
  const left = exits.values();
  const fake = new FakeLauncher(() => ({ lines: [], exit: left.next().value }));
  const launcher: Launcher = {
    launch: (command) =>
      Object.assign(fake.launch(command), {
        placement: Promise.resolve({ node: "n2", id: "7.1", pid: 5 }),
      }),
  };
  const config = { totalItems: 1, numWorkers: 1, retryDelay: 0 };
  const { events, summary } = await runJob(config, () => ["x"], { launcher });
  for (const event of events) assertEvent(JSON.parse(JSON.stringify(event)));
  assertEquals([summary.attempts, summary.lost, summary.launchFailures], [3, 1, 1]);
});

Deno.test("events of a journal, and of a run that was resumed, drained, paused, resized and suspended, fit the schema", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    const config = { totalItems: 3, chunkSize: 1, numWorkers: 1, logDir: `${folder}/logs` };
    await runRecorded(config, () => ["sh", "-c", "exit $((EXECUTOR_START > 0))"], {
      path,
      command: ["x"],
    });
    await runRecorded(config, () => ["true"], { path, resume: true, command: ["x"] });
    for (const event of readJournal(path)) assertEvent(event);
    const resumed = eventsIn(path, "run-started")[1]?.resumed;
    assertEquals([resumed?.counts.SUCCESS, resumed?.doneItems], [1, 1]);
  });
  const at = { v: 2, t: 1 };
  for (const kind of ["run-paused", "run-unpaused", "run-suspended", "run-continued"]) {
    assertEvent({ ...at, kind });
  }
  assertEvent({ ...at, kind: "pool-resized", numWorkers: 3 });
  assertEvent({ ...at, kind: "run-stopping", how: "drain", cause: { kind: "request" } });
  assert(!validate({ ...at, v: 3, kind: "run-ended" }), "a version of its own");
  assert(!validate({ ...at, kind: "run-ended", more: 1 }), "nothing unknown");
});

testWith(
  "there are usage events if the system provides usage and a reporter asks for it",
  needs(LINUX),
  async () => {
    const events: RunEvent[] = [];
    const reporter = { wantsUsage: true, report: (event: RunEvent) => void events.push(event) };
    const executor = new SubprocessExecutor(
      { totalItems: 1 },
      () => ["sh", "-c", "end=$(($(date +%s) + 4)); while [ $(date +%s) -lt $end ]; do :; done"],
      { launcher: new LocalLauncher() },
    );
    await executor.run(reporter);
    const usages = events.filter((event) => event.kind === "usage");
    assert(usages.length >= 1, "some samples");
    for (const event of usages) {
      assertEvent(event);
      assert(event.usage.cpu > 0.05 && event.usage.cpu < 3, `${event.usage.cpu} processors`);
      assert(
        event.usage.rss > 100_000 && event.usage.rss < 500_000_000,
        `${event.usage.rss} bytes`,
      );
    }
  },
);

Deno.test("several reporters at once: lines on stdout, events in a file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/events.jsonl`;
    const args = ["run", "-n", "2", "--reporter", "plain", "--events", path, "--", "true"];
    const { code, stdout } = await runCli(args);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "true: 2 done of 2 items");
    const events = parseLines(await Deno.readTextFile(path));
    for (const event of events) assertEvent(event);
    assertEquals(events.at(-1)?.kind, "run-ended");
    const nowhere = `${folder}/not-there/events`;
    const bad = await runCli(["run", "-n", "1", "--events", nowhere, "--", "true"]);
    assertEquals(bad.code, 2);
    assertStringIncludes(bad.stderr, "--events must be a file that can be written");
  });
});

Deno.test("a reader that does not keep up loses log lines, and no other events", async () => {
  const taken = Promise.withResolvers<void>();
  let text = "";
  const reporter = new JsonlReporter({
    terminal: {
      async write(more) {
        text += more;
        await taken.promise;
      },
    },
  });
  const at = { v: 2, t: 1, worker: 0, range: 0, attempt: 1 } as const;
  reporter.report({ ...at, kind: "spawned", pid: 1, argv: [] });
  const lines = ["x".repeat(60_000)];
  for (let count = 0; count < 200; count++) reporter.report({ ...at, kind: "log", lines });
  reporter.report({ ...at, kind: "leaked", forced: false });
  taken.resolve();
  await reporter.close();
  const kinds = parseLines(text).map(({ kind }) => kind);
  assert(kinds.length < 100, `${kinds.length} lines`);
  assertEquals([kinds[0], kinds.at(-1)], ["spawned", "leaked"]);
});

Deno.test("a JsonlReporter whose reader takes nothing gives up before memory does", () => {
  const write = () => new Promise<void>(() => {});
  const reporter = new JsonlReporter({ terminal: { write } });
  const text = "w".repeat(1 << 20);
  const report = (t: number) => reporter.report({ v: 2, t, kind: "warning", text });
  for (let t = 0; t < 64; t++) report(t);
  assertThrows(
    () => Array.from({ length: 8 }, (_, t) => report(t)),
    Error,
    "its reader has not taken the last 64 MiB of events",
  );
});

Deno.test("once a second at most, a line has the rate and the ETA that all reporters show", async () => {
  const taken: string[] = [];
  const write = (text: string) => Promise.resolve(void taken.push(text));
  const reporter = new JsonlReporter({ terminal: { write } });
  let state = INITIAL_STATE;
  const send = (t: number, body: object) => {
    const event = { v: 2, t: 1_000_000 + t, ...body } as RunEvent;
    reporter.report(event, state = reduce(state, event));
    return estimate(state, event.t);
  };
  const job = { runId: "r", totalItems: 100, ranges: 1, numWorkers: 1, maxRetries: 0 };
  send(0, { kind: "run-started", ...job });
  const ref = { worker: 0, range: 0, attempt: 1 };
  send(0, { ...ref, kind: "attempt-started", startIndex: 0, endIndex: 100 });
  send(1_500, { ...ref, kind: "message", text: "nothing is done yet" });
  const expected = [1_600, 1_700, 2_500, 2_600, 3_000].map((t) =>
    send(t, { ...ref, kind: "progress", done: t / 100 })
  );
  send(9_000, { kind: "run-ended" });
  await reporter.close();
  const lines = parseLines(taken.join(""));
  const estimates = lines.filter((event) => event.kind === "estimate");
  for (const event of estimates) assertEvent(event);
  assertEquals(estimates.map(({ t }) => t - 1_000_000), [1_600, 2_600]);
  assertEquals(estimates, [
    { v: 2, t: 1_001_600, kind: "estimate", doneItems: 16, rate: 10, eta: 8_400 },
    { v: 2, t: 1_002_600, kind: "estimate", doneItems: 26, rate: 10, eta: 7_400 },
  ]);
  assertEquals(expected[0], { rate: 10, eta: 8_400 });
  assertEquals(lines.reduce(reduce, INITIAL_STATE), state, "it changes no state");
});

Deno.test("--reporter jsonl and --events have estimates, and a journal has none", async () => {
  await withFolder(async (folder) => {
    const files = ["--events", `${folder}/events`, "--journal", `${folder}/journal`];
    const args = ["run", "-n", "12", "-c", "1", "-w", "2", "--reporter", "jsonl", ...files];
    const { code, stdout } = await runCli([...args, "--", "sleep", "0.3"]);
    assertEquals(code, 0);
    for (const text of [stdout, await Deno.readTextFile(`${folder}/events`)]) {
      const estimates = parseLines(text).filter((event) => event.kind === "estimate");
      for (const event of estimates) assertEvent(event);
      assert(estimates.length > 0);
      for (const { doneItems, rate, eta } of estimates) {
        assert(rate > 0 && eta! >= 0, JSON.stringify(estimates));
        assert(Math.abs(eta! * rate / 1_000 - (12 - doneItems)) < 0.1, JSON.stringify(estimates));
      }
    }
    assert(!(await Deno.readTextFile(`${folder}/journal`)).includes('"estimate"'));
  });
});

// Launchers whose methods throw, and return what they should not: the run ends, and says so.
import { type RunSummary, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { Journal, readJournal } from "@lambdawaker/executor/journal";
import { type Launcher, LocalLauncher, type WorkerProcess } from "@lambdawaker/executor/launchers";
import type { RunEvent } from "@lambdawaker/executor/events";
import { assert, assertEquals } from "@std/assert";
import { CutOutputError } from "../../src/launchers/losses.ts";
import { ended } from "../helpers/fake_launcher.ts";
import { leaveGroup } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { isAlive } from "../helpers/processes.ts";

const local = new LocalLauncher();

/** The ends of the processes that were started, some of which outlive their runs. */
const statuses: Promise<unknown>[] = [];

/** Starts processes some of whose members are others. */
function launcherOf(change: (process: WorkerProcess, started: number) => object): Launcher {
  let started = 0;
  return {
    launch(command) {
      const process = local.launch(command);
      statuses.push(process.status);
      const own = {
        pid: process.pid,
        stdout: process.stdout,
        stderr: process.stderr,
        status: process.status,
        kill: (signal: Deno.Signal) => process.kill(signal),
        groupIsAlive: () => process.groupIsAlive(),
        usage: () => process.usage?.(),
      };
      return Object.assign(own, change(process, started++));
    },
  };
}

/** Returns the path of a file that is not there. */
async function newFile(): Promise<string> {
  return `${await Deno.makeTempDir()}/journal.jsonl`;
}

function fail(): never {
  throw new Error("not today");
}

/** A stream that something else reads. */
function lockedStream(): ReadableStream<Uint8Array> {
  const stream = ReadableStream.from<Uint8Array>([]);
  stream.getReader();
  return stream;
}

/** A stream that brings a line, and then fails. */
function brokenStream({ type }: { type?: "bytes" } = {}): ReadableStream<Uint8Array> {
  let isFirst = true;
  const pull = (controller: ReadableStreamController<Uint8Array>) => {
    if (isFirst) controller.enqueue(new TextEncoder().encode("a line\n"));
    else controller.error(new Error("not today"));
    isFirst = false;
  };
  return type === undefined ? new ReadableStream({ pull }) : new ReadableStream({ type, pull });
}

function exitSoon(): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers();
  setTimeout(() => resolve({ kind: "exited", code: 0 }), 50);
  statuses.push(promise);
  return promise;
}

/** A method of a process that throws, with the command and the options of the run in which it is called. */
const THROWING = [
  { method: "usage", command: "sleep 30", timeout: undefined },
  { method: "groupIsAlive", command: "sleep 30", timeout: 200 },
  { method: "kill", command: "sleep 2", timeout: 200 },
];

for (const { method, command, timeout } of THROWING) {
  for (const call of [fail, () => Promise.reject(new Error("not today"))]) {
    const how = call === fail ? "throws" : "rejects";
    Deno.test(`an attempt whose process ${how} in ${method}() ends with that as its fault`, async () => {
      const executor = new SubprocessExecutor(
        { totalItems: 1, timeout, gracePeriod: 200 },
        () => ["sh", "-c", command],
        { launcher: launcherOf(() => ({ [method]: call })) },
      );
      const { failures } = await executor.run({ report() {}, wantsUsage: true });
      // A promise says nothing about a group, which is taken for alive.
      if (how === "rejects" && method === "groupIsAlive") assertEquals(failures.length, 1);
      else {
        const message = failures[0]?.cause?.kind === "fault" ? failures[0].cause.message : "";
        assert(message.startsWith(`${method}() of the launcher's process failed: `), message);
      }
      await Promise.all(statuses.splice(0));
    });
  }
}

Deno.test("a process that cannot be killed keeps no other one from being stopped", async () => {
  const ends: unknown[] = [];
  const launcher = launcherOf((_, started) => started === 0 ? { kill: fail } : {});
  const executor = new SubprocessExecutor(
    { totalItems: 3, numWorkers: 3, chunkSize: 1, gracePeriod: 200 },
    () => ["sleep", "3"],
    { launcher },
  );
  let spawned = 0;
  const report = (event: RunEvent) => {
    if (event.kind === "spawned" && ++spawned === 3) run.stop();
    if (event.kind === "attempt-ended") ends.push([event.status, event.cause?.kind]);
  };
  const run = executor.start([{ report }], { handleSignals: false });
  await run.summary;
  await Promise.all(statuses.splice(0));
  assertEquals(ends, [["PENDING", "stopped"], ["PENDING", "stopped"], ["CRASHED", "fault"]]);
});

/** What a launcher returns or resolves to, and the sentence about it. */
const WRONG: readonly [string, Launcher, string][] = [
  [
    "nothing",
    { launch: () => undefined } as unknown as Launcher,
    "launcher.launch() must return a process: it returned undefined",
  ],
  [
    "a promise of nothing",
    { launch: () => Promise.resolve(undefined) } as unknown as Launcher,
    "launcher.launch() must return a process: it returned undefined",
  ],
  [
    "no stdout",
    ended({ stdout: "x" }),
    "launcher.launch() must return a process: its stdout is no ReadableStream",
  ],
  [
    "a stdout that is read",
    ended({ stdout: lockedStream() }),
    "launcher.launch() must return a process: its stdout is read by something else",
  ],
  ["a pid NaN", ended({ pid: NaN }), "launcher.launch() must return a process: its pid is NaN"],
  [
    "no status",
    ended({ status: 0 }),
    "launcher.launch() must return a process: its status is no promise",
  ],
  ["no kill", ended({ kill: 1 }), "launcher.launch() must return a process: it has no method kill"],
  [
    "a killPatience NaN",
    ended({ killPatience: NaN }),
    "launcher.launch() must return a process: its killPatience is NaN",
  ],
  [
    "an outputMayWait that is a text",
    ended({ outputMayWait: "no" }),
    'launcher.launch() must return a process: its outputMayWait is "no"',
  ],
  [
    "a stdout of text",
    ended(() => ({ stdout: ReadableStream.from(["text"]), status: exitSoon() })),
    "the output of the launcher's process cannot be read: chunk.subarray is not a function",
  ],
  ...(["stdout", "stderr"] as const).map((stream): (typeof WRONG)[number] => [
    `a ${stream} that breaks`,
    ended(() => ({ [stream]: brokenStream() })),
    "the output of the launcher's process cannot be read: not today",
  ]),
  [
    "a stream of bytes that breaks",
    ended(() => ({ stdout: brokenStream({ type: "bytes" }) })),
    "the output of the launcher's process cannot be read: not today",
  ],
  [
    "the status of another kind",
    ended({ status: Promise.resolve({ success: true }) }),
    "status of the launcher's process must resolve to the end of a process: it resolved to { success: true }",
  ],
  [
    "a code NaN",
    ended({ status: Promise.resolve({ kind: "exited", code: NaN }) }),
    'status of the launcher\'s process must resolve to the end of a process: it resolved to { kind: "exited", code: NaN }',
  ],
  [
    "a placement without a node",
    ended(() => ({ placement: Promise.resolve({ node: "" }), status: exitSoon() })),
    'placement of the launcher\'s process must resolve to { node, id?, pid? }: it resolved to { node: "" }',
  ],
];

for (const [what, launcher, message] of WRONG) {
  Deno.test(`a launcher that returns ${what} is told what it should`, async () => {
    const path = await newFile();
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher });
    const { failures } = await executor.run([], { journal: new Journal(path) });
    const cause = failures[0]?.cause;
    assertEquals(cause && "message" in cause && cause.message, message);
    assert(Array.from(readJournal(path)).length > 0);
    await Promise.all(statuses.splice(0));
  });
}

Deno.test("an attempt whose output is cut off on its way is lost, and no retry is charged", async () => {
  let launched = 0;
  const cut = () => {
    const error = new CutOutputError("the line is dead");
    const pull = (controller: ReadableStreamDefaultController) => controller.error(error);
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  };
  const launcher = ended(() => launched++ === 0 ? { stdout: cut() } : {});
  const ends: unknown[] = [];
  const executor = new SubprocessExecutor(
    { totalItems: 1, retryDelay: 0 },
    () => ["x"],
    { launcher },
  );
  const { ok, lost } = await executor.run({
    report: (event) => event.kind === "attempt-ended" && ends.push([event.exit, event.cause]),
  });
  const reason = "the line is dead";
  assertEquals([ok, lost], [true, 1]);
  assertEquals(ends, [
    [{ kind: "lost", reason }, { kind: "lost", message: reason }],
    [{ kind: "exited", code: 0 }, undefined],
  ]);
});

Deno.test("a usage of NaN ends the attempt, and is in no event", async () => {
  const launcher = launcherOf(() => ({ usage: () => ({ cpu: NaN, rss: NaN }) }));
  const kinds: string[] = [];
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["sleep", "30"], { launcher });
  const { failures } = await executor.run({
    report: ({ kind }) => kinds.push(kind),
    wantsUsage: true,
  });
  const message =
    "usage() of the launcher's process failed: it must return { cpu, rss }: it returned { cpu: NaN, rss: NaN }";
  assertEquals(failures[0]?.cause, { kind: "fault", message });
  assert(!kinds.includes("usage"));
});

for (
  const [what, method] of [["a usage of NaN", () => ({ cpuSeconds: NaN, peakRss: 1 })], [
    "an error",
    fail,
  ]] as const
) {
  Deno.test(`${what} of used() at the end of an attempt is a warning, and is in no event`, async () => {
    const launcher = launcherOf(() => ({ used: method }));
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"], { launcher });
    const usages: unknown[] = [];
    const { ok, warnings } = await executor.run({
      report: (event) => event.kind === "attempt-ended" && usages.push(event.usage),
    });
    assertEquals([ok, usages], [true, [undefined]]);
    assertEquals(warnings.filter((text) => text.startsWith("used() of the")).length, 1);
  });
}

Deno.test("a memoryKill() that returns something else is a warning, and the signal is the cause", async () => {
  const launcher = launcherOf(() => ({ memoryKill: () => ({ by: "the moon" }) }));
  const command = () => ["sh", "-c", "kill -KILL $$"];
  const executor = new SubprocessExecutor({ totalItems: 1 }, command, { launcher });
  const { failures, warnings } = await executor.run();
  assertEquals(failures[0]?.cause, { kind: "signal", signal: "SIGKILL" });
  assertEquals(warnings.filter((text) => text.startsWith("memoryKill() of the")).length, 1);
});

/** What open() returns or throws, with the failures and the warnings of the run. */
const OPENED: readonly [string, () => unknown, string[], string[]][] = [
  ["throws", fail, ["not today"], []],
  [
    "returns a launcher that cannot be disposed of",
    () => local,
    ["launcher.open() must return an object with the methods launch and [Symbol.asyncDispose]"],
    [],
  ],
  [
    "returns a launcher that throws when it is disposed of",
    () => ({ launch: local.launch.bind(local), [Symbol.asyncDispose]: fail }),
    [],
    ["the launcher failed at the end of the run: not today"],
  ],
];

for (const [what, open, messages, expected] of OPENED) {
  Deno.test(`if open() of a launcher ${what}, the run comes to its end, and the journal is free`, async () => {
    const path = await newFile();
    const seen: string[] = [];
    const launcher = { launch: local.launch.bind(local), open } as unknown as Launcher;
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"], { launcher });
    const reporter = {
      report: ({ kind }: RunEvent) => seen.push(kind),
      close: () => Promise.resolve(void seen.push("closed")),
    };
    const { failures, warnings } = await executor.run(reporter, { journal: new Journal(path) });
    const causes = failures.map(({ cause }) => cause && "message" in cause && cause.message);
    assertEquals([causes, warnings], [messages, expected]);
    assertEquals([seen[0], ...seen.slice(-2)], ["run-started", "run-ended", "closed"]);
    await executor.run([], { journal: new Journal(path, { resume: true }) });
  });
}

const JOB: TaskConfig = { totalItems: 1 };

/** A run of a job, which has one item. */
function runOf(
  job: TaskConfig,
  { path, resume = true, launcher = local }: {
    path: string;
    resume?: boolean;
    launcher?: Launcher;
  },
): Promise<RunSummary> {
  return new SubprocessExecutor(job, () => ["true"], { launcher })
    .run([], { handleSignals: false, journal: new Journal(path, { resume }) });
}

testWith(
  "what an earlier run has left on this machine is ended, whatever launcher the next one has",
  needs(LINUX),
  async () => {
    const path = await newFile();
    await runOf(JOB, { path, resume: false });
    await using left = leaveGroup(path);
    let wasAlive: boolean | undefined;
    const open = () => {
      wasAlive = isAlive(left.pid);
      return { launch: fail, [Symbol.asyncDispose]: () => Promise.resolve() };
    };
    const { exitCode } = await runOf(JOB, { path, launcher: { launch: fail, open } });
    assertEquals([exitCode, wasAlive], [0, false], "before workers can start");
  },
);

// Of the last two, a run that begins does not know yet that there is nothing to do.
for (const job of [JOB, { items: ["a"] }, { ...JOB, chunkSize: { time: 10_000 } }]) {
  const title = JSON.stringify(job);
  Deno.test(`what an earlier run may have left elsewhere is not forgotten where nothing could look for it: ${title}`, async () => {
    const path = await newFile();
    await runOf(job, { path, resume: false });
    // A resident worker has done the range, and then executor and reaper were killed.
    const killed = Deno.readTextFileSync(path).split("\n")
      .filter((line) => !line.includes('"kind":"run-ended"'))
      .map((line) =>
        line.replace('"kind":"attempt-started"', '"kind":"attempt-started","process":1')
      );
    Deno.writeTextFileSync(path, killed.join("\n"));
    const launcher = { launch: fail, open: fail };
    for (const _time of ["at once", "after a run that could not look"]) {
      const { exitCode, warnings } = await runOf(job, { path, launcher });
      const warning =
        "what earlier runs may have left on other machines was not looked for: not today";
      assertEquals([exitCode, warnings], [1, [warning]]);
    }
    assertEquals((await runOf(job, { path })).exitCode, 0);
    assertEquals((await runOf(job, { path, launcher })).exitCode, 0);
  });
}

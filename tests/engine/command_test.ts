// Commands of attempts, and what their processes find in argv, environment and stdin.
import type { GetCommand } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";
import { causeText } from "../../src/reporters/wording.ts";

const PRINT_ARGS = new URL("../fixtures/print_args.ts", import.meta.url).pathname;

Deno.test("argv reaches the worker unchanged", async () => {
  const args = [
    "two words",
    "",
    'it\'s "quoted"',
    "line\nbreak",
    "$(touch /tmp/owned) `id` ${HOME} $HOME",
    "a;b|c&d>e<f*?[x]",
    "\\ back\\slash \t tab",
    "-n",
    "--",
    "größe 日本 🦕",
    "%s %d \\0",
  ];
  const result = await runJob(
    { totalItems: 1 },
    () => [Deno.execPath(), "run", "--quiet", PRINT_ARGS, ...args],
  );
  const printed = ofKind(result, "log").flatMap(({ lines }) => lines).join("");
  assertEquals(JSON.parse(printed), args);
});

Deno.test("getCommand is called for every attempt, with the number of the attempt", async () => {
  const seen: [worker: number, attempt: number, start: number, end: number][] = [];
  const { summary } = await runJob(
    { totalItems: 4, numWorkers: 2, maxRetries: 2, retryDelay: 0 },
    async ({ index, attempt, extraData }) => {
      await Promise.resolve();
      seen.push([index, attempt, extraData.startIndex, extraData.endIndex]);
      return ["sh", "-c", `exit ${attempt < 3 ? 1 : 0}`];
    },
  );
  assert(summary.ok);
  const expected = [0, 1].flatMap((worker) =>
    [1, 2, 3].map((attempt) => [worker, attempt, 2 * worker, 2 * worker + 2])
  );
  assertEquals(seen.sort().map(String), expected.map(String));
});

Deno.test("getCommand may return { command, args, env, cwd }", async () => {
  const result = await runJob({ totalItems: 1 }, () => ({
    command: "sh",
    args: ["-c", "pwd; echo $COLOUR; echo $0 $1", "zero", "one"],
    env: { COLOUR: "blue" },
    cwd: "/usr",
  }));
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), ["/usr", "blue", "zero one"]);
});

const BROKEN: [name: string, getCommand: () => unknown, why: RegExp, attempts: number][] = [
  [
    "throws",
    () => {
      throw new Error("no plan");
    },
    /^no plan$/,
    3,
  ],
  [
    "throws a string",
    () => {
      throw "a string";
    },
    /^a string$/,
    3,
  ],
  [
    "throws an object without a string form",
    () => {
      throw Object.create(null);
    },
    /^\[Object: null prototype\] \{\}$/,
    3,
  ],
  [
    "returns an env with a number",
    () => ({ command: "true", args: [], env: { A: 1 } }),
    /env\?, cwd\? \} of strings/,
    1,
  ],
  [
    "returns a number as cwd",
    () => ({ command: "true", args: [], cwd: 1 }),
    /env\?, cwd\? \} of strings/,
    1,
  ],
  [
    "returns a field that there is not",
    () => ({ command: "true", args: [], currentDir: "/usr", envs: { A: "1" } }),
    /^getCommand must return no field currentDir: current value is "\/usr" \(there is no such field: use command, args, env, cwd\)$/,
    1,
  ],
  [
    "resolves to a field that there is not",
    () => Promise.resolve({ command: "true", args: [], stdin: undefined }),
    /^getCommand must return no field stdin: current value is undefined \(there is no such field: use /,
    1,
  ],
  ["rejects", () => Promise.reject(new Error("no plan")), /^no plan$/, 3],
  ["returns []", () => [], /must return a non-empty array of strings.*returned \[\]$/, 1],
  ["returns a shell string", () => "echo hi", /it returned "echo hi"$/, 1],
  ["returns nothing", () => undefined, /it returned undefined$/, 1],
  ["returns null", () => null, /it returned null$/, 1],
  ["returns numbers", () => ["echo", 1], /it returned \[ "echo", 1 \]$/, 1],
  [
    "returns a list with a hole",
    // deno-lint-ignore no-sparse-arrays
    () => ["echo", , "x"],
    /must return a non-empty array of strings/,
    1,
  ],
  ["returns an empty name", () => [""], /it returned \[ "" \]$/, 1],
];

for (const [name, getCommand, why, attempts] of BROKEN) {
  Deno.test(`getCommand ${name}: its range is CRASHED and the other ranges go on`, async () => {
    const result = await runJob(
      { totalItems: 3, numWorkers: 3, maxRetries: 2, retryDelay: 0 },
      (worker) => (worker.index === 1 ? getCommand() : ["true"]) as ReturnType<GetCommand>,
    );
    const { counts, failures } = result.summary;
    assertEquals([counts.CRASHED, counts.SUCCESS], [1, 2]);
    const { cause } = failures[0]!;
    assert(cause.kind === "command");
    assertMatch(cause.message, why);
    assertEquals(failures[0]!.attempts, attempts);
  });
}

Deno.test("a getCommand that never settles does not delay a stop", async () => {
  const control = new AbortController();
  const { summary } = await runJob(
    { totalItems: 1 },
    () => new Promise<string[]>(() => {}),
    {
      signal: control.signal,
      onEvent: ({ kind }) => kind === "attempt-started" && control.abort(),
    },
  );
  assertEquals([summary.failures, summary.stopped], [[], 1]);
});

Deno.test("a command that is too long for the system is reported as such", async () => {
  const { summary } = await runJob({ totalItems: 1 }, () => ["true", "x".repeat(4_000_000)]);
  assertStringIncludes(causeText(summary.failures[0]!.cause), "command cannot be started: ");
});

Deno.test("workers find their range in the environment", async () => {
  const result = await runJob(
    { totalItems: 10, numWorkers: 2 },
    () => ["sh", "-c", "env | grep '^EXECUTOR_\\|^PYTHONUNBUFFERED' | sort"],
  );
  const runId = ofKind(result, "run-started")[0]!.runId;
  const ofWorker = (wanted: number) =>
    ofKind(result, "log").filter(({ worker }) => worker === wanted).flatMap(({ lines }) => lines);
  const expected = (worker: number, start: number, end: number) => [
    "EXECUTOR_ATTEMPT=1",
    `EXECUTOR_ATTEMPT_ID=${runId}.${worker}.1`,
    `EXECUTOR_END=${end}`,
    "EXECUTOR_ITEM_COUNT=0",
    `EXECUTOR_RUN_ID=${runId}`,
    `EXECUTOR_START=${start}`,
    "EXECUTOR_TOTAL=10",
    `EXECUTOR_WORKER=${worker}`,
    "PYTHONUNBUFFERED=1",
  ];
  assertEquals(ofWorker(0), expected(0, 0, 5));
  assertEquals(ofWorker(1), expected(1, 5, 10));
});

Deno.test("PYTHONUNBUFFERED stays as it is set", async () => {
  const result = await runJob({ totalItems: 1 }, () => ({
    command: "sh",
    args: ["-c", "echo $PYTHONUNBUFFERED-$OWN"],
    env: { PYTHONUNBUFFERED: "", OWN: "mine" },
  }));
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), ["-mine"]);
});

Deno.test("stdin is null", async () => {
  const result = await runScript("cat; echo end");
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines), ["end"]);
});

Deno.test("the ids of run and attempt are those of the run, whatever environment is passed on", async () => {
  const result = await runJob({ totalItems: 1 }, () => ({
    command: "sh",
    args: ["-c", 'echo "$EXECUTOR_RUN_ID $EXECUTOR_ATTEMPT_ID $EXECUTOR_WORKER"'],
    // That of an executor which is itself a worker may be passed on.
    env: { EXECUTOR_RUN_ID: "outer", EXECUTOR_ATTEMPT_ID: "outer.0.1", EXECUTOR_WORKER: "given" },
  }));
  const { runId } = ofKind(result, "run-started")[0]!;
  const lines = ofKind(result, "log").flatMap(({ lines }) => lines);
  assertEquals(lines, [`${runId} ${runId}.0.1 given`]);
});

Deno.test("a process with one item finds it in EXECUTOR_ITEM, if it is not too long for that", async () => {
  const long = "x".repeat(40_000);
  const items = ["two words", "é\n$HOME", "", long, "a\0b", "\udcff"];
  for (
    const [chunkSize, seen] of [[1, ["two words", "é\n$HOME", "", "-", "-", "-"]], [6, [
      "-",
    ]]] as const
  ) {
    const result = await runJob({ items, numWorkers: 1, chunkSize }, () => [
      Deno.execPath(),
      "eval",
      'console.log(JSON.stringify(Deno.env.get("EXECUTOR_ITEM") ?? "-"))',
    ]);
    const printed = ofKind(result, "log").flatMap(({ lines }) => lines);
    assertEquals(printed.map((line) => JSON.parse(line)), [...seen]);
  }
});

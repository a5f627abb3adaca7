// Rows of the table of outcomes, each with a real process.
import type { Cause } from "@lambdawaker/executor/events";
import type { RunSummary, TaskConfig, TerminalStatus } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { countFailed } from "../../src/model/statuses.ts";
import { causeText } from "../../src/reporters/wording.ts";
import { until } from "../helpers/processes.ts";
import { type JobResult, ofKind, runJob, runScript } from "../helpers/run_job.ts";

type Row = [
  name: string,
  script: string,
  status: TerminalStatus,
  cause?: Cause,
  config?: Partial<TaskConfig>,
];

const EXIT_3: Cause = { kind: "exit", code: 3 };
const TIMEOUT: Cause = { kind: "timeout" };
const CHECKPOINT: Partial<TaskConfig> = { retryFrom: "checkpoint" };
const NONE = undefined;

function reported(status: "FAILED" | "CRASHED"): Cause {
  return { kind: "reported", status };
}

function signal(signal: string): Cause {
  return { kind: "signal", signal };
}

const TABLE: Row[] = [
  ["code 0, no status", ":", "SUCCESS"],
  ["code 0, STATUS: SUCCESS", "echo STATUS: SUCCESS", "SUCCESS"],
  ["code 0, STATUS: FINISHED", "echo STATUS: FINISHED", "FINISHED"],
  ["code 0, STATUS: FAILED", "echo STATUS: FAILED", "FAILED", reported("FAILED")],
  ["code 0, STATUS: CRASHED", "echo STATUS: CRASHED", "CRASHED", reported("CRASHED")],
  ["the last terminal status counts", "echo STATUS: FAILED; echo STATUS: FINISHED", "FINISHED"],
  [
    "a status that is not terminal does not count",
    "echo STATUS: FINISHED; echo STATUS: RUNNING",
    "FINISHED",
  ],
  ["a status on stderr does not count", "echo STATUS: FAILED >&2", "SUCCESS"],
  ["code 3, STATUS: CRASHED", "echo STATUS: CRASHED; exit 3", "CRASHED", EXIT_3],
  ["code 3, STATUS: FAILED", "echo STATUS: FAILED; exit 3", "FAILED", EXIT_3],
  ["code 3, STATUS: SUCCESS", "echo STATUS: SUCCESS; exit 3", "FAILED", EXIT_3],
  ["code 3, STATUS: FINISHED", "echo STATUS: FINISHED; exit 3", "FAILED", EXIT_3],
  ["code 3, no status", "exit 3", "FAILED", EXIT_3],
  ["code 255", "exit 255", "FAILED", { kind: "exit", code: 255 }],
  ["SIGSEGV", "echo STATUS: SUCCESS; kill -SEGV $$", "CRASHED", signal("SIGSEGV")],
  ["SIGKILL", "echo STATUS: FAILED; kill -KILL $$", "CRASHED", signal("SIGKILL")],
  ["SIGTERM from elsewhere", "kill -TERM $$", "CRASHED", signal("SIGTERM")],
  ["a time-out", "echo STATUS: SUCCESS; exec sleep 60", "CRASHED", TIMEOUT, { timeout: 200 }],
  ["a stall", "echo PROGRESS: 1; exec sleep 60", "CRASHED", { kind: "stall" }, {
    stallTimeout: 200,
  }],
  [
    "a time-out, though it then exits with 0",
    "trap 'echo STATUS: SUCCESS; exit 0' TERM; sleep 60 & wait",
    "CRASHED",
    TIMEOUT,
    { timeout: 300 },
  ],
  ["strict and complete", "echo PROGRESS: 10; echo STATUS: SUCCESS", "SUCCESS", NONE, {
    strict: true,
  }],
  [
    "strict and short",
    "echo PROGRESS: 9; echo STATUS: SUCCESS",
    "FAILED",
    { kind: "incomplete", done: 9, total: 10 },
    { strict: true },
  ],
  ["strict and no progress", ":", "FAILED", { kind: "incomplete", done: 0, total: 10 }, {
    strict: true,
  }],
  ["code 3 after the last checkpoint", "echo PROGRESS: 10; exit 3", "FINISHED", NONE, CHECKPOINT],
  [
    "a signal after the last checkpoint",
    "echo PROGRESS: 10; echo STATUS: CRASHED; kill -KILL $$",
    "FINISHED",
    NONE,
    CHECKPOINT,
  ],
  ["a time-out after the last checkpoint", "echo PROGRESS: 10; exec sleep 60", "FINISHED", NONE, {
    ...CHECKPOINT,
    timeout: 300,
    // On a busy machine, its line may be late.
    maxRetries: 9,
    retryDelay: 0,
  }],
  [
    "STATUS: FAILED after the last checkpoint",
    "echo PROGRESS: 10; echo STATUS: FAILED; exit 3",
    "FAILED",
    EXIT_3,
    CHECKPOINT,
  ],
  ["code 3 after all items, without checkpoints", "echo PROGRESS: 10; exit 3", "FAILED", EXIT_3],
];

for (const [name, script, status, cause, config] of TABLE) {
  Deno.test(`outcome: ${name}`, async () => {
    const { summary } = await runScript(script, config);
    assertEquals(summary.counts[status], 1, JSON.stringify(summary));
    assertEquals(summary.failures[0]?.cause, cause);
    const isDone = status === "SUCCESS" || status === "FINISHED";
    assertEquals([summary.ok, summary.exitCode], [isDone, isDone ? 0 : 1]);
    assertEquals(summary.doneItems, isDone ? 10 : 0);
  });
}

Deno.test({
  name: "outcome: a signal without a name in Deno",
  // Deno never closes the resource of such a child.
  sanitizeResources: false,
  fn: async () => {
    const { summary } = await runScript("kill -40 $$");
    assertEquals(summary.failures.map(({ status, cause }) => [status, cause]), [[
      "CRASHED",
      { kind: "signal", signal: "40" },
    ]]);
  },
});

Deno.test("outcome: a range that says FAILED after its last item is tried again from its start", async () => {
  const result = await runScript(
    'echo "PROGRESS: $((EXECUTOR_END - EXECUTOR_START))"; echo STATUS: FAILED; exit 1',
    { ...CHECKPOINT, maxRetries: 1, retryDelay: 0 },
  );
  assertEquals(ofKind(result, "attempt-started").map(({ startIndex }) => startIndex), [0, 0]);
  assertEquals(ofKind(result, "range-ended").map(({ nextIndex }) => nextIndex), [0]);
  assertFields(result.summary, { attempts: 2, doneItems: 0 });
  assertEquals(result.summary.counts.FAILED, 1);
});

function assertFields(summary: RunSummary, expected: Partial<RunSummary>): void {
  assertEquals(summary, { ...summary, ...expected });
}

/** Runs a script with three retries, and aborts the run when it reports a status. */
function runAndAbort(script: string, config: Partial<TaskConfig> = {}): Promise<JobResult> {
  const control = new AbortController();
  return runScript(script, { maxRetries: 3, ...config }, {
    signal: control.signal,
    onEvent: (event) => event.kind === "status" && control.abort(),
  });
}

const STOPPED: Cause = { kind: "stopped" };

Deno.test("outcome: stopped by the run", async () => {
  const result = await runAndAbort("echo STATUS: SUCCESS; exec sleep 60");
  const { summary } = result;
  const ends = ofKind(result, "attempt-ended");
  assertEquals(ends.map(({ status, cause }) => [status, cause]), [["PENDING", STOPPED]]);
  assertEquals(ofKind(result, "range-ended"), []);
  assertEquals(ofKind(result, "retry-scheduled"), []);
  assertFields(summary, { ok: false, exitCode: 1, failures: [], stopped: 1, attempts: 1 });
  assertEquals(countFailed(summary.counts), 0);
  assertEquals(summary.stoppedBy, { kind: "abort" });
  assertEquals(result.state.workers[0]?.status, "PENDING");
});

Deno.test("outcome: stopped with code 0 after STATUS: SUCCESS is SUCCESS", async () => {
  const script = "trap 'echo STATUS: SUCCESS; exit 0' TERM; echo STATUS: RUNNING; sleep 60 & wait";
  const result = await runAndAbort(script);
  assertFields(result.summary, { ok: true, exitCode: 0, stopped: 0, doneItems: 10 });
  assertEquals(ofKind(result, "range-ended").map(({ status }) => status), ["SUCCESS"]);
});

Deno.test("outcome: stopped with code 0 and no status is stopped", async () => {
  const { summary } = await runAndAbort(
    "trap 'exit 0' TERM; echo STATUS: RUNNING; sleep 60 & wait",
  );
  assertFields(summary, { ok: false, failures: [], stopped: 1, doneItems: 0 });
});

Deno.test("outcome: what is safely done of a stopped range counts", async () => {
  const script = "echo PROGRESS: 4; echo STATUS: RUNNING; exec sleep 60";
  const kept = await runAndAbort(script, CHECKPOINT);
  assertEquals(ofKind(kept, "attempt-ended").map(({ nextIndex }) => nextIndex), [4]);
  assertFields(kept.summary, { stopped: 1, doneItems: 4 });
  const { summary } = await runAndAbort(script);
  assertFields(summary, { stopped: 1, doneItems: 0 });
});

for (const how of ["drain", "kill"] as const) {
  Deno.test(`outcome: stopped during back-off by a halt with ${how} is PENDING`, async () => {
    let isWaiting = false;
    const result = await runJob(
      {
        totalItems: 2,
        numWorkers: 2,
        maxRetries: 1,
        retryDelay: { initial: 3_600_000, jitter: 0 },
        haltOn: { failures: 1, how },
      },
      async ({ index }) => {
        if (index === 0) return ["sh", "-c", "exit 4"];
        await until(() => isWaiting, "the first range waits");
        return ["no-such-program"];
      },
      { onEvent: (event) => event.kind === "retry-scheduled" && (isWaiting = true) },
    );
    const { summary } = result;
    assertEquals(ofKind(result, "range-ended").map(({ range }) => range), [1]);
    assertEquals(summary.failures.map(({ range }) => range), [1]);
    assertFields(summary, { stopped: 1, attempts: 2, retries: 0, exitCode: 1 });
    const { status, cause, retryAt } = result.state.workers[0]!;
    assertEquals([status, cause, retryAt], ["PENDING", { kind: "exit", code: 4 }, undefined]);
  });
}

Deno.test("outcome: a range that fails while the run drains is PENDING if it had a retry left", async () => {
  const control: { drain?: () => void } = {};
  const result = await runScript("echo STATUS: RUNNING; sleep 0.2; exit 4", { maxRetries: 1 }, {
    onEvent: (event) => event.kind === "status" && control.drain?.(),
    onControl: (run) => void (control.drain = run.drain),
  });
  assertEquals(ofKind(result, "range-ended"), []);
  assertFields(result.summary, { stopped: 1, attempts: 1, failures: [], exitCode: 1 });
  assertEquals(result.state.workers[0]?.status, "PENDING");
});

const REFUSED: [
  name: string,
  command: { command: string; args: string[]; cwd?: string },
  why: string,
][] = [
  [
    "command not found",
    { command: "no-such-program", args: [] },
    "command not found: no-such-program",
  ],
  ["not executable", { command: "./deno.json", args: [] }, "command not executable: ./deno.json"],
  ["a folder", { command: "./src", args: [] }, "command not executable: ./src"],
  [
    "cwd missing",
    { command: "true", args: [], cwd: "/no/such/dir" },
    "working directory not found: /no/such/dir",
  ],
  [
    "a NUL in an argument",
    { command: "true", args: ["a\0b"] },
    'argument "a\\0b" cannot be passed to a program',
  ],
];

for (const [name, command, why] of REFUSED) {
  Deno.test(`outcome: ${name} is reported and not retried`, async () => {
    const result = await runJob({ totalItems: 1, maxRetries: 5, retryDelay: 0 }, () => command);
    const { summary, events } = result;
    assertEquals(summary.attempts, 1);
    assertEquals(summary.failures.length, 1);
    assertEquals(summary.failures[0]?.status, "CRASHED");
    const { cause } = summary.failures[0]!;
    assertEquals([cause.kind, causeText(cause).slice(0, why.length)], ["launch", why]);
    assertEquals(events.filter((event) => event.kind === "retry-scheduled"), []);
  });
}

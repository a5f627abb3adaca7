// Rows of the table of outcomes, each with a real process.
import type { TaskConfig, TerminalStatus } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { runJob, runScript } from "../helpers/run_job.ts";

type Row = [
  name: string,
  script: string,
  status: TerminalStatus,
  reason?: string,
  config?: Partial<TaskConfig>,
];

const TABLE: Row[] = [
  ["code 0, STATUS: SUCCESS", "echo STATUS: SUCCESS", "SUCCESS"],
  ["code 0, no status", ":", "FINISHED"],
  ["code 0, STATUS: FINISHED", "echo STATUS: FINISHED", "FINISHED"],
  ["code 0, STATUS: FAILED", "echo STATUS: FAILED", "FAILED", "said FAILED"],
  ["code 0, STATUS: CRASHED", "echo STATUS: CRASHED", "CRASHED", "said CRASHED"],
  ["the last terminal status counts", "echo STATUS: FAILED; echo STATUS: SUCCESS", "SUCCESS"],
  [
    "a status that is not terminal does not count",
    "echo STATUS: SUCCESS; echo STATUS: RUNNING",
    "SUCCESS",
  ],
  ["a status on stderr does not count", "echo STATUS: FAILED >&2", "FINISHED"],
  ["code 3, STATUS: FAILED", "echo STATUS: FAILED; exit 3", "FAILED", "exit code 3"],
  ["code 3, STATUS: SUCCESS", "echo STATUS: SUCCESS; exit 3", "CRASHED", "exit code 3"],
  ["code 3, no status", "exit 3", "CRASHED", "exit code 3"],
  ["code 255", "exit 255", "CRASHED", "exit code 255"],
  ["SIGSEGV", "echo STATUS: SUCCESS; kill -SEGV $$", "CRASHED", "signal SIGSEGV"],
  ["SIGKILL", "echo STATUS: FAILED; kill -KILL $$", "CRASHED", "signal SIGKILL"],
  ["SIGTERM from elsewhere", "kill -TERM $$", "CRASHED", "signal SIGTERM"],
  ["a time-out", "echo STATUS: SUCCESS; exec sleep 60", "CRASHED", "timeout", { timeout: 200 }],
  ["a stall", "echo PROGRESS: 1; exec sleep 60", "CRASHED", "stalled", { stallTimeout: 200 }],
  [
    "a time-out, though it then exits with 0",
    "trap 'echo STATUS: SUCCESS; exit 0' TERM; sleep 60 & wait",
    "CRASHED",
    "timeout",
    { timeout: 300 },
  ],
  ["strict and complete", "echo PROGRESS: 10; echo STATUS: SUCCESS", "SUCCESS", undefined, {
    strict: true,
  }],
  ["strict and short", "echo PROGRESS: 9; echo STATUS: SUCCESS", "FAILED", "incomplete", {
    strict: true,
  }],
  ["strict and no progress", ":", "FAILED", "incomplete", { strict: true }],
];

for (const [name, script, status, reason, config] of TABLE) {
  Deno.test(`outcome: ${name}`, async () => {
    const { summary } = await runScript(script, config);
    assertEquals(summary.counts[status], 1, JSON.stringify(summary));
    assertEquals(summary.failures[0]?.reason, reason);
    const isDone = status === "SUCCESS" || status === "FINISHED";
    assertEquals(summary.ok, isDone);
    assertEquals(summary.doneItems, isDone ? 10 : 0);
  });
}

Deno.test({
  name: "outcome: a signal without a name in Deno",
  // Deno never closes the resource of such a child.
  sanitizeResources: false,
  fn: async () => {
    const { summary } = await runScript("kill -40 $$");
    assertEquals(summary.failures.map(({ status, reason }) => [status, reason]), [[
      "CRASHED",
      "signal 40",
    ]]);
  },
});

Deno.test("outcome: stopped by the run", async () => {
  const control = new AbortController();
  const { summary } = await runScript(
    "echo STATUS: SUCCESS; exec sleep 60",
    { maxRetries: 3 },
    { signal: control.signal, onEvent: (event) => event.kind === "status" && control.abort() },
  );
  assertEquals(summary.failures.map(({ status, reason }) => [status, reason]), [[
    "FAILED",
    "stopped",
  ]]);
  assertEquals(summary.attempts, 1, "a stopped range is not retried");
  assertEquals(summary.stoppedBy, { kind: "abort" });
});

const REFUSED: [
  name: string,
  command: { command: string; args: string[]; cwd?: string },
  reason: string,
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

for (const [name, command, reason] of REFUSED) {
  Deno.test(`outcome: ${name} is reported and not retried`, async () => {
    const result = await runJob({ totalItems: 1, maxRetries: 5, retryDelay: 0 }, () => command);
    const { summary, events } = result;
    assertEquals(summary.attempts, 1);
    assertEquals(summary.failures.length, 1);
    assertEquals(summary.failures[0]?.status, "CRASHED");
    assertEquals(summary.failures[0]?.reason.slice(0, reason.length), reason);
    assertEquals(events.filter((event) => event.kind === "retry-scheduled"), []);
  });
}

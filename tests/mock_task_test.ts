// The mock worker misbehaves as asked, and the executor recognises each misbehaviour.
import type { RunSummary, TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { groupHasMembers } from "../src/launchers/process_group.ts";
import { type JobOptions, ofKind, runJob } from "./helpers/run_job.ts";

const MOCK_TASK = new URL("../mock_task.ts", import.meta.url).pathname;

function runMock(flags: string, config: Partial<TaskConfig> = {}, options: JobOptions = {}) {
  return runJob(
    { totalItems: 6, numWorkers: 1, retryDelay: 0, ...config },
    ({ extraData: { startIndex, endIndex } }) => [
      ...[Deno.execPath(), "run", "-A", "--quiet", MOCK_TASK, "--delay", "1"],
      ...flags.split(" ").filter((flag) => flag !== ""),
      `${startIndex}`,
      `${endIndex}`,
    ],
    options,
  );
}

type Case = [
  flags: string,
  config: Partial<TaskConfig>,
  check: (summary: RunSummary) => unknown,
  expected: unknown,
];

const CASES: Case[] = [
  ["", {}, ({ counts }) => counts.SUCCESS, 1],
  ["--quiet", {}, ({ counts }) => counts.SUCCESS, 1],
  ["--speed 1000", {}, ({ counts }) => counts.SUCCESS, 1],
  ["--crash-at 3", { maxRetries: 1 }, ({ failures: [f] }) => [f?.cause, f?.attempts], [
    { kind: "exit", code: 3 },
    2,
  ]],
  ["--crash-at 3 --crash-attempts 1", { maxRetries: 1 }, ({ ok, retries }) => [ok, retries], [
    true,
    1,
  ]],
  ["--crash-at 3 --exit-code 9", {}, ({ failures: [f] }) => f?.cause, { kind: "exit", code: 9 }],
  ["--crash-at 99", {}, ({ ok }) => ok, true],
  ["--exit-code 4", {}, ({ failures: [f] }) => [f?.status, f?.cause], ["FAILED", {
    kind: "exit",
    code: 4,
  }]],
  ["--hang-at 2", { stallTimeout: 1500 }, ({ failures: [f] }) => f?.cause, { kind: "stall" }],
  ["--flood 5000", {}, ({ counts }) => counts.SUCCESS, 1],
  ["--garbage", {}, ({ malformed, ok }) => [malformed, ok], [3, true]],
  ["--lie", {}, ({ failures: [f] }) => [f?.status, f?.cause], ["FAILED", {
    kind: "exit",
    code: 3,
  }]],
];

for (const [flags, config, check, expected] of CASES) {
  Deno.test(`mock_task ${flags}`, async () => {
    const { summary } = await runMock(flags, config);
    assertEquals(check(summary), expected);
  });
}

Deno.test("mock_task --hang-at 2 --ignore-term", async () => {
  const control = new AbortController();
  const { summary } = await runMock("--hang-at 2 --ignore-term", { gracePeriod: 200 }, {
    signal: control.signal,
    onEvent: (event) =>
      event.kind === "message" && event.text.startsWith("hangs at") && control.abort(),
  });
  assertEquals([summary.stopped, summary.forcedKills], [1, 1]);
});

Deno.test("mock_task --grandchild", async () => {
  const result = await runMock("--grandchild");
  assertEquals([result.summary.counts.SUCCESS, result.summary.leaked], [1, 1]);
  assertEquals(groupHasMembers(ofKind(result, "spawned")[0]!.pid), false);
});

Deno.test("mock_task reports progress while it works", async () => {
  const result = await runMock("--delay 150");
  const reported = ofKind(result, "progress").map(({ done }) => done);
  assertEquals(reported.at(-1), 6);
  assert(reported.length >= 2, reported.join());
});

for (
  const [args, error] of [
    [["0"], "<end> is missing"],
    [["0", "ten"], "end must be a non-negative number: current value is ten"],
    [["--crash-at", "x", "0", "1"], "--crash-at must be a non-negative number: current value is x"],
    [["--explode", "0", "1"], "unknown option --explode"],
  ] as const
) {
  Deno.test(`mock_task ${args.join(" ")} is wrong usage`, async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", MOCK_TASK, ...args],
    }).output();
    assertStringIncludes(new TextDecoder().decode(stderr), `mock_task: ${error}\n`);
    assertEquals(code, 2);
    assert(!new TextDecoder().decode(stderr).includes("Uncaught"));
  });
}

// Ends of attempts by a stop or by themselves, and the processes of their groups.
import { withFolder } from "../helpers/journal.ts";
import type { Launcher } from "@lambdawaker/executor/launchers";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertNoneLeft, processesWith, uniqueMark, until } from "../helpers/processes.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";
import { unstoppable } from "../helpers/unstoppable_launcher.ts";

/** Returns a signal that is aborted at the first event for which `condition` holds. */
function abortWhen(condition: (event: RunEvent) => boolean) {
  const control = new AbortController();
  return {
    signal: control.signal,
    onEvent: (event: RunEvent) => {
      if (condition(event)) control.abort();
    },
  };
}

const ready = (event: RunEvent) => event.kind === "message" && event.text === "ready";

Deno.test("a stop sends SIGTERM, and a worker that obeys is not killed", async () => {
  const result = await runScript(
    "trap 'echo MESSAGE: bye; exit 0' TERM; echo MESSAGE: ready; while :; do sleep 0.05; done",
    {},
    abortWhen(ready),
  );
  assertEquals(ofKind(result, "attempt-ended")[0]?.exit, { kind: "exited", code: 0 });
  assertEquals(ofKind(result, "message").at(-1)?.text, "bye");
  assertEquals(result.summary.forcedKills, 0);
});

Deno.test("a worker that ignores TERM is killed after the grace period", async () => {
  const result = await runScript(
    "trap '' TERM; echo MESSAGE: ready; while :; do sleep 0.05; done",
    { gracePeriod: 400 },
    abortWhen(ready),
  );
  assertEquals(ofKind(result, "attempt-ended")[0]?.exit, { kind: "signaled", signal: "SIGKILL" });
  assertEquals(result.summary.forcedKills, 1);
  const took = ofKind(result, "attempt-ended")[0]!.t - ofKind(result, "run-stopping")[0]!.t;
  assert(took >= 395, `killed after ${took} ms`);
});

Deno.test("a stop ends the whole group, even if the leader obeys and a child does not", async () => {
  const mark = uniqueMark();
  const result = await runScript(
    `sh -c 'trap "" TERM; echo MESSAGE: ready; while :; do sleep 0.05; done' ${mark} & wait`,
    { gracePeriod: 300 },
    abortWhen(ready),
  );
  assertNoneLeft(mark);
  assertEquals(result.summary.forcedKills, 1);
});

Deno.test("a retry does not begin before the group of a timed-out attempt is gone", async () => {
  const mark = uniqueMark();
  let leftAtRetry: number[] | undefined;
  const { summary } = await runJob(
    // On a busy machine, a later attempt may time out, too.
    { totalItems: 1, timeout: 400, gracePeriod: 300, maxRetries: 9, retryDelay: 0 },
    ({ attempt }) => {
      if (attempt === 2) leftAtRetry = processesWith(mark);
      return attempt > 1
        ? ["true"]
        : ["sh", "-c", `sh -c 'trap "" TERM; while :; do sleep 0.05; done' ${mark} & wait`];
    },
  );
  assert(summary.ok);
  assertEquals(leftAtRetry, []);
});

Deno.test("a grandchild that keeps the pipe open does not delay the run, and is ended", async () => {
  const mark = uniqueMark();
  const result = await runScript(`sh -c 'sleep 60; :' ${mark} & echo STATUS: SUCCESS`);
  assertEquals(result.summary.counts.SUCCESS, 1);
  assertEquals(result.summary.leaked, 1);
  assertNoneLeft(mark);
  const took = result.summary.duration;
  assert(took < 5_000, `took ${took} ms of the 60 s`);
});

Deno.test("a grandchild that goes on printing has the grace period, and is ended", async () => {
  const mark = uniqueMark();
  const result = await runScript(
    `sh -c 'while :; do echo still here; sleep 0.02; done' ${mark} & echo STATUS: SUCCESS`,
    { gracePeriod: 1_000 },
  );
  assertEquals([result.summary.counts.SUCCESS, result.summary.leaked], [1, 1]);
  assertNoneLeft(mark);
  assert(result.summary.duration >= 1_000, `took ${result.summary.duration} ms`);
});

/** What still has something to write when its worker has ended. */
const LATE = {
  "a filter that waits": "echo it is late | (sleep 0.7; cat) &",
  "a process that computes":
    "(i=0; while [ $i -lt 400000 ]; do i=$((i + 1)); done; echo it is late) &",
};

for (const [what, script] of Object.entries(LATE)) {
  testWith(
    `the output of ${what} beyond the end of its worker is whole`,
    needs(LINUX),
    async () => {
      const result = await runScript(`${script} echo it is early`);
      const log = ofKind(result, "log").flatMap(({ lines }) => lines);
      assertEquals(log, ["it is early", "it is late"]);
      assertEquals([result.summary.leaked, ofKind(result, "warning")], [0, []]);
    },
  );
}

Deno.test("output that is cut, as another process holds it, is a warning once, but not after a stop", async () => {
  const leave = (after: string) => () => ["sh", "-c", `sleep 60 & echo STATUS: SUCCESS; ${after}`];
  const result = await runJob({ totalItems: 3, chunkSize: 1, numWorkers: 1 }, leave(""));
  assertEquals(result.summary.leaked, 3);
  const warnings = ofKind(result, "warning").map(({ text }) => text);
  assertEquals(warnings.length, 1);
  // On a busy machine, the process may be ended before the executor has to cut the output of the first range.
  assertMatch(
    warnings[0]!,
    /^the output of range [012] may be incomplete: after its worker, another process still held it and was not waited for; let the worker wait for it \(sh: wait\)$/,
  );
  const ended = await runJob({ totalItems: 1, timeout: 300 }, leave("setsid sleep 1 & wait"));
  assertEquals(ofKind(ended, "warning"), []);
});

Deno.test("a leaked group that ignores TERM is killed after the grace period", async () => {
  await withFolder(async (folder) => {
    const mark = uniqueMark();
    const deaf = `trap "" TERM; : >${folder}/deaf; while :; do sleep 0.05; done`;
    const { summary } = await runScript(
      `sh -c '${deaf}' ${mark} & until [ -e ${folder}/deaf ]; do sleep 0.01; done`,
      { gracePeriod: 300 },
    );
    assertEquals([summary.ok, summary.leaked, summary.forcedKills], [true, 1, 1]);
    assertNoneLeft(mark);
  });
});

Deno.test("a child that closed the pipes is ended, too", async () => {
  const mark = uniqueMark();
  const { summary } = await runScript(
    `sh -c 'sleep 60; :' ${mark} >/dev/null 2>&1 & sleep 0.2; echo STATUS: SUCCESS`,
  );
  assertEquals([summary.counts.SUCCESS, summary.leaked], [1, 1]);
  assertNoneLeft(mark);
});

Deno.test("everything that a worker wrote before its exit is read, though a grandchild keeps the pipe open", async () => {
  const result = await runScript(
    "sleep 60 & for i in $(seq 1 2000); do echo line $i; done; printf 'PROGRESS: 9'",
  );
  assertEquals(ofKind(result, "log").flatMap(({ lines }) => lines).at(-1), "line 2000");
  assertEquals(ofKind(result, "attempt-ended")[0]?.progress, 9);
});

Deno.test("a stop cancels a waiting retry, and the range is PENDING", async () => {
  const result = await runJob(
    { totalItems: 1, maxRetries: 3, retryDelay: 60_000 },
    () => ["sh", "-c", "exit 4"],
    abortWhen((event) => event.kind === "retry-scheduled"),
  );
  assertEquals(result.summary.attempts, 1);
  assertEquals([result.summary.failures, result.summary.stopped], [[], 1]);
  const { status, cause } = result.state.workers[0]!;
  assertEquals([status, cause], ["PENDING", { kind: "exit", code: 4 }]);
});

Deno.test("a stop ends a worker that has just been spawned", async () => {
  const mark = uniqueMark();
  const result = await runJob(
    { totalItems: 1 },
    () => ["sh", "-c", "sleep 60; :", mark],
    abortWhen((event) => event.kind === "spawned"),
  );
  assertEquals([result.summary.failures, result.summary.stopped], [[], 1]);
  assertNoneLeft(mark);
});

Deno.test("a stop of 32 workers leaves no process", async () => {
  const mark = uniqueMark();
  let spawned = 0;
  const control = new AbortController();
  const running = runJob(
    { totalItems: 32, numWorkers: 32, gracePeriod: 500 },
    (
      { index },
    ) => ["sh", "-c", `${index % 2 ? "trap '' TERM;" : ""} while :; do sleep 0.05; done`, mark],
    { signal: control.signal, onEvent: ({ kind }) => kind === "spawned" && spawned++ },
  );
  await until(() => spawned === 32, "all are spawned");
  control.abort();
  const { summary } = await running;
  assertEquals([summary.failures, summary.stopped], [[], 32]);
  assertNoneLeft(mark);
});

Deno.test("a worker that cannot be ended is given up after the grace period", async () => {
  const result = await runJob(
    { totalItems: 1, gracePeriod: 100 },
    () => ["x"],
    { launcher: unstoppable, ...abortWhen((event) => event.kind === "spawned") },
  );
  const { summary } = result;
  assertEquals([summary.failures, summary.stopped], [[], 1]);
  assertEquals([summary.forcedKills, summary.leaked], [1, 1]);
  assertEquals(ofKind(result, "attempt-ended")[0]?.leftGroup, 1, "its group may still be alive");
});

Deno.test("a range is not tried again beside a worker that cannot be ended", async () => {
  const { summary } = await runJob(
    { totalItems: 1, gracePeriod: 100, timeout: 100, maxRetries: 3, retryDelay: 1 },
    () => ["x"],
    { launcher: unstoppable },
  );
  const [{ attempts, cause } = {}] = summary.failures;
  assertEquals([attempts, cause], [1, { kind: "timeout" }]);
  assertEquals(summary.warnings, [
    "range 0 is not tried again, as a process of its last attempt cannot be ended and may still run",
  ]);
});

for (const part of ["status", "placement"] as const) {
  Deno.test(`a ${part} that rejects crashes the range, not the run`, async () => {
    const launcher: Launcher = {
      launch: () => ({
        pid: 1,
        stdout: ReadableStream.from([]),
        stderr: ReadableStream.from([]),
        status: new Promise(() => {}),
        [part]: Promise.reject(new Error("lost the connection")),
        kill() {},
        groupIsAlive: () => false,
      }),
    };
    const { summary } = await runJob({ totalItems: 1 }, () => ["x"], { launcher });
    assertEquals(summary.failures[0]?.cause, { kind: "fault", message: "lost the connection" });
  });
}

Deno.test("a launcher that fails while it stops a worker makes no failure of it", async () => {
  const status = Promise.withResolvers<never>();
  const launcher: Launcher = {
    launch: () => ({
      pid: 1,
      stdout: ReadableStream.from([]),
      stderr: ReadableStream.from([]),
      status: status.promise,
      kill: () => status.reject(new Error("lost the connection")),
      groupIsAlive: () => false,
    }),
  };
  const { summary } = await runJob({ totalItems: 1 }, () => ["x"], {
    launcher,
    ...abortWhen((event) => event.kind === "spawned"),
  });
  assertEquals([summary.failures, summary.stopped], [[], 1]);
});

Deno.test("a child that is asked to end with its worker is not a leak", async () => {
  const result = await runScript(
    "(trap 'sleep 0.3; exit 0' TERM; while :; do sleep 0.02; done) & trap 'exit 0' TERM; sleep 0.2; echo MESSAGE: ready; while :; do sleep 0.02; done",
    {},
    abortWhen(ready),
  );
  assertEquals([result.summary.leaked, result.summary.forcedKills], [0, 0]);
});

Deno.test("a drain starts no process for a command that is not ready yet", async () => {
  const made = Promise.withResolvers<string[]>();
  const result = await runJob(
    { totalItems: 2, numWorkers: 2, haltOn: { failures: 1, how: "drain" } },
    ({ index }) => index === 0 ? ["false"] : made.promise,
    { onEvent: ({ kind }) => kind === "run-stopping" && made.resolve(["true"]) },
  );
  assertEquals(ofKind(result, "spawned").length, 1);
});

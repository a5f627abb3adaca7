// Resident workers until their first answer: how long it may take, and what becomes of one that never answers.
import type { StopCause } from "@lambdawaker/executor";
import type { ProcessExit } from "@lambdawaker/executor/events";
import { type Launcher, LocalLauncher } from "@lambdawaker/executor/launchers";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { drawSummary } from "../../../src/reporters/summary.ts";
import { causeText } from "../../../src/reporters/wording.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { pidsOf, RESIDENT_WORKER, runResident } from "../../helpers/run_resident.ts";

Deno.test("the clock of a range starts with RUNNING, and no limit but readyTimeout holds before the first answer", async () => {
  const script = `sleep 0.6; sh ${RESIDENT_WORKER} 'echo "STATUS: RUNNING $id"; sleep 0.1'`;
  const { summary } = await runJob(
    {
      ...{ totalItems: 2, chunkSize: 1, numWorkers: 1, resident: true, timeout: 400 },
      // On a busy machine, a range may time out.
      ...{ maxRetries: 9, retryDelay: 0 },
    },
    () => ["sh", "-c", script],
  );
  assert(summary.ok, JSON.stringify(summary.failures));
});

Deno.test("a worker that gives no answer in time is never ready, which costs no retry of the range", async () => {
  const result = await runResident("sleep 60", {
    totalItems: 2,
    readyTimeout: 200,
    gracePeriod: 300,
    maxLaunchFailures: 1,
  });
  const [failure] = result.summary.failures;
  assertEquals([failure?.attempts, failure?.cause.kind], [2, "launch"]);
  assertMatch(
    causeText(failure!.cause),
    /gave no answer in 0.2 s: it must take ranges from its stdin/,
  );
});

Deno.test("a program that ends well and takes no ranges has a cause that says what is wanted", async () => {
  const { summary } = await runJob(
    { totalItems: 1, resident: true, maxLaunchFailures: 0 },
    () => ["true"],
  );
  assertEquals(
    causeText(summary.failures[0]!.cause).replace(/^launch failed: /, ""),
    "the resident worker ended with exit code 0 before its first answer: " +
      "it must take ranges from its stdin",
  );
});

Deno.test("a process that ends before its first answer counts as a failed launch", async () => {
  const result = await runJob(
    { totalItems: 1, resident: true, maxLaunchFailures: 2, retryDelay: 1 },
    () => ["sh", "-c", "echo 'no model' >&2; exit 4"],
  );
  const [failure] = result.summary.failures;
  assertEquals([failure?.attempts, failure?.cause.kind], [3, "launch"]);
  assertMatch(causeText(failure!.cause), /ended with exit code 4 before its first answer/);
  assertEquals(failure!.log, ["no model"]);
});

Deno.test("a run whose resident workers never answer ends after a few tries, and says why", async () => {
  const result = await runJob(
    { totalItems: 100, chunkSize: 1, numWorkers: 2, resident: true, retryDelay: 10 },
    () => ["sh", "-c", "echo 'no model' >&2; exit 4"],
  );
  const { counts, failures, stoppedBy, warnings, exitCode } = result.summary;
  // Three for each worker, and as many again if the end of one comes late.
  assert(pidsOf(result.events).length <= 12, `${pidsOf(result.events).length} processes`);
  // Both workers may have given up at the same time.
  assert(counts.CRASHED >= 1 && counts.CRASHED <= 2, `${counts.CRASHED} ranges crashed`);
  assertEquals([stoppedBy?.kind, exitCode, warnings], ["neverReady", 1, []]);
  const { tries } = stoppedBy as StopCause & { kind: "neverReady" };
  // One worker has given up after three tries. The other one may have been slower.
  assert(tries >= 3 && tries <= 6, `${tries} tries`);
  for (const { attempts, log } of failures) assertEquals([attempts, log], [3, ["no model"]]);
  const text = drawSummary(result.state, { title: "Job" })
    .map((row) => row.map(({ text }) => text).join("")).join("\n");
  assertMatch(text, /^CRASHED .* after 3 attempts: the resident worker ended with exit code 4 /);
  assertStringIncludes(text, "\n  │ no model\n");
  assertMatch(text, /^! stopped, as no resident worker has ever answered, in [3-6] tries$/m);
  // Each range that crashed has its line, and nothing else tells of these ends again.
  assertEquals(text.match(/ended with exit code 4/g)!.length, counts.CRASHED);
  assertEquals(text.match(/^! /gm)!.length, 1, text);
});

Deno.test("a run goes on if another worker has answered and is ending, or is still starting", async () => {
  const script =
    `[ $EXECUTOR_WORKER = 0 ] || exit 4; sleep 0.3; sh ${RESIDENT_WORKER} 'sleep 0.01'; sleep 0.5`;
  const { summary } = await runJob(
    {
      totalItems: 60,
      chunkSize: 1,
      numWorkers: 2,
      resident: true,
      retryDelay: { initial: 10, factor: 1 },
    },
    () => ["sh", "-c", script],
  );
  assertEquals([summary.counts.SUCCESS + summary.counts.CRASHED, summary.stoppedBy], [
    60,
    undefined,
  ]);
  assert(summary.counts.CRASHED > 0);
  for (const { attempts } of summary.failures) assertEquals(attempts, 21);
});

const LOST: ProcessExit = { kind: "lost", reason: "no contact" };
const NOT_LAUNCHED: ProcessExit = { kind: "launch-failed", reason: "n1 is down" };

/** Launcher whose first processes end on a node as given, before any answer. */
function endingAs(exits: readonly ProcessExit[]): Launcher {
  const left = [...exits];
  return {
    launch(command) {
      const exit = left.shift();
      if (exit === undefined) return new LocalLauncher().launch(command);
      const isPlaced = exit.kind !== "launch-failed";
      return {
        pid: 1,
        placement: Promise.resolve(isPlaced ? { node: "n1" } : undefined),
        status: Promise.resolve(exit),
        stdin: new WritableStream(),
        stdout: ReadableStream.from<Uint8Array>([]),
        stderr: ReadableStream.from<Uint8Array>([]),
        kill() {},
        groupIsAlive: () => false,
      };
    },
  };
}

const NOT_TO_BLAME: [how: string, exits: ProcessExit[], causes: unknown[]][] = [
  [
    "lost",
    [LOST, LOST, LOST, LOST],
    Array(4).fill({ kind: "lost", message: "no contact", node: "n1" }),
  ],
  [
    "not launched",
    [NOT_LAUNCHED, NOT_LAUNCHED, NOT_LAUNCHED, NOT_LAUNCHED],
    Array(4).fill({ kind: "launch", message: "n1 is down" }),
  ],
  [
    "not launched twice, and end once",
    [NOT_LAUNCHED, NOT_LAUNCHED, { kind: "exited", code: 4 }],
    [
      ...Array(2).fill({ kind: "launch", message: "n1 is down" }),
      {
        kind: "launch",
        message: "the resident worker ended with exit code 4 before its first answer",
      },
    ],
  ],
];

for (const [how, exits, causes] of NOT_TO_BLAME) {
  Deno.test(`a run goes on if its workers are ${how} before their first answer`, async () => {
    const result = await runResident(":", { totalItems: 2 }, { launcher: endingAs(exits) });
    const ends = ofKind(result, "attempt-ended");
    assertEquals(ends.map(({ cause }) => cause), [...causes, undefined]);
    assertEquals([result.summary.ok, result.summary.stoppedBy], [true, undefined]);
    const isLost = exits.includes(LOST);
    for (const { exit, lost, launchFailures } of ends.slice(0, -1)) {
      assertEquals([lost, launchFailures], isLost ? [1, undefined] : [undefined, 1], exit?.kind);
    }
  });
}

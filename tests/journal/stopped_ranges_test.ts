// Ranges that a run has stopped are outstanding in the next one, and their attempts cost nothing.
import { Recovery } from "../../src/journal/recovery.ts";
import type { RunEvent, TaskConfig } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { eventsIn, runRecorded, withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";

const SCRIPT = `
[ $EXECUTOR_ATTEMPT -gt $1 ] && exit 3
echo "PROGRESS: 4"; touch $0/at-work; exec sleep 60`;

/** Runs a range that is stopped when it has done four of ten items, and resumes it. */
async function stopAndResume(
  folder: string,
  config: Partial<TaskConfig>,
): Promise<{ starts: number[][]; stopped: number; attempts: number }> {
  const path = `${folder}/journal`;
  const control = new AbortController();
  const job = { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, ...config };
  const command = () => ["sh", "-c", SCRIPT, folder, "1"];
  const running = runRecorded(job, command, { path, signal: control.signal });
  await until(() => Array.from(Deno.readDirSync(folder)).length > 1, "it is at work");
  // The progress is an event soon after it was printed.
  await until(() => eventsIn(path, "progress").length > 0, "its progress is recorded");
  control.abort();
  const { stopped } = await running;
  const second = await runRecorded(job, command, { path, resume: true });
  const starts = eventsIn(path, "attempt-started").map((
    event,
  ) => [event.attempt, event.startIndex]);
  return { starts, stopped, attempts: second.attempts };
}

Deno.test("a stopped range begins again, and has all its retries", async () => {
  await withFolder(async (folder) => {
    const { starts, stopped, attempts } = await stopAndResume(folder, {});
    assertEquals(stopped, 1);
    assertEquals(starts, [[1, 0], [2, 0], [3, 0]]);
    assertEquals(attempts, 2, "one attempt and one retry");
  });
});

Deno.test("a stopped range goes on at its checkpoint", async () => {
  await withFolder(async (folder) => {
    const { starts, stopped } = await stopAndResume(folder, { retryFrom: "checkpoint" });
    assertEquals([starts, stopped], [[[1, 0], [2, 4], [3, 4]], 1]);
  });
});

const REF = { v: 2, t: 1, worker: 0, range: 0, attempt: 1 } as const;
const STARTED: readonly RunEvent[] = [
  {
    ...{
      v: 2,
      t: 1,
      kind: "run-started",
      runId: "0000000a-0000-4000-8000-000000000000",
      totalItems: 10,
      ranges: 1,
    },
    ...{ numWorkers: 1, maxRetries: 0, retryFrom: "checkpoint" },
  },
  {
    ...REF,
    kind: "attempt-started",
    attemptId: "0000000a-0000-4000-8000-000000000000.0.1",
    startIndex: 0,
    endIndex: 10,
    maxAttempt: 1,
  },
  { ...REF, kind: "progress", done: 10 },
];

function recover(end: RunEvent): Recovery {
  const recovery = new Recovery();
  for (const event of [...STARTED, end]) recovery.take(event);
  recovery.end();
  return recovery;
}

Deno.test("a range that was stopped after its last checkpoint is FINISHED in the next run", () => {
  const cause = { kind: "stopped" } as const;
  const end: RunEvent = {
    ...{ ...REF, kind: "attempt-ended", status: "PENDING", cause, progress: 10, nextIndex: 10 },
  };
  const { counts, doneItems } = recover(end).resumed("checkpoint");
  assertEquals([counts, doneItems], [{ SUCCESS: 0, FINISHED: 1 }, 10]);
});

Deno.test("a range whose output was lost, or that reported FAILED, is not done by its checkpoints", () => {
  const lost = { status: "CRASHED", cause: { kind: "output-lost" } } as const;
  const said = { status: "CRASHED", cause: { kind: "stall" }, reported: "FAILED" } as const;
  for (const how of [lost, said]) {
    const end: RunEvent = { ...REF, kind: "attempt-ended", ...how, progress: 10 };
    assertEquals(recover(end).resumed("checkpoint").doneItems, 0);
  }
});

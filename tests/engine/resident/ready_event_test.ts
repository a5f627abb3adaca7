// The event of a resident process that is ready: its first answer, unless that ends its range.
import { assertEquals } from "@std/assert";
import { readJournal } from "@lambdawaker/executor/journal";
import { runRecorded, withFolder } from "../../helpers/journal.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { RESIDENT_WORKER } from "../../helpers/run_resident.ts";

const CONFIG = { totalItems: 4, chunkSize: 1, numWorkers: 1, resident: true, lifespan: 2 };

for (
  const [name, script, ready] of [
    ["RUNNING", 'echo "STATUS: RUNNING $id"', [0, 2]],
    ["progress", "echo PROGRESS: 0", [0, 2]],
    ["its answer", "", []],
  ] as const
) {
  Deno.test(`the first sign of each resident process is an event: ${name}`, async () => {
    const result = await runJob(CONFIG, () => ["sh", RESIDENT_WORKER, script]);
    const events = ofKind(result, "status");
    assertEquals(
      events.map(({ range, status }) => `${range} ${status}`),
      ready.map((range) => `${range} RUNNING`),
    );
  });
}

Deno.test("a journal keeps that event, after the start of the attempt", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run.jsonl`;
    await runRecorded(CONFIG, () => ["sh", RESIDENT_WORKER, 'echo "STATUS: RUNNING $id"'], {
      path,
    });
    const kinds = Array.from(readJournal(path)).filter(({ kind }) =>
      kind === "status" || kind === "attempt-started"
    ).map((event) => "range" in event ? `${event.kind} ${event.range}` : "");
    assertEquals(kinds, [
      ...["attempt-started 0", "status 0", "attempt-started 1"],
      ...["attempt-started 2", "status 2", "attempt-started 3"],
    ]);
  });
});

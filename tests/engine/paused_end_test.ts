// A run that is paused when its last worker ends.
import { type RunEvent, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { RESIDENT_WORKER } from "../helpers/run_resident.ts";

/** Endless waits end by this. */
const LIMIT = { runTimeout: 30_000, numWorkers: 2 };

async function* strings() {
  yield "a";
  yield "b";
}

const JOBS: [what: string, job: () => TaskConfig][] = [
  ["numbers", () => ({ totalItems: 2, chunkSize: 1 })],
  ["strings that come one by one", () => ({ items: strings() })],
  ["resident workers", () => ({ totalItems: 2, chunkSize: 1, resident: true })],
];

for (const [what, job] of JOBS) {
  Deno.test(`a run that is paused ends when nothing is left to do: ${what}`, async () => {
    await withFolder(async (folder) => {
      const script = `until [ -e ${folder}/go ]; do sleep 0.02; done`;
      const config = { ...LIMIT, ...job() };
      const executor = new SubprocessExecutor(
        config,
        () => config.resident ? ["sh", RESIDENT_WORKER, script] : ["sh", "-c", script],
      );
      const kinds: RunEvent["kind"][] = [];
      const run = executor.start({
        report: ({ kind }) => {
          kinds.push(kind);
          if (kinds.filter((each) => each === "attempt-started").length < 2) return;
          if (kind !== "attempt-started") return;
          run.pause();
          Deno.writeTextFileSync(`${folder}/go`, "");
        },
      }, { handleSignals: false });
      const summary = await run.summary;
      assertEquals([summary.ok, summary.stoppedBy], [true, undefined]);
      assert(kinds.includes("run-paused") && !kinds.includes("run-unpaused"));
    });
  });
}

Deno.test("a run that is paused does not end while a range is left, and starts none", async () => {
  const kinds: RunEvent["kind"][] = [];
  const ended = Promise.withResolvers<void>();
  const executor = new SubprocessExecutor(
    { ...LIMIT, totalItems: 3, chunkSize: 1 },
    () => ["true"],
  );
  const run = executor.start({
    report: ({ kind }) => {
      kinds.push(kind);
      if (kind === "attempt-started") run.pause();
      if (kind === "range-ended") ended.resolve();
    },
  }, { handleSignals: false });
  await ended.promise;
  // Whoever would go on has had its turn.
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  const before = kinds.filter((kind) => kind === "attempt-started").length;
  assert(before < 3 && !kinds.includes("run-ended"));
  run.continue();
  assert((await run.summary).ok);
});

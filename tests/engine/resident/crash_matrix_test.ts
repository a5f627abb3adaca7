// Crash and stop matrix of resident workers: each fault at each moment of a process.
import type { Cause } from "@lambdawaker/executor/events";
import type { TaskConfig } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { exists } from "../../helpers/files.ts";
import { assertNoneLeft, until } from "../../helpers/processes.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";

const WORKER = new URL("../../fixtures/resident_fault.sh", import.meta.url).pathname;

/** Moments of a process, and whether it has answered by then. */
const MOMENTS = {
  start: "never answered",
  order: "in range 1",
  go: "in range 1",
  range: "in range 1",
  answer: "between two ranges",
  "input-end": "after its last range",
} as const;
type Moment = keyof typeof MOMENTS;

interface Fault {
  readonly script: string;
  /** The cause of the attempt that it ends. */
  readonly cause: Cause;
  readonly config?: Partial<TaskConfig>;
  /** The signals that the executor needs to end it: killed at the end of its input, too. */
  readonly hangs?: "until SIGTERM" | "until SIGKILL";
}

const HANG = "touch $folder/hangs; while [ -d $folder ]; do sleep 0.02; done";

const FAULTS: Record<string, Fault> = {
  "exit 0": { script: "exit 0", cause: { kind: "exit", code: 0 } },
  "exit 3": { script: "exit 3", cause: { kind: "exit", code: 3 } },
  "SIGKILL": { script: "kill -KILL $$", cause: { kind: "signal", signal: "SIGKILL" } },
  "hang": {
    script: HANG,
    cause: { kind: "stall" },
    config: { stallTimeout: 1_500, gracePeriod: 300 },
    hangs: "until SIGTERM",
  },
  "hang, and ignore TERM": {
    script: `trap '' TERM; ${HANG}`,
    cause: { kind: "timeout" },
    config: { timeout: 1_500, gracePeriod: 300 },
    hangs: "until SIGKILL",
  },
};

/** Only a process that never answers needs this limit to end. */
const READY: Partial<Record<Moment, number>> = { start: 3_000 };
const JOB = { totalItems: 6, chunkSize: 2, numWorkers: 1, maxRetries: 1, retryDelay: 1 };

for (const [name, { script, cause, config, hangs }] of Object.entries(FAULTS)) {
  for (const [moment, where] of Object.entries(MOMENTS) as [Moment, string][]) {
    Deno.test(`${name}, ${moment} (${where})`, async () => {
      const folder = await Deno.makeTempDir();
      const result = await runJob(
        { ...JOB, resident: true, gracePeriod: 2_000, readyTimeout: READY[moment], ...config },
        () => ["sh", WORKER, moment, script, folder],
      );
      assertEquals(result.summary.counts.SUCCESS, 3);
      const failed = ofKind(result, "attempt-ended").flatMap(({ range, cause }) =>
        cause === undefined ? [] : [{ range, cause: cause.kind }]
      );
      assertEquals(failed, expected(moment, { cause, hangs, failed }));
      const forced = hangs === "until SIGKILL" ? 1 : 0;
      // A process that is killed at the end of its input has no attempt that could count it.
      assertEquals(result.summary.forcedKills, moment === "input-end" ? 0 : forced);
      await Deno.remove(folder, { recursive: true });
      assertNoneLeft(folder);
    });
  }
}

/** Returns the attempts that fail. */
function expected(
  moment: Moment,
  { cause, hangs, failed }: Pick<Fault, "cause" | "hangs"> & {
    failed: readonly { range: number; cause: string }[];
  },
): readonly { range: number; cause: string }[] {
  switch (moment) {
    case "start":
      return [{ range: 0, cause: "launch" }];
    case "order":
    case "go":
    case "range":
      return [{ range: 1, cause: cause.kind }];
    case "answer":
      // The next range may have been sent before the end of the process was seen: then it is the one that fails.
      return hangs === undefined && failed.length === 0 ? [] : [{ range: 2, cause: cause.kind }];
    case "input-end":
      return [];
  }
}

for (const [moment, where] of Object.entries(MOMENTS) as [Moment, string][]) {
  for (const how of ["stop", "kill"] as const) {
    for (const trap of ["", "trap '' TERM; "]) {
      const name = `${how}, ${moment} (${where})${trap === "" ? "" : ", and it ignores TERM"}`;
      Deno.test(name, async () => {
        const folder = await Deno.makeTempDir();
        const { promise: ready, resolve } = Promise.withResolvers<() => void>();
        const running = runJob(
          { ...JOB, resident: true, gracePeriod: moment === "input-end" ? 1_500 : 300 },
          () => ["sh", WORKER, moment, trap + HANG, folder],
          { onControl: (run) => resolve(() => run.stop(how)) },
        );
        const stop = await ready;
        await until(() => exists(`${folder}/hangs`), "the worker hangs");
        stop();
        const { summary } = await running;
        assertEquals(summary.failures, []);
        const done = moment === "start"
          ? 0
          : moment === "input-end"
          ? 3
          : moment === "answer"
          ? 2
          : 1;
        assertEquals(summary.counts.SUCCESS, done);
        await Deno.remove(folder, { recursive: true });
        assertNoneLeft(folder);
      });
    }
  }
}

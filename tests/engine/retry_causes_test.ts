// Retries that depend on how an attempt failed, with real processes.
import type { TaskConfig } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { runJob } from "../helpers/run_job.ts";

const DELAY = { retryDelay: 1 };

/** Runs one range by a script, and returns how many attempts it took, and what it ended with. */
async function attemptsOf(script: string, config: Partial<TaskConfig>) {
  const { summary } = await runJob(
    { totalItems: 1, ...DELAY, ...config },
    () => ["sh", "-c", script],
  );
  return [summary.attempts, summary.exitCode];
}

const CASES: [title: string, script: string, config: Partial<TaskConfig>, attempts: number][] = [
  ["a code that is named is retried", "exit 3", { maxRetries: 2, retryOn: [3, "timeout"] }, 3],
  ["a code that is not named is final", "exit 4", { maxRetries: 2, retryOn: [3, "timeout"] }, 1],
  ["a time-out that is named is retried", "sleep 9", {
    maxRetries: 1,
    timeout: 50,
    gracePeriod: 500,
    retryOn: ["timeout"],
  }, 2],
  ["a signal that is excluded is final", "kill -9 $$", { maxRetries: 2, noRetryOn: ["signal"] }, 1],
  ["a failure that was reported is final if excluded", "echo STATUS: FAILED", {
    maxRetries: 2,
    noRetryOn: ["reported"],
  }, 1],
  ["what is not excluded is retried", "exit 3", { maxRetries: 2, noRetryOn: [4] }, 3],
  ["code 75 is retried without any retries", "exit 75", { maxTemporary: 3 }, 4],
  ["code 75 is final if excluded", "exit 75", { maxRetries: 2, noRetryOn: [75] }, 1],
];
for (const [title, script, config, attempts] of CASES) {
  Deno.test(title, async () => assertEquals(await attemptsOf(script, config), [attempts, 1]));
}

Deno.test("attempts that failed for a time cost no retry", async () => {
  const script = "case $EXECUTOR_ATTEMPT in 1|3) exit 75 ;; 2) exit 1 ;; *) exit 0 ;; esac";
  assertEquals(await attemptsOf(script, { maxRetries: 1 }), [4, 0]);
});

Deno.test("an attempt that failed for a time does not hide at which item the others crashed", async () => {
  const script = `[ $EXECUTOR_ATTEMPT != 2 ] || exit 75
i=$EXECUTOR_START done=0
while [ $i -lt $EXECUTOR_END ]; do
  [ $i != 2 ] || exit 1
  i=$((i + 1)) done=$((done + 1))
  echo "PROGRESS: $done"
done`;
  const { summary } = await runJob(
    { totalItems: 4, numWorkers: 1, maxRetries: 1, isolate: true, ...DELAY },
    () => ["sh", "-c", script],
  );
  assertEquals(summary.failures.map(({ startIndex, endIndex }) => [startIndex, endIndex]), [[
    2,
    3,
  ]]);
  assertEquals(summary.doneItems, 3);
});

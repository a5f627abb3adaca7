/**
 * Runs jobs by resident workers that are shell scripts.
 *
 * @module
 */
import type { RunEvent, TaskConfig } from "@lambdawaker/executor";
import { type JobOptions, type JobResult, runJob } from "./run_job.ts";

/** The path of a worker of sh that evaluates its first argument for each range. */
export const RESIDENT_WORKER = new URL("../fixtures/resident_worker.sh", import.meta.url).pathname;

/** Runs a job by resident workers that evaluate a script for each range: three ranges of two numbers, unless it says otherwise. */
export function runResident(
  script: string,
  config: Partial<TaskConfig> = {},
  options: JobOptions = {},
): Promise<JobResult> {
  const job = config.items === undefined ? { totalItems: 6, chunkSize: 2 } : {};
  return runJob(
    { ...job, numWorkers: 1, resident: true, retryDelay: 1, ...config },
    () => ["sh", RESIDENT_WORKER, script],
    options,
  );
}

/** Returns the pids of the processes that were started, in order. */
export function pidsOf(events: readonly RunEvent[]): number[] {
  return events.flatMap((event) => event.kind === "spawned" ? event.pid : []);
}

/**
 * Statuses of the runs of this user: asked from those that go on, and read from the records of the others.
 *
 * @module
 */
import { awakeClock, systemClock, withTimeout } from "../base/clock.ts";
import { type LiveRun, liveRuns } from "../reporters/control/registration.ts";
import { RunConnection } from "../reporters/control/run_connection.ts";
import { type RunStatus, statusOf } from "../reporters/control/run_status.ts";
import type { FoundRun } from "./find_run.ts";
import { type RecentRun, recentRuns } from "./recent_runs.ts";

/** Time that a run has to tell its status in a list, in milliseconds. */
const PATIENCE_MS = 2_000;

/** Returns the statuses of the runs that go on and of the recent ones, the newest one first. */
export async function allStatuses(): Promise<RunStatus[]> {
  const live = await liveRuns();
  const ids = new Set(live.map(({ runId }) => runId));
  const recent = recentRuns();
  const others = recent.filter(({ runId }) => !ids.has(runId)).map(statusOfRecent);
  const statuses = [...await Promise.all(live.map((run) => askPatiently(run))), ...others];
  return statuses.sort((a, b) => b.startedAt - a.startedAt);
}

/**
 * Returns the status of a run.
 *
 * @throws {ControlError} If it goes on and does not answer.
 */
export async function statusOfFound(found: FoundRun): Promise<RunStatus> {
  return found.kind === "live" ? await ask(found.run) : statusOfRecent(found.run);
}

function statusOfRecent(run: RecentRun): RunStatus {
  if (run.status !== undefined) return run.status;
  const { isLive, state } = run;
  return statusOf({ info: run, isLive, state, now: systemClock.now() });
}

async function askPatiently(run: LiveRun): Promise<RunStatus> {
  const answer = await withTimeout(ask(run).catch(() => undefined), {
    ms: PATIENCE_MS,
    clock: awakeClock,
  });
  return answer ?? statusOf({ info: run, isLive: true, now: systemClock.now() });
}

async function ask(run: LiveRun): Promise<RunStatus> {
  await using connection = await RunConnection.open(run.socket);
  const { state, now = 0 } = await connection.request({ request: "state" });
  return statusOf({ info: run, isLive: true, state, now });
}

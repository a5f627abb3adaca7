/**
 * Totals of a run: times, efficiency, rate, straggler. The page computes them itself, so that they stay up to date during a run.
 *
 * @module
 */
import { isFailed } from "../../model/statuses.ts";
import type { AttemptRecord, RunHistory, Session } from "./history.ts";

/** Figures of a run; all times in milliseconds of work time. */
export interface RunTotals {
  /** How long it took, or has taken so far. */
  readonly wallMs: number;
  /** The sum of the durations of all attempts. */
  readonly busyMs: number;
  /** `busyMs` divided by wall time × workers; absent if that is 0. */
  readonly efficiency?: number;
  /** Attempts begun. */
  readonly attempts: number;
  /** Attempts after the first of a range. */
  readonly retries: number;
  /** Attempts that ended FAILED or CRASHED. */
  readonly failedAttempts: number;
  /** Items done per second of wall time, without those of earlier runs that the history does not have. */
  readonly itemsPerSecond?: number;
  /** The worker that ended last, if there are several. */
  readonly straggler?: Straggler;
  /** The range that took longest, if there are several. */
  readonly longest?: LongestRange;
}

/** The worker that all others had to wait for. */
export interface Straggler {
  /** Its last attempt. */
  readonly attempt: AttemptRecord;
  /** How long it was the only one that worked. */
  readonly aloneMs: number;
  /** The sum of the times for which the others were idle until it ended. */
  readonly idleMs: number;
}

/** The range whose attempts took longest in sum. */
export interface LongestRange {
  readonly range: number;
  readonly ms: number;
  /** The median over all ranges. */
  readonly medianMs: number;
}

/** Computes the totals. */
export function computeTotals(history: RunHistory): RunTotals {
  const { attempts, sessions, now } = history;
  const times = timeByRange(history);
  const busyMs = Array.from(times.values()).reduce((sum, ms) => sum + ms, 0);
  const capacity = sessions.reduce((sum, session) => sum + capacityMs(session, history), 0);
  return {
    wallMs: sessions.reduce((sum, session) => sum + sessionMs(session, now), 0),
    busyMs,
    efficiency: capacity > 0 ? busyMs / capacity : undefined,
    attempts: attempts.length,
    retries: attempts.length - times.size,
    failedAttempts: attempts.filter(({ status }) => status !== "LOST" && isFailed(status)).length,
    itemsPerSecond: meanRate(history),
    straggler: findStraggler(history),
    longest: findLongest(times),
  };
}

/** Returns how long a run took, or has taken so far. */
function sessionMs({ startedAt, endedAt }: Session, now: number): number {
  return (endedAt ?? now) - startedAt;
}

/** Returns the time of a run × the size of its pool, which may have changed during the run. */
function capacityMs(session: Session, { marks, now }: RunHistory): number {
  const end = session.endedAt ?? now;
  let { startedAt: from, numWorkers } = session;
  let sum = 0;
  for (const mark of marks) {
    if (mark.kind !== "resized" || mark.at < from || mark.at > end) continue;
    sum += numWorkers * (mark.at - from);
    from = mark.at;
    numWorkers = mark.numWorkers;
  }
  return sum + numWorkers * (end - from);
}

/** Returns the sum of the durations of each range's attempts. */
function timeByRange({ attempts, now }: RunHistory): Map<number, number> {
  const times = new Map<number, number>();
  for (const { range, startedAt, endedAt = now } of attempts) {
    times.set(range, (times.get(range) ?? 0) + endedAt - startedAt);
  }
  return times;
}

/** Returns the items done per second since the first sample. */
function meanRate({ samples, now }: RunHistory): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || now <= first[0]) return undefined;
  return 1000 * Math.max(0, last[1] - first[1]) / (now - first[0]);
}

/** Finds the worker of the last run that ended last. */
function findStraggler({ attempts, sessions, now }: RunHistory): Straggler | undefined {
  const session = sessions.length - 1;
  const latest = new Map<number, AttemptRecord>();
  for (const attempt of attempts) {
    if (attempt.session === session) latest.set(attempt.worker, attempt);
  }
  const byEnd = Array.from(latest.values()).sort((a, b) =>
    (b.endedAt ?? now) - (a.endedAt ?? now) || a.worker - b.worker
  );
  const [last, second] = byEnd;
  if (last === undefined || second === undefined) return undefined;
  const end = last.endedAt ?? now;
  return {
    attempt: last,
    aloneMs: end - (second.endedAt ?? now),
    idleMs: byEnd.reduce((sum, { endedAt = now }) => sum + end - endedAt, 0),
  };
}

/** Finds the range that took longest, given the times of all. */
function findLongest(times: ReadonlyMap<number, number>): LongestRange | undefined {
  if (times.size < 2) return undefined;
  const sorted = Array.from(times).sort(([, a], [, b]) => b - a);
  const [range, ms] = sorted[0]!;
  return { range, ms, medianMs: sorted[Math.floor(sorted.length / 2)]![1] };
}

/**
 * What a run comes to in figures. The page works them out itself, so that they follow a run that goes on: it is handed the
 * functions of this module as they stand, see `page/script.ts`; they use nothing but each other.
 *
 * @module
 */
import { isFailed } from "../../model/statuses.ts";
import type { AttemptRecord, RunHistory, Session } from "./history.ts";

/** Figures of a run; all times in milliseconds of work time. */
export interface RunTotals {
  /** How long it took, or has taken so far. */
  readonly wallMs: number;
  /** Time for which an attempt was under way, of all workers together. */
  readonly busyMs: number;
  /** `busyMs` as a share of what the workers had: wall time × workers. Absent when that is nothing. */
  readonly efficiency?: number;
  /** Attempts begun. */
  readonly attempts: number;
  /** Attempts after the first of a range. */
  readonly retries: number;
  /** Attempts that ended FAILED or CRASHED. */
  readonly failedAttempts: number;
  /** Items done per second of wall time, those of earlier runs that are not shown left out. */
  readonly itemsPerSecond?: number;
  /** The worker that ended last, when there are several. */
  readonly straggler?: Straggler;
  /** The range that took longest, when there are several. */
  readonly longest?: LongestRange;
}

/** The worker for which all others had to wait. */
export interface Straggler {
  /** Its last attempt. */
  readonly attempt: AttemptRecord;
  /** How long it was the only one at work. */
  readonly aloneMs: number;
  /** For how long workers stood idle until it had ended, all together. */
  readonly idleMs: number;
}

/** The range that took longest, all of its attempts together. */
export interface LongestRange {
  readonly range: number;
  readonly ms: number;
  /** What half of the ranges took at most. */
  readonly medianMs: number;
}

/** Works the figures out. */
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

/** How long a run took, or has taken so far. */
export function sessionMs({ startedAt, endedAt }: Session, now: number): number {
  return (endedAt ?? now) - startedAt;
}

/** How long workers could have been at work in a run: its time × the size of its pool, whenever that was another one. */
export function capacityMs(session: Session, { marks, now }: RunHistory): number {
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

/** How long each range was worked on. */
export function timeByRange({ attempts, now }: RunHistory): Map<number, number> {
  const times = new Map<number, number>();
  for (const { range, startedAt, endedAt = now } of attempts) {
    times.set(range, (times.get(range) ?? 0) + endedAt - startedAt);
  }
  return times;
}

/** Items done per second from the first sample on. */
export function meanRate({ samples, now }: RunHistory): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || now <= first[0]) return undefined;
  return 1000 * Math.max(0, last[1] - first[1]) / (now - first[0]);
}

/** The worker of the last run that ended last. */
export function findStraggler({ attempts, sessions, now }: RunHistory): Straggler | undefined {
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

/** The range that took longest, by the times of all. */
export function findLongest(times: ReadonlyMap<number, number>): LongestRange | undefined {
  if (times.size < 2) return undefined;
  const sorted = Array.from(times).sort(([, a], [, b]) => b - a);
  const [range, ms] = sorted[0]!;
  return { range, ms, medianMs: sorted[Math.floor(sorted.length / 2)]![1] };
}

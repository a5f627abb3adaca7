/**
 * Estimate of a run: its current rate, and the time to its end. Grid, plain lines, live page and JSON lines take both from here.
 *
 * @module
 */
import { forecastMs } from "./forecast.ts";
import { currentWork, elapsedMs, type PacePoint, type RunState } from "./state.ts";

/** What is known of the speed of a run at one moment. */
export interface Estimate {
  /** Items per second that were done or failed for good; absent if it is not known yet. */
  readonly rate?: number;
  /** Milliseconds to the end of the run; absent if that is not known, or if the run will not complete its items. */
  readonly eta?: number;
}

/** The shortest time between two points, in milliseconds. */
const STEP_MS = 500;
/** The shortest time over which a rate is measured, unless the run is younger, in milliseconds. */
const WINDOW_MS = 15_000;
/** The smallest number of points after the first one: a run of long ranges makes few steps, and needs a longer time. */
const MIN_STEPS = 8;

/**
 * Estimates rate and end of a run at the time `now`, in milliseconds since 1970, such as `event.t` in a reporter. The rate is
 * that of the last 15 seconds, or of the last eight steps of progress if they took longer.
 */
export function estimate(state: RunState, now: number): Estimate {
  const { totalItems, isTotalKnown, stopping, isPaused } = state;
  const settled = settledWork(state);
  const rate = rateOf(state, { t: state.endedAt ?? state.suspendedAt ?? now, settled });
  const isOpen = !isTotalKnown || stopping !== undefined || isPaused || state.endedAt !== undefined;
  const forecast = isOpen ? undefined : forecastMs(state, state.suspendedAt ?? now);
  if (forecast !== undefined) return { rate, eta: forecast };
  if (rate === undefined) return {};
  if (isOpen) return { rate };
  const remaining = totalItems - state.resumed.doneItems - state.skipped - settled;
  return { rate, eta: remainingMs(Math.max(0, remaining), rate) };
}

/** Returns the items per second that were done over the whole run, up to `now`. Returns undefined if none was. */
export function meanRate(state: RunState, now: number): number | undefined {
  const elapsed = elapsedMs(state, now);
  const done = currentWork(state) - state.resumed.doneItems - state.skipped;
  return elapsed > 0 && done > 0 ? 1000 * done / elapsed : undefined;
}

/** Estimates the milliseconds that `items` items take at a rate in items per second. */
export function remainingMs(items: number, perSecond: number): number {
  return 1000 * items / perSecond;
}

/** Returns a state with the point that it has reached at the time `t`, if that is a new one. Looks twice a second at most. */
export function notePace(state: RunState, t: number): RunState {
  const { points, checkedAt } = state.pace;
  if (t - checkedAt < STEP_MS) return state;
  const settled = settledWork(state);
  const isNew = settled !== points.at(-1)?.settled;
  const all = isNew ? [...points, { t, settled }] : points;
  return { ...state, pace: { points: all.slice(firstOfWindow(all, t)), checkedAt: t } };
}

/** Returns the items that this run has done now, or that have failed for good in it, without those that were skipped. */
function settledWork(state: RunState): number {
  return currentWork(state) + state.failedItems - state.resumed.doneItems - state.skipped;
}

function rateOf({ pace: { points } }: RunState, { t, settled }: PacePoint): number | undefined {
  const first = points[firstOfWindow(points, t)];
  if (first === undefined || t - first.t < STEP_MS) return undefined;
  // After a failure, the items of the attempt no longer count as done: there is no rate until they are done again.
  return settled > first.settled ? 1000 * (settled - first.settled) / (t - first.t) : undefined;
}

/** Returns the index of the last point that is old enough and has enough points after it; 0 if there is none. */
function firstOfWindow(points: readonly PacePoint[], t: number): number {
  let index = Math.max(0, points.length - 1 - MIN_STEPS);
  while (index > 0 && points[index]!.t > t - WINDOW_MS) index--;
  return index;
}

/**
 * Forecast of a run from the times that an earlier run has shown: how much work there is, and when it will end.
 *
 * @module
 */
import type {
  AttemptStartedEvent,
  ItemsReadEvent,
  RangeEndedEvent,
  RunStartedEvent,
} from "./events.ts";
import type { RunState } from "./state.ts";

/** Returns a state with the work that has become known. */
export function forecastWork(
  state: RunState,
  { expected: total }: RunStartedEvent | ItemsReadEvent,
): RunState {
  if (total === undefined) return state;
  return { ...state, forecast: { total, ended: state.forecast?.ended ?? 0 } };
}

/** Returns a state in which the worker of an attempt has the time that its range is expected to take. */
export function forecastAttempt(
  state: RunState,
  { worker: index, expected }: AttemptStartedEvent,
): RunState {
  if (expected === undefined) return state;
  const worker = { ...state.workers[index]!, expected };
  return { ...state, workers: state.workers.with(index, worker) };
}

/** Returns a state in which the work of a range has ended. */
export function forecastEnd(
  state: RunState,
  { worker }: Pick<RangeEndedEvent, "worker">,
): RunState {
  return endWork(state, state.workers[worker]?.expected);
}

/** Returns a state in which some work has ended. */
export function endWork(state: RunState, expected: number | undefined): RunState {
  const { forecast } = state;
  if (forecast === undefined || expected === undefined) return state;
  return { ...state, forecast: { ...forecast, ended: forecast.ended + expected } };
}

/**
 * Returns the milliseconds to the end of a run: that of the work that is left, shared by all workers, but no less than the rest
 * of the longest range at work. Returns undefined if nothing is known.
 */
export function forecastMs(state: RunState, now: number): number | undefined {
  const { forecast, workers, numWorkers } = state;
  if (forecast === undefined || numWorkers === 0) return undefined;
  const running = workers.filter(({ startedAt, endedAt, expected }) =>
    expected !== undefined && startedAt !== undefined && endedAt === undefined
  );
  const begun = running.reduce((sum, { expected }) => sum + expected!, 0);
  const rests = running.map(({ expected, startedAt }) => Math.max(0, startedAt! + expected! - now));
  const waiting = Math.max(0, forecast.total - forecast.ended - begun);
  const all = rests.reduce((sum, rest) => sum + rest, waiting);
  return Math.max(all / numWorkers, ...rests);
}

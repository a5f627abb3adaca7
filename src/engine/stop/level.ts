/**
 * The levels of stopping, as a pure state machine modelled on the signal handling of cargo nextest.
 *
 * @module
 */
import type { StopCause, StopLevel } from "../../model/types.ts";

/** In order: not stopped, start no more ranges, ask running ones to end, kill them, exit at once. */
export type StopProgress = "none" | StopLevel | "exit";

/** The state of the machine. */
export interface StopState {
  readonly level: StopProgress;
  /** How many signals came so far. */
  readonly signals: number;
}

/** A request to stop. */
export interface StopRequest {
  readonly how: StopLevel;
  readonly cause: StopCause;
}

/** The state of a run that was not asked to stop. */
export const NOT_STOPPED: StopState = { level: "none", signals: 0 };

const ORDER: readonly StopProgress[] = ["none", "drain", "stop", "kill", "exit"];
const BY_SIGNALS: readonly StopProgress[] = ["none", "stop", "kill", "exit"];

/**
 * Returns the state after a request. The level never falls. The second signal raises it to `kill`, the third one to `exit`.
 */
export function requestStop(state: StopState, { how, cause }: StopRequest): StopState {
  if (cause.kind !== "signal") return { ...state, level: higher(state.level, how) };
  const signals = Math.min(state.signals + 1, BY_SIGNALS.length - 1);
  return { signals, level: higher(state.level, BY_SIGNALS[signals]!) };
}

function higher(a: StopProgress, b: StopProgress): StopProgress {
  return ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a;
}

/**
 * How far stopping has progressed, and what moves it: a pure machine, modelled on cargo nextest's signal handling.
 *
 * @module
 */
import type { StopCause, StopLevel } from "../../model/types.ts";

/** From nothing to the end: start no more, ask what runs to end, kill it, leave at once. */
export type StopProgress = "none" | StopLevel | "exit";

/** The machine's state. */
export interface StopState {
  readonly level: StopProgress;
  /** Signals that came so far. */
  readonly signals: number;
}

/** What asks for a stop. */
export interface StopRequest {
  readonly how: "drain" | "stop";
  readonly cause: StopCause;
}

/** The state of a run that nobody stopped. */
export const NOT_STOPPED: StopState = { level: "none", signals: 0 };

const ORDER: readonly StopProgress[] = ["none", "drain", "stop", "kill", "exit"];
const BY_SIGNALS: readonly StopProgress[] = ["none", "stop", "kill", "exit"];

/**
 * The state after a request. A stop is never taken back; only signals, as they come from a person, move it beyond
 * `stop`: the second one to `kill`, the third one to `exit`.
 */
export function requestStop(state: StopState, { how, cause }: StopRequest): StopState {
  if (cause.kind !== "signal") return { ...state, level: higher(state.level, how) };
  const signals = Math.min(state.signals + 1, BY_SIGNALS.length - 1);
  return { signals, level: higher(state.level, BY_SIGNALS[signals]!) };
}

function higher(a: StopProgress, b: StopProgress): StopProgress {
  return ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a;
}

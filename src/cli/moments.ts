/**
 * Moments of a run at which a condition is judged: all that there are, so that none is missed.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import { reduce } from "../model/reduce.ts";
import type { RunState } from "../model/state.ts";
import { findTrue, type WaitCondition } from "./wait_condition.ts";

/**
 * Judges a condition at the first state of a run that it gets, and before and after each event after that: a time may have
 * run out right before an event.
 */
export class MomentWatch {
  readonly #condition: WaitCondition;
  #state: RunState | undefined;
  #signAt = 0;
  /** The index of the alternative that was the first one to be true; undefined while none was. */
  found: number | undefined;

  constructor(condition: WaitCondition) {
    this.#condition = condition;
  }

  /** The last state. */
  get state(): RunState | undefined {
    return this.#state;
  }

  /** Takes a state, from which events go on. */
  begin(state: RunState, now: number): void {
    this.#state = state;
    this.#signAt = state.isPaused ? now : lastSign(state);
    this.look(now);
  }

  /** Takes the next event. */
  add(event: RunEvent): void {
    if (this.#state === undefined) return;
    this.look(event.t);
    this.#state = reduce(this.#state, event);
    if (!NO_SIGNS.has(event.kind)) this.#signAt = event.t;
    this.look(event.t);
  }

  /** Looks again, as time has passed. */
  look(now: number): void {
    if (this.#state === undefined) return;
    this.found ??= findTrue(this.#condition, { state: this.#state, now, signAt: this.#signAt });
  }
}

/** Events that come although nothing goes on. */
const NO_SIGNS: ReadonlySet<RunEvent["kind"]> = new Set([
  ...(["log", "usage", "slow", "warning", "reporter-failed", "launch-delayed"] as const),
  ...(["starts-held", "starts-freed", "pool-resized", "cancel-requested"] as const),
]);

/** Returns when something last began, ended or progressed, in milliseconds since 1970. */
export function lastSign({ workers, startedAt }: RunState): number {
  return workers.reduce(
    (last, { signAt = 0, startedAt = 0, endedAt = 0 }) =>
      Math.max(last, signAt, startedAt, endedAt),
    startedAt,
  );
}

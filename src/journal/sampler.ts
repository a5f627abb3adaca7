/**
 * What of a run is worth a place on disk.
 *
 * @module
 */
import type { AttemptRef, RunEvent } from "../model/events.ts";
import { FAILURE_LOG_LINES } from "../model/reduce.ts";
import { isDone } from "../model/statuses.ts";
import type { RunState } from "../model/state.ts";

/** What a worker says of itself is taken down once in this time. */
const INTERVAL_MS = 1_000;

type Said = RunEvent & AttemptRef & { kind: "progress" | "message" | "status" };

/**
 * Leaves out what would make a journal grow with what workers print: of progress, messages and statuses, all but one a
 * second; of logs, all but the last lines of an attempt that failed. Progress that is a checkpoint is kept whole.
 */
export class EventSampler {
  /** When something of a kind was last taken down, by worker. */
  readonly #saidAt = new Map<string, number>();
  readonly #heldBack = new Map<string, Said>();
  /** Workers whose launch waits for room. */
  readonly #delayed = new Set<number>();
  #keepsProgress = false;

  /** The events to take down for one that happened. */
  of(event: RunEvent, state: RunState): RunEvent[] {
    switch (event.kind) {
      case "run-started":
        this.#keepsProgress = event.retryFrom === "checkpoint";
        return [event];
      case "progress":
        return this.#keepsProgress ? [event] : this.#thin(event);
      case "message":
      case "status":
        return this.#thin(event);
      case "launch-delayed":
        this.#delayed.add(event.worker);
        return [event];
      case "spawned":
        // Of other attempts, their start tells as much; but where one runs must be known.
        return this.#delayed.delete(event.worker) || event.node !== undefined ? [event] : [];
      case "log":
      case "usage":
        return [];
      case "attempt-ended":
        return [...this.#lastWords(event, state), event];
      default:
        return [event];
    }
  }

  #thin(event: Said): RunEvent[] {
    const key = `${event.worker} ${event.kind}`;
    const isDue = event.t - (this.#saidAt.get(key) ?? -Infinity) >= INTERVAL_MS;
    if (!isDue) {
      this.#heldBack.set(key, event);
      return [];
    }
    this.#saidAt.set(key, event.t);
    this.#heldBack.delete(key);
    return [event];
  }

  /** What a failure is shown with: the last message, the last lines. */
  #lastWords(event: RunEvent & { kind: "attempt-ended" }, state: RunState): RunEvent[] {
    const { v, t, worker, range, attempt } = event;
    const message = this.#heldBack.get(`${worker} message`);
    for (const kind of ["progress", "message", "status"]) {
      this.#heldBack.delete(`${worker} ${kind}`);
      this.#saidAt.delete(`${worker} ${kind}`);
    }
    if (isDone(event.status)) return [];
    const lines = state.workers[worker]?.log.slice(-FAILURE_LOG_LINES) ?? [];
    const log: RunEvent[] = lines.length === 0
      ? []
      : [{ v, t, worker, range, attempt, kind: "log", lines }];
    return [...(message === undefined ? [] : [message]), ...log];
  }
}

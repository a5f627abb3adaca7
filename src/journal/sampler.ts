/**
 * Sampler of events: chooses those that a journal keeps.
 *
 * @module
 */
import type {
  AttemptEndedEvent,
  AttemptMessageEvent,
  AttemptProgressEvent,
  AttemptStatusEvent,
  RunEvent,
} from "../model/events.ts";
import { shorten, shortenTexts } from "../model/details.ts";
import { FAILURE_LOG_LINES } from "../model/range_failures.ts";
import { isDone } from "../model/statuses.ts";
import type { RunState } from "../model/state.ts";

/** The shortest time between two recorded events of a kind that a worker reports. */
const INTERVAL_MS = 1_000;

type ReportedEvent = AttemptProgressEvent | AttemptMessageEvent | AttemptStatusEvent;

/**
 * Leaves out what would make a journal grow with the output of workers. It keeps one progress, message and status per worker
 * and second, and the last log lines of an attempt that failed. It keeps all progress if that is a checkpoint. Long texts are
 * cut, so that each failure needs bounded room.
 */
export class EventSampler {
  /** The time of the last recorded event, by worker and kind. */
  readonly #recordedAt = new Map<string, number>();
  /** The last event that was left out since, by worker and kind. */
  readonly #leftOut = new Map<string, ReportedEvent>();
  /** Workers whose launch is delayed. */
  readonly #delayed = new Set<number>();
  #keepsProgress = false;

  /** Returns the events to record when an event happens: none, the event itself, or others before it. */
  of(event: RunEvent, state: RunState): RunEvent[] {
    switch (event.kind) {
      case "run-started":
        this.#keepsProgress = event.retryFrom === "checkpoint";
        return [event];
      case "progress":
        return this.#keepsProgress ? [event] : this.#thin(event);
      case "message":
        return this.#thin(shortenTexts(event));
      case "status":
        return this.#thin(event);
      case "launch-delayed":
        this.#delayed.add(event.worker);
        return [shortenTexts(event)];
      case "warning":
      case "reporter-failed":
        return [shortenTexts(event)];
      case "spawned":
        // Otherwise `attempt-started` is enough. To find a process again, its node must be recorded, and the number of a
        // resident one.
        return this.#delayed.delete(event.worker) || event.node !== undefined ||
            event.process !== undefined
          ? [event]
          : [];
      case "log":
      case "usage":
        return [];
      case "attempt-ended":
        return [...this.#lastWords(event, state), event];
      default:
        return [event];
    }
  }

  #thin(event: ReportedEvent): RunEvent[] {
    const key = `${event.worker} ${event.kind}`;
    const isDue = event.t - (this.#recordedAt.get(key) ?? -Infinity) >= INTERVAL_MS;
    if (!isDue) {
      this.#leftOut.set(key, event);
      return [];
    }
    this.#recordedAt.set(key, event.t);
    this.#leftOut.delete(key);
    return [event];
  }

  /** Returns what a failure is shown with: its last message and its last log lines. */
  #lastWords(event: AttemptEndedEvent, state: RunState): RunEvent[] {
    const { v, t, worker, range, attempt } = event;
    const message = this.#leftOut.get(`${worker} message`);
    for (const kind of ["progress", "message", "status"]) {
      this.#leftOut.delete(`${worker} ${kind}`);
      this.#recordedAt.delete(`${worker} ${kind}`);
    }
    if (isDone(event.status)) return [];
    const lines = state.workers[worker]?.log.slice(-FAILURE_LOG_LINES).map(shorten) ?? [];
    const log: RunEvent[] = lines.length === 0
      ? []
      : [{ v, t, worker, range, attempt, kind: "log", lines }];
    return [...(message === undefined ? [] : [message]), ...log];
  }
}

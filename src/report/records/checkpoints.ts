/**
 * Checkpoints of ranges that have not ended: what is safely done of a range whose run was stopped or killed.
 *
 * @module
 */
import type { RunEvent, RunStartedEvent } from "../../model/events.ts";
import type { EndedItems } from "./open_failures.ts";

/** A range that was begun and has not ended. */
interface BegunRange extends EndedItems {
  /** The first item that is not safely done. */
  nextIndex: number;
  /** Where its attempt began, if one runs. */
  attemptStart: number | undefined;
}

/** Follows ranges through their attempts, event by event. */
export class Checkpoints {
  readonly #ranges = new Map<number, BegunRange>();
  #retryFrom: RunStartedEvent["retryFrom"] = "start";

  /** Takes the next event. Returns the items that are safely done, if it leaves a range to a later run. */
  take(event: RunEvent): EndedItems | undefined {
    switch (event.kind) {
      case "run-started":
        this.#ranges.clear();
        this.#retryFrom = event.retryFrom;
        return undefined;
      case "attempt-started": {
        const { range, startIndex, endIndex, items } = event;
        const first = this.#ranges.get(range) ?? { startIndex, endIndex, items };
        const attempt = { nextIndex: startIndex, attemptStart: startIndex };
        this.#ranges.set(range, { ...first, ...attempt });
        return undefined;
      }
      case "progress": {
        const range = this.#ranges.get(event.range);
        if (range?.attemptStart === undefined || event.share !== undefined) return undefined;
        range.nextIndex = range.attemptStart + event.done;
        return undefined;
      }
      case "attempt-ended": {
        const range = this.#ranges.get(event.range);
        if (range === undefined) return undefined;
        range.attemptStart = undefined;
        return event.nextIndex === undefined ? undefined : doneOf(range, event.nextIndex);
      }
      case "range-ended":
        this.#ranges.delete(event.range);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Returns the items that are safely done of the ranges whose attempts run, if the run was killed here. */
  cut(): EndedItems[] {
    if (this.#retryFrom !== "checkpoint") return [];
    return Array.from(this.#ranges.values()).flatMap((range) => {
      const isRunning = range.attemptStart !== undefined;
      return isRunning ? doneOf(range, range.nextIndex) ?? [] : [];
    });
  }
}

function doneOf(range: BegunRange, nextIndex: number): EndedItems | undefined {
  const { startIndex, endIndex, items } = range;
  // A worker that reports more items than there are has no valid checkpoint.
  if (nextIndex <= startIndex || nextIndex > endIndex) return undefined;
  const done = items?.slice(0, nextIndex - startIndex);
  return { startIndex, endIndex: nextIndex, ...(done && { items: done }) };
}

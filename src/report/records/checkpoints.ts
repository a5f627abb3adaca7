/**
 * Checkpoints of ranges that a run leaves to a later one: what is safely done of them. Resumed runs find it in the same way, see
 * `journal/range_progress.ts`.
 *
 * @module
 */
import type { RunEvent, RunStartedEvent } from "../../model/events.ts";
import { sliceItems } from "../../model/ranges.ts";
import type { EndedItems } from "./open_failures.ts";

/** A range that was begun and has not ended. */
interface BegunRange extends Omit<EndedItems, "nextIndex"> {
  /** The first item that is not safely done. */
  nextIndex: number;
  /** Where its attempt began, if one runs. */
  attemptStart: number | undefined;
}

/** Follows ranges through their attempts, event by event. */
export class Checkpoints {
  readonly #ranges = new Map<number, BegunRange>();
  #retryFrom: RunStartedEvent["retryFrom"] = "start";

  /** Takes the next event. Returns the items that are safely done of the ranges which it leaves to a later run. */
  take(event: RunEvent): EndedItems[] {
    switch (event.kind) {
      case "run-started":
        this.#ranges.clear();
        this.#retryFrom = event.retryFrom;
        return [];
      case "attempt-started": {
        const { range, startIndex, endIndex, items } = event;
        const first = this.#ranges.get(range) ?? { startIndex, endIndex, items };
        this.#ranges.set(range, { ...first, nextIndex: startIndex, attemptStart: startIndex });
        return [];
      }
      case "progress": {
        const range = this.#ranges.get(event.range);
        if (range?.attemptStart === undefined) return [];
        // A share names no items, and a worker that reports more items than there are has no valid checkpoint.
        const reached = range.attemptStart + (event.share === undefined ? event.done : 0);
        range.nextIndex = reached > range.endIndex ? range.attemptStart : reached;
        return [];
      }
      case "attempt-ended": {
        const range = this.#ranges.get(event.range);
        if (range === undefined) return [];
        range.attemptStart = undefined;
        if (event.nextIndex === undefined) return [];
        this.#ranges.delete(event.range);
        return doneOf({ ...range, nextIndex: event.nextIndex });
      }
      case "retry-scheduled": {
        const range = this.#ranges.get(event.range);
        if (range !== undefined) range.nextIndex = event.nextIndex;
        return [];
      }
      case "range-ended":
        this.#ranges.delete(event.range);
        return [];
      case "run-ended":
        return this.cut();
      default:
        return [];
    }
  }

  /** Returns the items that are safely done of all ranges that have not ended, as their run is over or was killed. */
  cut(): EndedItems[] {
    const left = this.#retryFrom === "checkpoint" ? Array.from(this.#ranges.values()) : [];
    this.#ranges.clear();
    return left.flatMap(doneOf);
  }
}

function doneOf(range: BegunRange): EndedItems[] {
  const { startIndex, nextIndex } = range;
  if (nextIndex <= startIndex) return [];
  const items = sliceItems(range, [startIndex, nextIndex]);
  return [{ startIndex, endIndex: nextIndex, ...(items && { items }) }];
}

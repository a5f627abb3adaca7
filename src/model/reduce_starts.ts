/**
 * Reducer of the events about starts: what they wait for, and ranges that are skipped.
 *
 * @module
 */
import type { RangeSkippedEvent, StartsFreedEvent, StartsHeldEvent } from "./events.ts";
import { endWork } from "./forecast.ts";
import type { RunState } from "./state.ts";

type StartEvent = StartsHeldEvent | StartsFreedEvent | RangeSkippedEvent;

/** Returns the state after an event about starts. */
export function reduceStarts(state: RunState, event: StartEvent): RunState {
  switch (event.kind) {
    case "starts-held":
      return { ...state, startWait: state.stopping === undefined ? event.waitsFor : undefined };
    case "starts-freed":
      return { ...state, startWait: undefined };
    case "range-skipped":
      return skipRange(state, event);
  }
}

/** Counts a range as done without an attempt. */
function skipRange(
  state: RunState,
  { startIndex, endIndex, expected }: RangeSkippedEvent,
): RunState {
  const { counts, doneItems, pending, skipped } = state;
  const items = endIndex - startIndex;
  return {
    ...endWork(state, expected),
    pending: pending - 1,
    counts: { ...counts, SUCCESS: counts.SUCCESS + 1 },
    doneItems: doneItems + items,
    skipped: skipped + items,
  };
}

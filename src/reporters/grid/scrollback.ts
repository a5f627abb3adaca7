/**
 * Lines that stay in the scrollback, above the frame.
 *
 * @module
 */
import type { RunEvent } from "../../model/events.ts";
import { isDone } from "../../model/statuses.ts";
import { type RunState, wholeRangeItems } from "../../model/state.ts";
import { nameItems, plural, statusStyle } from "../wording.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type Row, span } from "../../terminal/style.ts";

/** How many lines are printed with a frame; a flood is counted, and not printed. */
const MAX_LINES = 100;

/** Collects what is to be printed with the next frame: failures, warnings and, if wanted, all that workers log. */
export class Scrollback {
  readonly #showLog: boolean;
  #rows: Row[] = [];
  #left = 0;

  constructor({ showLog }: { showLog: boolean }) {
    this.#showLog = showLog;
  }

  /** Takes what an event has to say. */
  take(event: RunEvent, state: RunState): void {
    switch (event.kind) {
      case "range-ended":
        return isDone(event.status) ? undefined : this.#add(failureRow(event, state));
      case "warning":
        return this.#add([span(`! ${sanitize(event.text)}`, "yellow")]);
      case "log":
        if (!this.#showLog) return;
        for (const line of event.lines) {
          this.#add([span(`worker ${event.worker} │ `, "dim"), span(sanitize(line))]);
        }
    }
  }

  /** What was collected since the last call. */
  rows(): Row[] {
    const left = this.#left;
    const rows = this.#rows;
    this.#rows = [];
    this.#left = 0;
    return left === 0 ? rows : [...rows, [span(`… ${plural(left, "line")} left out`, "dim")]];
  }

  #add(row: Row): void {
    if (this.#rows.length < MAX_LINES) this.#rows.push(row);
    else this.#left++;
  }
}

function failureRow(event: RunEvent & { kind: "range-ended" }, state: RunState): Row {
  const { status, reason = "", attempt } = event;
  const items = wholeRangeItems(state.workers[event.worker], event);
  return [
    span(`${status} `, statusStyle(status)),
    span(sanitize(nameItems({ ...event, items })), "bold"),
    span(` after ${plural(attempt, "attempt")}: ${sanitize(reason)}`),
  ];
}

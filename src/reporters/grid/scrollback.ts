/**
 * Lines that are printed above the frame and stay in the scrollback.
 *
 * @module
 */
import type { RangeEndedEvent, RunEvent } from "../../model/events.ts";
import type { RunState } from "../../model/state.ts";
import { isDone } from "../../model/statuses.ts";
import type { WorkerState } from "../../model/types.ts";
import { tagName } from "../../output/line_tag.ts";
import { causeText, nameItems, plural, statusStyle } from "../wording.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type Row, span } from "../../terminal/style.ts";

/** The largest number of lines that are printed with a frame. Further lines are only counted. */
const MAX_LINES = 100;
/** The largest number of failures and warnings that are printed in a run. Further failures are only counted, in the header. */
const MAX_TROUBLES = 1_000;

/** The number of printed bytes that are kept while there are no frames. Further ones wait. */
const MAX_HELD = 4 * 2 ** 20;

/** Collects the lines to print with the next frame: failures, warnings and, if `showLog` is set, log lines. */
export class Scrollback {
  readonly #showLog: boolean;
  readonly #tag: (worker: WorkerState) => string;
  #rows: Row[] = [];
  #omitted = 0;
  #troubles = 0;
  #held: { rows: Row[]; bytes: number } = { rows: [], bytes: 0 };

  constructor(
    { showLog, tag = tagName }: { showLog: boolean; tag?: (worker: WorkerState) => string },
  ) {
    this.#showLog = showLog;
    this.#tag = tag;
  }

  /** Adds the lines of an event. */
  addEvent(event: RunEvent, { workers }: Pick<RunState, "workers">): void {
    switch (event.kind) {
      case "range-ended":
        return isDone(event.status) ? undefined : this.#addTrouble(failureRow(event));
      case "output-lost":
        return this.#addTrouble(
          failureRow({ ...event, status: "CRASHED", attempt: event.attempts }),
        );
      case "warning":
        if (event.isHint) return this.#add([span(`hint: ${sanitize(event.text)}`, "yellow")]);
        return this.#addTrouble([span(`! ${sanitize(event.text)}`, "yellow")]);
      case "log": {
        const worker = workers[event.worker];
        if (!this.#showLog || worker === undefined) return;
        const tag = sanitize(this.#tag(worker)).trimEnd();
        for (const line of event.lines) {
          this.#add([span(`${tag} │ `, "dim"), span(sanitize(line))]);
        }
      }
    }
  }

  /** Returns the lines that were added since the last call. */
  takeRows(): Row[] {
    const omitted = this.#omitted;
    const rows = this.#rows;
    this.#rows = [];
    this.#omitted = 0;
    if (omitted === 0) return rows;
    return [...rows, [span(`… ${plural(omitted, "line")} left out`, "dim")]];
  }

  /** Keeps printed rows until there are frames again. Returns whether there is room for more. */
  hold(rows: readonly Row[], bytes: number): boolean {
    for (const row of rows) this.#held.rows.push(row);
    this.#held.bytes += bytes;
    return this.#held.bytes <= MAX_HELD;
  }

  /** Returns the rows that were kept. */
  takeHeld(): readonly Row[] {
    const { rows } = this.#held;
    this.#held = { rows: [], bytes: 0 };
    return rows;
  }

  #addTrouble(row: Row): void {
    this.#troubles++;
    if (this.#troubles <= MAX_TROUBLES) this.#add(row);
    else if (this.#troubles === MAX_TROUBLES + 1) {
      this.#add([span("… further failures and warnings are only counted", "dim")]);
    }
  }

  #add(row: Row): void {
    if (this.#rows.length < MAX_LINES) this.#rows.push(row);
    else this.#omitted++;
  }
}

function failureRow(
  event: Pick<
    RangeEndedEvent,
    "status" | "cause" | "attempt" | "startIndex" | "endIndex" | "items"
  >,
): Row {
  const { status, cause, attempt } = event;
  return [
    span(`${status} `, statusStyle(status)),
    span(sanitize(nameItems(event)), "bold"),
    span(` after ${plural(attempt, "attempt")}: ${sanitize(cause ? causeText(cause) : "")}`),
  ];
}

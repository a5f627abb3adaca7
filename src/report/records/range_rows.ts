/**
 * Rows of ranges: what a journal knows of each range that was begun, up to its last attempt.
 *
 * @module
 */
import type { Cause, ProcessExit } from "../../model/cause.ts";
import type { RunEvent, RunStartedEvent } from "../../model/events.ts";
import { isFailed, type TaskStatus } from "../../model/statuses.ts";
import type { ResourceUse } from "../../model/types.ts";
import { Checkpoints } from "./checkpoints.ts";
import { type EndedItems, OpenFailures } from "./open_failures.ts";

/** A range that was begun. */
export interface RangeRow {
  /** Its number; in a job of strings, each run has numbers of its own. */
  readonly range: number;
  startIndex: number;
  endIndex: number;
  /** The items themselves, in a job that is made of strings. */
  items?: readonly string[];
  /** How it ended, or how it stands. `LOST` if its run was killed and nobody saw its end. */
  status: TaskStatus | "LOST";
  /** Attempts that it had. */
  attempts: number;
  /** The number of the last one. */
  attempt: number;
  cause?: Cause;
  exit?: ProcessExit;
  /** When its last attempt began, and when that ended, in milliseconds since 1970. */
  startedAt: number;
  endedAt?: number;
  worker: number;
  node?: string;
  logFile?: string;
  /** What its last attempt has used, if that is known. */
  usage?: ResourceUse;
  /** Whether it failed, and a later run has done its items. */
  isRepaired: boolean;
}

/** Collects the rows of a job, event by event. */
export class RangeRows {
  readonly #rows = new Map<number, RangeRow>();
  readonly #open = new OpenFailures<RangeRow>();
  readonly #checkpoints = new Checkpoints();
  #start: RunStartedEvent | undefined;
  #isSingle = true;

  /** The last event `run-started`. */
  get start(): RunStartedEvent | undefined {
    return this.#start;
  }

  /** Whether each range of each run has one item. */
  get isSingle(): boolean {
    return this.#isSingle;
  }

  /** The rows, by the numbers of their ranges. */
  get rows(): readonly RangeRow[] {
    return Array.from(this.#rows.values()).sort((a, b) => a.range - b.range);
  }

  /** The failures that no later run has done, or tried, again. */
  get open(): Pick<OpenFailures<RangeRow>, "numbers" | "strings"> {
    return this.#open;
  }

  /** Adds the next event. */
  add(event: RunEvent): void {
    if (event.kind === "run-started") this.markLost();
    for (const done of this.#checkpoints.take(event)) this.#settle(done);
    if (event.kind === "run-started") {
      this.#start = event;
      this.#isSingle &&= event.ranges === event.totalItems;
      this.#open.beginRun();
      return;
    }
    if (event.kind === "attempt-started") return this.#begin(event);
    if (event.kind === "range-skipped") {
      // What is there need not be done any more, whoever has made it.
      return this.#settle(event);
    }
    if (!("range" in event) || event.kind === "cancel-requested") return;
    const row = this.#rows.get(event.range);
    if (row !== undefined) this.#update(row, event);
  }

  /** Marks the ranges whose end nobody saw. What they had safely done stays done. */
  markLost(): void {
    for (const done of this.#checkpoints.cut()) this.#settle(done);
    for (const row of this.#rows.values()) {
      if (row.status === "RUNNING" || row.status === "RETRYING") row.status = "LOST";
    }
  }

  /** Settles failures of earlier runs: these items are done, or have failed again as a row says. */
  #settle(range: EndedItems, failure?: RangeRow): void {
    for (const { id, isDone } of this.#open.end(range, failure)) id.isRepaired = isDone;
  }

  #begin(event: RunEvent & { kind: "attempt-started" }): void {
    const { range, attempt, startIndex, endIndex, items, worker, t } = event;
    const known = this.#rows.get(range);
    const first = known === undefined ? { startIndex, endIndex, ...(items && { items }) } : known;
    this.#rows.set(range, {
      range,
      startIndex: first.startIndex,
      endIndex: first.endIndex,
      items: first.items,
      status: "RUNNING",
      attempts: (known?.attempts ?? 0) + 1,
      attempt,
      startedAt: t,
      worker,
      isRepaired: false,
    });
  }

  #update(row: RangeRow, event: RunEvent): void {
    switch (event.kind) {
      case "spawned":
        row.startedAt = event.t;
        row.node = event.node;
        return;
      case "attempt-ended":
        row.endedAt = event.t;
        row.status = event.status;
        row.cause = event.cause;
        row.exit = event.exit;
        row.logFile = event.logFile;
        row.usage = event.usage;
        return;
      case "retry-scheduled":
        row.status = "RETRYING";
        return;
      case "range-split":
        row.startIndex = event.startIndex;
        row.endIndex = event.endIndex;
        return;
      case "output-lost":
        row.status = "CRASHED";
        row.cause = event.cause;
        return this.#settle(span(event, row), row);
      case "range-ended":
        return this.#end(row, event);
    }
  }

  #end(row: RangeRow, event: RunEvent & { kind: "range-ended" }): void {
    const range = span(event, row);
    Object.assign(row, range);
    row.status = event.status;
    row.cause = event.cause;
    const { nextIndex } = event;
    this.#settle({ ...range, nextIndex }, isFailed(event.status) ? row : undefined);
  }
}

/** Returns the items of a range that ended; older versions leave the strings out. */
function span(event: EndedItems, row: RangeRow): EndedItems {
  const { startIndex, endIndex } = event;
  const items = event.items ?? row.items?.slice(0, endIndex - startIndex);
  return { startIndex, endIndex, ...(items && { items }) };
}

/**
 * Trackers that a recovery feeds with events: the progress of a range, and the items that are done.
 *
 * @module
 */
import type { AttemptEndedEvent, AttemptRef, RunEvent, RunStartedEvent } from "../model/events.ts";
import type { ItemRange, ItemStretch } from "../model/ranges.ts";
import { DONE_STATUSES, type DoneStatus, isDone } from "../model/statuses.ts";
import { JournalError } from "./journal_error.ts";
import type { PromisedRange, ResumedOutputs } from "./promised_output.ts";

/** Tracks one range through its attempts until it is done. */
export class RangeProgress {
  /** The items themselves, in a job that is made of strings. */
  readonly items: readonly string[] | undefined;
  /** The directory in which its last attempt kept results. */
  results: string | undefined;
  /** Whether the executor died while its last attempt was running, or may have been. */
  wasCutOff = false;
  /** Whether what the last run has done was forgotten, though it may have been printed. */
  wasReset = false;
  /** Whether {@linkcode settleBegun} has begun it anew. */
  wasRestarted = false;
  /** Attempts that it had. */
  attempts = 0;
  /** The first item that is not safely done. */
  nextIndex: number;
  /** The first item that was not safely done when the present run began. */
  firstIndex: number;
  readonly #range: ItemRange;
  /** The attempt that runs, or was running when the executor died. */
  #running: { readonly startIndex: number; progress: number } | undefined;

  constructor(range: ItemRange, items?: readonly string[]) {
    this.#range = range;
    this.items = items;
    this.nextIndex = this.firstIndex = range.startIndex;
  }

  /** Begins the next run. */
  beginRun(): void {
    this.firstIndex = this.nextIndex;
  }

  /** Forgets what the present run has done. */
  reset(): void {
    this.wasReset ||= this.nextIndex > this.firstIndex;
    this.nextIndex = Math.min(this.nextIndex, this.firstIndex);
  }

  /** Forgets what all runs have done: its output is gone, or its checkpoints cannot be trusted. */
  restart(): void {
    this.#running = undefined;
    this.nextIndex = this.firstIndex = this.#range.startIndex;
  }

  /** Returns the progress of the part that the range keeps after a split. */
  keep(range: ItemRange): RangeProgress {
    const { startIndex } = this.#range;
    const { endIndex } = range;
    const items = this.items?.slice(range.startIndex - startIndex, endIndex - startIndex);
    const record = new RangeProgress(range, items);
    record.attempts = this.attempts;
    record.results = this.results;
    record.nextIndex = Math.max(this.nextIndex, range.startIndex);
    record.firstIndex = Math.min(Math.max(this.firstIndex, range.startIndex), range.endIndex);
    return record;
  }

  /** Its items that are safely done. */
  get done(): ItemStretch {
    return { startIndex: this.#range.startIndex, endIndex: this.nextIndex };
  }

  /** The number of its items that are safely done. */
  get doneItems(): number {
    return this.nextIndex - this.#range.startIndex;
  }

  /**
   * Takes the next event of a run whose directory of results is `results`. Returns the status of the range if it is done, and
   * undefined if it is not.
   *
   * @throws {JournalError} If it is not about this range.
   */
  take(event: RunEvent & AttemptRef, results?: string): DoneStatus | undefined {
    // A journal may have no more of an attempt than its end.
    this.attempts = Math.max(this.attempts, event.attempt);
    switch (event.kind) {
      case "attempt-started":
        this.results = results;
        this.wasCutOff = this.wasReset = false;
        this.#running = { startIndex: this.#within(event.startIndex), progress: 0 };
        // An attempt that begins before a checkpoint does again what comes after its beginning.
        this.nextIndex = Math.min(this.nextIndex, event.startIndex);
        this.firstIndex = Math.min(this.firstIndex, event.startIndex);
        return undefined;
      case "progress":
        if (this.#running) this.#running.progress = safeItems(event.done, event);
        return undefined;
      case "attempt-ended":
        if (this.#running) this.#running.progress = safeItems(event.progress, event);
        return this.#endAttempt(event);
      case "retry-scheduled":
        this.#running = undefined;
        this.nextIndex = this.#within(event.nextIndex);
        return undefined;
      case "range-ended":
        this.#running = undefined;
        this.nextIndex = this.#within(event.nextIndex);
        return isDone(event.status) ? event.status : undefined;
      default:
        return undefined;
    }
  }

  #endAttempt(event: AttemptEndedEvent): DoneStatus | undefined {
    const { status, cause, reported, nextIndex } = event;
    if (isDone(status)) return status;
    if (nextIndex !== undefined) {
      this.#running = undefined;
      this.nextIndex = this.#within(nextIndex);
      // The run was stopped when the last checkpoint had been reached.
      return nextIndex === this.#range.endIndex ? "FINISHED" : undefined;
    }
    // A worker that reports FAILED has not done its range, whatever progress it reported.
    const isContradictory = (status === "FAILED" || reported === "FAILED") && this.#hasReportedAll;
    if (isContradictory || cause?.kind === "output-lost") this.restart();
    return undefined;
  }

  /** Ends an attempt whose executor died. Returns whether its checkpoints had reached the end of the range. */
  abandon({ retryFrom }: Pick<RunStartedEvent, "retryFrom">): boolean {
    const running = this.#running;
    this.#running = undefined;
    this.wasCutOff ||= running !== undefined;
    if (running === undefined || retryFrom !== "checkpoint") return false;
    const reached = running.startIndex + running.progress;
    // A worker that reports more items than there are has no valid checkpoint.
    if (reached <= this.#range.endIndex) this.nextIndex = reached;
    return reached === this.#range.endIndex;
  }

  get #hasReportedAll(): boolean {
    if (this.#running === undefined) return false;
    const { startIndex, progress } = this.#running;
    return startIndex + progress === this.#range.endIndex;
  }

  #within(index: number): number {
    const { startIndex, endIndex, index: range } = this.#range;
    if (index >= startIndex && index <= endIndex) return index;
    throw new JournalError(
      `has item ${index}, but range ${range} has items ${startIndex} to ${endIndex - 1}`,
    );
  }
}

/**
 * Begins ranges anew that are done in part, if the directory of results does not have what they printed until then, or has more.
 * Returns the ranges whose items are all done again, and whose results may be complete: an executor may die between the end of
 * the results of a range and that of the range.
 */
export function settleBegun(
  ranges: readonly (readonly [index: number, range: RangeProgress])[],
  directory: ResumedOutputs["results"],
): number[] {
  if (directory === undefined) return [];
  for (const [index, range] of ranges) {
    if (range.doneItems === 0) continue;
    const isThere = range.results === directory.path && directory.isBegun(index);
    const hasMore = range.wasReset || (range.wasCutOff && directory.isWhole(index));
    range.wasRestarted = !isThere || hasMore;
    if (range.wasRestarted) range.restart();
  }
  const stale = ranges.filter(([, { wasCutOff, doneItems }]) => wasCutOff && doneItems === 0);
  return stale.map(([index]) => index);
}

/** Returns the items that progress reports as safely done; a share is no checkpoint. */
function safeItems(items: number, { share }: { share?: number }): number {
  return share === undefined ? items : 0;
}

/** Counts how often each item was done: a list may hold the same one twice. Knows which others were begun. */
export class DoneItems {
  readonly #done = new Map(DONE_STATUSES.map((status) => [status, new Map<string, number>()]));
  readonly #begun = new Set<string>();
  /** Ranges whose output is to be written, by each of their items: others may not be in the list any more. */
  readonly #replays = new Map<string, PromisedRange[]>();
  readonly #replayed = new Set<PromisedRange>();

  /** Adds items that are done. `replay` is their range, if its output is to be written when one of them is claimed. */
  add(items: readonly string[], status: DoneStatus, replay?: PromisedRange): void {
    const done = this.#done.get(status)!;
    for (const item of items) done.set(item, (done.get(item) ?? 0) + 1);
    if (replay === undefined) return;
    for (const item of items) {
      const replays = this.#replays.get(item);
      if (replays === undefined) this.#replays.set(item, [replay]);
      else if (replays.at(-1) !== replay) replays.push(replay);
    }
  }

  /** Adds the items of a range that is not done: those that are safely done, and those that were begun. */
  addPart({ items = [], doneItems }: RangeProgress): void {
    this.add(items.slice(0, doneItems), "FINISHED");
    this.addBegun(items.slice(doneItems));
  }

  /** Adds items that were begun, and are to be done again. */
  addBegun(items: readonly string[]): void {
    for (const item of items) this.#begun.add(item);
  }

  /** Returns whether an item was begun, and is to be done again. */
  wasBegun(item: string): boolean {
    return this.#begun.has(item);
  }

  /** Yields the items that are done and were not claimed, and those that were begun. */
  *known(): Generator<string> {
    for (const done of this.#done.values()) yield* done.keys();
    yield* this.#begun;
  }

  /** Takes a range whose output is to be written when this item is claimed. */
  takeReplay(item: string): PromisedRange | undefined {
    const replays = this.#replays.get(item) ?? [];
    for (let range = replays.shift(); range !== undefined; range = replays.shift()) {
      if (this.#replayed.has(range)) continue;
      this.#replayed.add(range);
      return range;
    }
    return undefined;
  }

  /** Takes one of the times that an item was done, and returns its status. Returns undefined if none is left. */
  claim(item: string): DoneStatus | undefined {
    return DONE_STATUSES.find((status) => takeOne(this.#done.get(status)!, item));
  }
}

function takeOne(counts: Map<string, number>, item: string): boolean {
  const count = counts.get(item);
  if (count === undefined) return false;
  if (count === 1) counts.delete(item);
  else counts.set(item, count - 1);
  return true;
}

/**
 * Makes the progress of a range of strings, which its first attempt names; its end does, in a journal that has no attempts.
 * Returns undefined for other events, which tell nothing before that.
 *
 * @throws {JournalError} If it has other strings than items.
 */
export function newItemsProgress(event: RunEvent & AttemptRef): RangeProgress | undefined {
  const isOfEnd = event.kind === "range-ended" && event.items !== undefined;
  if (event.kind !== "attempt-started" && !isOfEnd) return undefined;
  const { range: index, startIndex, endIndex, items } = event;
  if (items?.length !== endIndex - startIndex) {
    throw new JournalError(
      `has items ${startIndex} to ${endIndex - 1}, but ${items?.length ?? 0} strings for them`,
    );
  }
  return new RangeProgress({ index, startIndex, endIndex }, items);
}

/**
 * Progress of a range, which a recovery feeds with events.
 *
 * @module
 */
import { ownIdentity, type ProcessIdentity, wasRestartedSince } from "../base/process_identity.ts";
import type { AttemptEndedEvent, AttemptRef, RunEvent, RunStartedEvent } from "../model/events.ts";
import type { ItemRange, ItemStretch } from "../model/ranges.ts";
import { type DoneStatus, isDone } from "../model/statuses.ts";
import type { EarlierRun } from "./earlier_runs.ts";
import { JournalError } from "./journal_error.ts";
import type { BegunRanges } from "../output/earlier_results.ts";
import type { ResumedOutputs } from "./promised_output.ts";

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
  /** The executor that died after it had begun the range, if its run was the last one to try the range. */
  deadExecutor: ProcessIdentity | undefined;
  /** Whether {@linkcode settleBegun} has begun it anew. */
  wasRestarted = false;
  /** Attempts that it had. */
  attempts = 0;
  /** The first item that is not safely done. */
  nextIndex: number;
  /** The first item that was not safely done when the present run began. */
  firstIndex: number;
  readonly #range: ItemRange;
  /** Whether the present run has tried it. */
  #isTried = false;
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
    this.#isTried = false;
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
    record.#isTried = this.#isTried;
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
        this.deadExecutor = undefined;
        this.#isTried = true;
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

  /**
   * Ends what the present run has left: an attempt that was running, if its executor died. Returns whether its checkpoints had
   * reached the end of the range.
   */
  abandon(
    { retryFrom, endsOnly = false }: Pick<RunStartedEvent, "retryFrom" | "endsOnly">,
    { hasEnded, executor }: EarlierRun,
  ): boolean {
    if (this.#isTried && !hasEnded) this.deadExecutor = executor;
    const running = this.#running;
    this.#running = undefined;
    // Of an attempt that was running, a record of ends has nothing.
    this.wasCutOff ||= running !== undefined || (endsOnly && !hasEnded);
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
 * It may not have all if the machine has stopped before it was on disk.
 */
export function settleBegun(
  ranges: readonly (readonly [index: number, range: RangeProgress])[],
  directory: ResumedOutputs["results"],
): BegunRanges {
  if (directory === undefined) return { stale: [], parts: [] };
  const own = ownIdentity();
  for (const [index, range] of ranges) {
    if (range.doneItems === 0) continue;
    const isThere = range.results === directory.path && directory.isBegun(index);
    const { deadExecutor } = range;
    const isOnDisk = deadExecutor === undefined || !wasRestartedSince(deadExecutor, own);
    const isUnknown = range.wasCutOff && directory.isWhole(index) && !directory.isStopped(index);
    range.wasRestarted = !isThere || !isOnDisk || range.wasReset || isUnknown;
    if (range.wasRestarted) range.restart();
  }
  const cutOff = ranges.filter(([, { wasCutOff }]) => wasCutOff);
  const stale = cutOff.filter(([, { doneItems }]) => doneItems === 0);
  const parts = cutOff.filter(([, { doneItems, items }]) => doneItems > 0 && items !== undefined);
  return { stale: stale.map(([index]) => index), parts: parts.map(([index]) => index) };
}

/** Returns the items that progress reports as safely done; a share is no checkpoint. */
function safeItems(items: number, { share }: { share?: number }): number {
  return share === undefined ? items : 0;
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

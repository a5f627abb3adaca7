/**
 * Recovery of a job: computes from the events of earlier runs what is done, and what a resumed run has left to do.
 *
 * @module
 */
import type {
  AttemptRef,
  RangeSplitEvent,
  Resumed,
  RunEvent,
  RunStartedEvent,
} from "../model/events.ts";
import type { Placement } from "../launchers/launcher.ts";
import { countRanges, type ItemRange, type OutstandingRange, rangeAt } from "../model/ranges.ts";
import { describeDifference, type JobIdentity } from "../model/job_identity.ts";
import { countsOf, DONE_STATUSES, type DoneStatus } from "../model/statuses.ts";
import { JournalError } from "./journal_error.ts";
import { DoneItems, InFlightAttempts, RangeProgress } from "./range_progress.ts";

/** Reduces the events of one or more runs of the same job. */
export class Recovery {
  /** The ids of these runs, in order. */
  readonly runIds: string[] = [];
  /** The items that are done, after {@linkcode Recovery.end}, in a job that is made of strings. */
  readonly itemsDone: DoneItems = new DoneItems();
  readonly #inFlight = new InFlightAttempts();
  #counts = zeroCounts();
  readonly #done = new Set<number>();
  /** Ranges that are not done, and had an attempt. */
  readonly #records = new Map<number, RangeProgress>();
  /** Ranges that were split, as they are since, and the new ranges. */
  readonly #splits = new Map<number, ItemRange>();
  #job: RunStartedEvent | undefined;
  #nextRange = 0;

  /** The placements of attempts that may still run. */
  get inFlight(): Partial<Placement>[] {
    return this.#inFlight.all;
  }

  /** A range number above all that were used, in a job that is made of strings. */
  get nextRange(): number {
    return this.#nextRange;
  }

  /** The job; undefined if there was no event. */
  get job(): JobIdentity | undefined {
    return this.#job;
  }

  /**
   * Takes the next event.
   *
   * @throws {JournalError} If it contradicts those before.
   */
  take(event: RunEvent): void {
    this.#inFlight.take(event);
    if (event.kind === "run-started") return this.#startRun(event);
    if (this.#job === undefined) throw new JournalError("comes before any event run-started");
    if (!("worker" in event)) return;
    this.#nextRange = Math.max(this.#nextRange, event.range + 1);
    if (this.#done.has(event.range)) return;
    if (event.kind === "range-split") return this.#split(event);
    const status = this.#record(event)?.take(event);
    if (status !== undefined) this.#finish(event.range, status);
  }

  /** Ends the attempts that were running at the last event. */
  end(): void {
    const { retryFrom = "start", items } = this.#job ?? {};
    for (const [index, record] of this.#records) {
      if (record.abandon({ retryFrom })) this.#finish(index, "FINISHED");
    }
    if (items !== undefined) this.#endItems();
  }

  /** The number of ranges that were added when others were split. */
  get addedRanges(): number {
    const { ranges = 0 } = this.#job ?? {};
    return Array.from(this.#splits.keys()).filter((index) => index >= ranges).length;
  }

  /** Returns what a resumed run starts with. It is empty in a job that is made of strings, which that run reads first. */
  resumed(retryFrom: RunStartedEvent["retryFrom"]): Resumed {
    const size = ({ startIndex, endIndex }: ItemRange) => endIndex - startIndex;
    let doneItems = 0;
    for (const index of this.#done) doneItems += size(this.#rangeAt(index));
    if (retryFrom === "checkpoint") {
      for (const record of this.#records.values()) doneItems += record.doneItems;
    }
    const { addedRanges } = this;
    return { counts: { ...this.#counts }, doneItems, ...(addedRanges > 0 && { addedRanges }) };
  }

  /** Yields those of `ranges`, and of the ranges that they were split into, that are not done. */
  *outstanding(
    ranges: Iterable<ItemRange>,
    retryFrom: RunStartedEvent["retryFrom"],
  ): Generator<OutstandingRange> {
    for (const range of this.#withSplits(ranges)) {
      if (this.#done.has(range.index)) continue;
      const { attempts = 0, nextIndex = range.startIndex } = this.#records.get(range.index) ?? {};
      const isKept = retryFrom === "checkpoint";
      yield { ...range, attempts, nextIndex: isKept ? nextIndex : range.startIndex };
    }
  }

  /** Yields the ranges as they are after splits, followed by the new ranges. */
  *#withSplits(ranges: Iterable<ItemRange>): Generator<ItemRange> {
    let count = 0;
    for (const range of ranges) {
      count++;
      yield this.#splits.get(range.index) ?? range;
    }
    for (const range of this.#splits.values()) if (range.index >= count) yield range;
  }

  #split({ range: index, startIndex, endIndex, into }: RangeSplitEvent): void {
    const kept = { index, startIndex, endIndex };
    this.#checkParts(index, [kept, ...into]);
    const record = this.#records.get(index);
    if (record !== undefined) this.#records.set(index, record.keep(kept));
    // Ranges of strings have other numbers in the next run.
    if (this.#job!.items !== undefined) return;
    this.#splits.set(index, kept);
    for (const { range, ...part } of into) this.#splits.set(range, { index: range, ...part });
  }

  #checkParts(index: number, parts: readonly Omit<ItemRange, "index">[]): void {
    const { items, ranges } = this.#job!;
    if (items !== undefined) return;
    const isKnown = index < ranges || this.#splits.has(index);
    const whole = isKnown ? this.#rangeAt(index) : undefined;
    const isPart = ({ startIndex, endIndex }: Omit<ItemRange, "index">) =>
      whole !== undefined && startIndex >= whole.startIndex && startIndex < endIndex &&
      endIndex <= whole.endIndex;
    if (!parts.every(isPart)) {
      throw new JournalError(`splits range ${index} into parts that are not in it`);
    }
  }

  #startRun(event: RunStartedEvent): void {
    this.end();
    const difference = this.#job && describeDifference(this.#job, event);
    if (difference !== undefined) {
      throw new JournalError(`begins a run of another job: ${difference}`);
    }
    const { totalItems, ranges, chunkSize, items } = event;
    const split = chunkSize === undefined ? { parts: ranges } : { chunkSize };
    if (items === undefined && countRanges(totalItems, split) !== ranges) {
      throw new JournalError(`splits ${totalItems} items into a wrong number of ranges: ${ranges}`);
    }
    this.#job = event;
    this.runIds.push(event.runId);
  }

  #record(event: RunEvent & AttemptRef): RangeProgress | undefined {
    const known = this.#records.get(event.range);
    if (known !== undefined) return known;
    const record = this.#newRecord(event);
    if (record !== undefined) this.#records.set(event.range, record);
    return record;
  }

  #newRecord(event: RunEvent & AttemptRef): RangeProgress | undefined {
    const { ranges, items } = this.#job!;
    if (items !== undefined) return newItemsRecord(event);
    const isKnown = event.range < ranges || this.#splits.has(event.range);
    if (isKnown) return new RangeProgress(this.#rangeAt(event.range));
    throw new JournalError(`has an event of range ${event.range}, but the job has ${ranges}`);
  }

  #finish(index: number, status: DoneStatus): void {
    const items = this.#records.get(index)?.items;
    this.#records.delete(index);
    this.#done.add(index);
    this.#counts[status]++;
    if (items !== undefined) this.itemsDone.add(items, status);
  }

  /** Keeps the strings that are done, and drops their ranges, which have other numbers in the next run. */
  #endItems(): void {
    for (const { items = [], doneItems } of this.#records.values()) {
      this.itemsDone.add(items.slice(0, doneItems), "FINISHED");
    }
    this.#records.clear();
    this.#done.clear();
    this.#counts = zeroCounts();
  }

  #rangeAt(index: number): ItemRange {
    const split = this.#splits.get(index);
    if (split !== undefined) return split;
    const { totalItems, ranges, chunkSize } = this.#job!;
    return rangeAt(index, { totalItems, ...(chunkSize ? { chunkSize } : { parts: ranges }) });
  }
}

function zeroCounts(): Record<DoneStatus, number> {
  return countsOf(DONE_STATUSES, () => 0);
}

/** Makes the record of a range of strings, which its first attempt names; events before that are ignored. */
function newItemsRecord(event: RunEvent & AttemptRef): RangeProgress | undefined {
  if (event.kind !== "attempt-started") return undefined;
  const { range: index, startIndex, endIndex, items } = event;
  if (items?.length !== endIndex - startIndex) {
    throw new JournalError(
      `has items ${startIndex} to ${endIndex - 1}, but ${items?.length ?? 0} strings for them`,
    );
  }
  return new RangeProgress({ index, startIndex, endIndex }, items);
}

/**
 * What earlier runs of a job came to, as their events tell.
 *
 * @module
 */
import type { AttemptRef, Resumed, RunEvent } from "../model/events.ts";
import type { Placement } from "../launchers/launcher.ts";
import { countRanges, type ItemRange, type OutstandingRange, rangeAt } from "../model/ranges.ts";
import { DoneItems } from "./range_progress.ts";
import { describeDifference, type JobIdentity } from "../model/job_identity.ts";
import { JournalError } from "./journal_error.ts";
import { RangeProgress } from "./range_progress.ts";
import { InFlightAttempts } from "./range_progress.ts";

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

/** Folds the events of one or more runs of the same job. */
export class Recovery {
  /** The ids of these runs, the first one first. */
  readonly runIds: string[] = [];
  /** In a job that is made of strings: those that are done, once all events were taken. */
  readonly itemsDone: DoneItems = new DoneItems();
  readonly #unended = new InFlightAttempts();
  readonly #counts = { SUCCESS: 0, FINISHED: 0 };
  readonly #done = new Set<number>();
  /** The ranges that are not done and had an attempt. */
  readonly #records = new Map<number, RangeProgress>();
  /** Ranges that were split, as they are now, and those that they were split into. */
  readonly #splits = new Map<number, ItemRange>();
  #job: Event<"run-started"> | undefined;
  #nextRange = 0;

  /** Where attempts are that may still run. */
  get unended(): Partial<Placement>[] {
    return this.#unended.all;
  }

  /** The number of a range that no run has used, in a job that is made of strings. */
  get nextRange(): number {
    return this.#nextRange;
  }

  /** The job; absent when there was no event. */
  get job(): JobIdentity | undefined {
    return this.#job;
  }

  /**
   * Takes the next event.
   *
   * @throws {JournalError} If it does not follow from those before.
   */
  take(event: RunEvent): void {
    this.#unended.take(event);
    if (event.kind === "run-started") return this.#startRun(event);
    if (this.#job === undefined) throw new JournalError("comes before any event run-started");
    if (!("range" in event)) return;
    this.#nextRange = Math.max(this.#nextRange, event.range + 1);
    if (this.#done.has(event.range)) return;
    if (event.kind === "range-split") return this.#split(event);
    const status = this.#record(event)?.take(event);
    if (status !== undefined) this.#finish(event.range, status);
  }

  /** To be called after the last event: attempts that ran then will not go on. */
  end(): void {
    const { retryFrom = "start", items } = this.#job ?? {};
    for (const [index, record] of this.#records) {
      if (record.abandon({ retryFrom })) this.#finish(index, "FINISHED");
    }
    if (items !== undefined) this.#endItems();
  }

  /** How many ranges others were split into. */
  get addedRanges(): number {
    const { ranges = 0 } = this.#job ?? {};
    return Array.from(this.#splits.keys()).filter((index) => index >= ranges).length;
  }

  /** What a run that takes the job up starts with; nothing in a job that is made of strings, which it has yet to read. */
  resumed(retryFrom: "start" | "checkpoint"): Resumed {
    const size = ({ startIndex, endIndex }: ItemRange) => endIndex - startIndex;
    let doneItems = 0;
    for (const index of this.#done) doneItems += size(this.#rangeAt(index));
    if (retryFrom === "checkpoint") {
      for (const record of this.#records.values()) doneItems += record.doneItems;
    }
    const { addedRanges } = this;
    return { counts: { ...this.#counts }, doneItems, ...(addedRanges > 0 && { addedRanges }) };
  }

  /** The ranges that are not done, of all that there are. */
  *outstanding(
    ranges: Iterable<ItemRange>,
    retryFrom: "start" | "checkpoint",
  ): Generator<OutstandingRange> {
    for (const range of this.#withSplits(ranges)) {
      if (this.#done.has(range.index)) continue;
      const { attempts = 0, nextIndex = range.startIndex } = this.#records.get(range.index) ?? {};
      const isKept = retryFrom === "checkpoint";
      yield { ...range, attempts, nextIndex: isKept ? nextIndex : range.startIndex };
    }
  }

  /** All ranges as they are now: those that were split, and behind all others those that they were split into. */
  *#withSplits(ranges: Iterable<ItemRange>): Generator<ItemRange> {
    let count = 0;
    for (const range of ranges) {
      count++;
      yield this.#splits.get(range.index) ?? range;
    }
    for (const range of this.#splits.values()) if (range.index >= count) yield range;
  }

  #split({ range: index, startIndex, endIndex, into }: Event<"range-split">): void {
    const kept = { index, startIndex, endIndex };
    this.#checkParts(index, [kept, ...into]);
    const record = this.#records.get(index);
    if (record !== undefined) this.#records.set(index, record.keep(kept));
    // Ranges of items are known by what they are.
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
    if (!parts.every(isPart)) throw new JournalError(`splits range ${index} into what it is not`);
  }

  #startRun(event: Event<"run-started">): void {
    this.end();
    const difference = this.#job && describeDifference(this.#job, event);
    if (difference !== undefined) {
      throw new JournalError(`begins a run of another job: ${difference}`);
    }
    const { totalItems, ranges, chunkSize, items } = event;
    const split = chunkSize === undefined ? { parts: ranges } : { chunkSize };
    if (items === undefined && countRanges(totalItems, split) !== ranges) {
      throw new JournalError(`says that ${totalItems} items are ${ranges} ranges`);
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

  #finish(index: number, status: "SUCCESS" | "FINISHED"): void {
    const items = this.#records.get(index)?.items;
    this.#records.delete(index);
    this.#done.add(index);
    this.#counts[status]++;
    if (items !== undefined) this.itemsDone.add(items, status);
  }

  /** Items are known by what they are: of their ranges, no later run knows. */
  #endItems(): void {
    for (const { items = [], doneItems } of this.#records.values()) {
      this.itemsDone.add(items.slice(0, doneItems), "FINISHED");
    }
    this.#records.clear();
    this.#done.clear();
    this.#counts.SUCCESS = this.#counts.FINISHED = 0;
  }

  #rangeAt(index: number): ItemRange {
    const split = this.#splits.get(index);
    if (split !== undefined) return split;
    const { totalItems, ranges, chunkSize } = this.#job!;
    return rangeAt(index, { totalItems, ...(chunkSize ? { chunkSize } : { parts: ranges }) });
  }
}

/** An attempt at a range of items says what they are; of what came before it, nothing depends on it. */
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

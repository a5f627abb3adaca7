/**
 * Recovery of a job: computes from the events of earlier runs what is done, and what a resumed run has left to do.
 *
 * @module
 */
import type {
  AttemptRef,
  AttemptStartedEvent,
  RangeSplitEvent,
  Resumed,
  RunEvent,
  RunStartedEvent,
} from "../model/events.ts";
import type { InFlightAttempt } from "../launchers/launcher.ts";
import { countRanges, type ItemRange, type OutstandingRange, rangeAt } from "../model/ranges.ts";
import { describeDifference, type JobIdentity } from "../model/job_identity.ts";
import { countsOf, DONE_STATUSES, type DoneStatus } from "../model/statuses.ts";
import type { EarlierRun } from "./earlier_runs.ts";
import { attemptIdOf } from "../model/names.ts";
import { JournalError } from "./journal_error.ts";
import {
  PromisedOutput,
  type PromisedRange,
  type ResumedOutputs,
  settle,
} from "./promised_output.ts";
import {
  DoneItems,
  InFlightAttempts,
  RangeProgress,
  UnfinishedAttempts,
} from "./range_progress.ts";

/** Reduces the events of one or more runs of the same job. */
export class Recovery {
  /** These runs, in order. */
  readonly runs: EarlierRun[] = [];
  /** The directories in which they kept results. */
  readonly results: Set<string> = new Set();
  /** The items that are done, after {@linkcode Recovery.end}, in a job that is made of strings. */
  readonly itemsDone: DoneItems = new DoneItems();
  readonly #inFlight = new InFlightAttempts();
  readonly #unfinished = new UnfinishedAttempts();
  #counts = zeroCounts();
  readonly #done = new Set<number>();
  /** Ranges that are not done, and had an attempt. */
  readonly #records = new Map<number, RangeProgress>();
  /** Ranges that were split, as they are since, and the new ranges. */
  readonly #splits = new Map<number, ItemRange>();
  readonly #promised = new PromisedOutput();
  /** Ranges that are done, and whose output is to be written from their results. */
  readonly #replays = new Map<number, PromisedRange>();
  #job: RunStartedEvent | undefined;
  #nextRange = 0;

  /** The ids of these runs, in order. */
  get runIds(): string[] {
    return this.runs.map(({ runId }) => runId);
  }

  /** The placements of attempts that may still run, each with the id of its run. */
  get inFlight(): InFlightAttempt[] {
    return this.#inFlight.all;
  }

  /** Returns the ids of the attempts of some runs that have not done their range. */
  unfinishedOf(runIds: readonly string[]): string[] {
    return this.#unfinished.of(new Set(runIds));
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
    this.#unfinished.take(event);
    if (event.kind === "run-started") return this.#startRun(event);
    if (this.#job === undefined) throw new JournalError("comes before any event run-started");
    this.#promised.take(event);
    if (event.kind === "run-ended") return this.#endRun();
    if (event.kind === "attempt-started") this.#checkId(event);
    if (!("worker" in event)) return;
    this.#nextRange = Math.max(this.#nextRange, event.range + 1);
    // An earlier resume has run a range again whose output was lost.
    if (event.kind === "attempt-started") this.#redo(event.range);
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
      // The output of what it has done in this run was in memory.
      else if (this.#promised.isReported && !this.#promised.hasWritten(index)) record.reset();
      record.beginRun();
    }
    if (items !== undefined) this.#endItems();
  }

  /**
   * Makes good what is owed of the output of earlier runs, as far as the outputs of this run can: such ranges are run again,
   * or are written from their results. Returns the number of ranges that are done, and whose output stays unwritten.
   */
  settle(outputs: ResumedOutputs): number {
    let unwritten = 0;
    for (const range of Array.from(this.#promised.ranges)) {
      const { index, items, status, isWritten } = range;
      const settlement = settle(range, outputs);
      if (settlement === "redo") {
        this.#redo(index);
        continue;
      }
      if (settlement === "replay") this.#replays.set(index, range);
      else if (!isWritten) unwritten++;
      if (items !== undefined) {
        this.itemsDone.add(items, status, settlement === "replay" ? range : undefined);
      }
    }
    return unwritten;
  }

  /** The number of ranges whose output is to be written from their results. */
  get replays(): number {
    return this.#replays.size;
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
      const replay = this.#replays.get(range.index);
      if (replay !== undefined) yield { ...range, ...replayOf(replay) };
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
    this.#promised.take(event);
    if (event.results !== undefined) this.results.add(event.results);
    this.runs.push({ runId: event.runId, executor: event.executor, hasEnded: false });
  }

  /** Refuses the id of an attempt of another run, whose worker would be taken for an orphan. */
  #checkId(event: AttemptStartedEvent): void {
    const { runId } = this.runs.at(-1)!;
    if (event.attemptId === attemptIdOf(runId, event)) return;
    throw new JournalError(
      `has the attempt id ${event.attemptId}, but must have ${attemptIdOf(runId, event)}`,
    );
  }

  #endRun(): void {
    const run = this.runs.at(-1)!;
    this.runs.splice(-1, 1, { ...run, hasEnded: true });
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
    const { items, attempts = 0, firstIndex: nextIndex = 0 } = this.#records.get(index) ?? {};
    this.#records.delete(index);
    this.#done.add(index);
    this.#counts[status]++;
    const isOwed = this.#promised.add({ index, status, attempts, nextIndex, items });
    if (items !== undefined && !isOwed) this.itemsDone.add(items, status);
  }

  /** Makes a range outstanding that is done, if its output was promised. */
  #redo(index: number): void {
    const range = this.#promised.remove(index);
    if (range === undefined || !this.#done.delete(index)) return;
    this.#counts[range.status]--;
    const record = new RangeProgress(this.#rangeAt(index));
    record.attempts = range.attempts;
    record.nextIndex = range.nextIndex;
    this.#records.set(index, record);
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

/** Returns a range that is done, and whose output is to be written. */
export function replayOf(
  { status, attempts, nextIndex }: PromisedRange,
): Pick<OutstandingRange, "replay" | "attempts" | "nextIndex"> {
  return { replay: status, attempts, nextIndex };
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

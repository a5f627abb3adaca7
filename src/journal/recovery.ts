/**
 * Recovery of a job: computes from the events of earlier runs what is done, and what a resumed run has left to do.
 *
 * @module
 */
import { NumberSet } from "../base/number_set.ts";
import type {
  AttemptRef,
  RangeCutEvent,
  RangeSplitEvent,
  Resumed,
  RunEvent,
  RunStartedEvent,
} from "../model/events.ts";
import { isOfAttempt } from "../model/event_head.ts";
import type { InFlightAttempt } from "../launchers/launcher.ts";
import type { ItemRange, ItemStretch, OutstandingRange, Resplit } from "../model/ranges.ts";
import { describeDifference, type JobIdentity } from "../model/job_identity.ts";
import { countsOf, DONE_STATUSES, type DoneStatus } from "../model/statuses.ts";
import { EarlierItems } from "./earlier_items.ts";
import { DoneItems } from "./done_items.ts";
import { checkAttemptId, type EarlierRun } from "./earlier_runs.ts";
import { JournalError } from "./journal_error.ts";
import { InFlightAttempts, LeftProcesses } from "./left_processes.ts";
import {
  PromisedOutput,
  type PromisedRange,
  replayOf,
  type ResumedOutputs,
  settle,
  type UnsettledOutput,
} from "./promised_output.ts";
import { newItemsProgress, RangeProgress, settleBegun } from "./range_progress.ts";
import {
  checkResplit,
  hasItemsOf,
  haveSameItems,
  type LayoutOptions,
  RangeLayout,
  sizeOf,
} from "./range_layout.ts";

/** Reduces the events of one or more runs of the same job. */
export class Recovery {
  /** These runs, in order. */
  readonly runs: EarlierRun[] = [];
  /** The directories in which they kept results. */
  readonly results: Set<string> = new Set();
  /** The items that are done or begun, after {@linkcode Recovery.settle}, in a job that is made of strings. */
  readonly itemsDone: DoneItems = new DoneItems();
  /** The items around which ranges were split, in such a job. */
  readonly itemsAlone: Set<string> = new Set();
  /** What these runs may have left. */
  readonly left: LeftProcesses = new LeftProcesses();
  /** The ranges of strings that {@linkcode Recovery.settle} makes outstanding, though they are done, at least in part. */
  readonly redone: number[] = [];
  readonly #inFlight = new InFlightAttempts();
  #counts = countsOf(DONE_STATUSES, () => 0);
  readonly #done = new NumberSet();
  /** Numbers of ranges of earlier runs that no range has any more. */
  readonly #former = new NumberSet();
  /** Ranges that are not done, and had an attempt. */
  readonly #records = new Map<number, RangeProgress>();
  /** Ranges of strings of earlier runs that had an attempt, and are not done. */
  readonly #partial = new Map<number, RangeProgress>();
  /** Ranges of the present run that were split around their last item. */
  readonly #isolated = new Set<number>();
  /** The ranges of a job of numbers. */
  #layout: RangeLayout | undefined;
  /** Items that are done, and whose ranges are gone, as the rest of them was split anew. */
  #detachedItems = 0;
  /** Set in a dry run, which has no outputs: those of the run that it shows, to settle with. */
  assumed: ResumedOutputs | undefined;
  /** What earlier runs have promised of the output of ranges that are done. */
  readonly promised: PromisedOutput = new PromisedOutput();
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

  /** Returns whether these runs have tried to do a range. */
  knows(index: number): boolean {
    return this.#former.has(index) || this.#done.has(index) || this.#records.has(index);
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
    this.left.take(event);
    if (event.kind === "run-started") return this.#startRun(event);
    if (this.#job === undefined) throw new JournalError("comes before any event run-started");
    this.promised.take(event);
    if (event.kind === "run-ended") return void (this.runs.at(-1)!.hasEnded = true);
    if (event.kind === "attempt-started") checkAttemptId(event, this.runs.at(-1)!);
    if (event.kind === "range-cut") return this.#cut(event);
    if (!isOfAttempt(event)) return;
    this.#nextRange = Math.max(this.#nextRange, event.range + 1);
    // An earlier resume has run a range again whose output was lost.
    if (event.attempt > this.promised.attemptsOf(event.range)) this.#redo(event.range);
    if (this.#done.has(event.range)) return;
    if (event.kind === "range-split") return this.#split(event);
    if (event.kind === "range-ended") this.#noteAlone(event.range, event.items);
    const status = this.#record(event)?.take(event, this.#job.results);
    if (status !== undefined) this.#finish(event.range, status);
  }

  /** Ends the attempts that were running at the last event. */
  end(): void {
    if (this.#job === undefined) return;
    for (const [index, record] of this.#records) {
      if (record.abandon(this.#job, this.runs.at(-1)!)) this.#finish(index, "FINISHED");
      // The output of what it has done in this run was in memory.
      else if (this.promised.isReported && !this.promised.hasWritten(index)) record.reset();
      record.beginRun();
    }
    if (this.#job.items !== undefined) this.#endItems();
  }

  /**
   * Makes good what is owed of the output of earlier runs, as far as the outputs of this run can: such ranges are run again,
   * or are written from their results. Returns what stays as it is.
   */
  settle(given: ResumedOutputs): UnsettledOutput {
    const outputs = this.assumed ?? given;
    const begun = settleBegun([...this.#records, ...this.#partial], outputs.results);
    const stale = [...begun.stale];
    for (const [index, part] of this.#partial) {
      if (part.wasRestarted) this.redone.push(index);
      this.itemsDone.addPart(part);
    }
    this.#partial.clear();
    let unwritten = 0;
    for (const range of Array.from(this.promised.ranges)) {
      const { index, items, status, isWritten } = range;
      const settlement = settle(range, outputs);
      if (settlement === "redo") {
        this.#redo(index);
        stale.push(index);
        // Its results are gone, those before a checkpoint among them.
        if (outputs.results !== undefined) this.#records.get(index)?.restart();
        if (items !== undefined) this.redone.push(index);
        this.itemsDone.addBegun(items ?? [], { isOwed: true });
        continue;
      }
      const replay = settlement === "replay" ? range : undefined;
      if (replay !== undefined) this.#replays.set(index, replay);
      else if (!isWritten) unwritten++;
      if (items !== undefined) this.itemsDone.add(items, status, replay);
    }
    return { unwritten, elsewhere: this.promised.elsewhere(outputs), ...begun, stale };
  }

  /** The items that these runs have done or begun, after {@linkcode Recovery.settle}. */
  get earlier(): EarlierItems {
    return new EarlierItems(this.itemsDone, this.#layout, [this.#done, this.#records.keys()]);
  }

  /** The number of ranges that are written from their results. */
  get replays(): number {
    return this.#replays.size;
  }

  /** Returns what a resumed run starts with. It is empty in a job that is made of strings, which that run reads first. */
  resumed(retryFrom: RunStartedEvent["retryFrom"]): Resumed {
    const { addedRanges = 0 } = this.#layout ?? {};
    let doneItems = this.#detachedItems + (this.#layout?.countItems(this.#done) ?? 0);
    if (retryFrom === "checkpoint") {
      for (const record of this.#records.values()) doneItems += record.doneItems;
    }
    return { counts: { ...this.#counts }, doneItems, ...(addedRanges > 0 && { addedRanges }) };
  }

  /** Returns whether a run has another chunk size than the ranges of the job, if they are numbers. */
  isResplitBy(chunkSize: number | undefined): boolean {
    return chunkSize !== undefined && this.#layout?.differs(chunkSize) === true;
  }

  /**
   * Returns the ranges of a run of a job of numbers. They are those of the runs before. If the run has another chunk size,
   * what is not done is split anew. Must be called after {@linkcode Recovery.settle}.
   *
   * @throws {ConfigError} If what is not done is in too many pieces.
   */
  plan(
    job: LayoutOptions,
    retryFrom: RunStartedEvent["retryFrom"],
  ): { readonly layout: RangeLayout; readonly resplit?: Resplit } {
    const layout = this.#layout ??= new RangeLayout(job);
    const { chunkSize } = job;
    if (chunkSize === undefined || !layout.differs(chunkSize)) return { layout };
    // What they have printed would belong to no range.
    for (const record of this.#records.values()) if (record.results) record.restart();
    const stretches = layout.join(this.#undone(retryFrom));
    if (stretches.length === 0) return { layout };
    checkResplit(stretches, chunkSize);
    const resplit = { firstRange: layout.nextRange, stretches };
    this.#splitAnew(resplit, chunkSize);
    return { layout, resplit };
  }

  /** Yields the ranges of a job of numbers that are not done, or whose output is to be written. */
  *outstanding(retryFrom: RunStartedEvent["retryFrom"]): Generator<OutstandingRange> {
    const isLeft = ({ index }: ItemRange) => !this.#done.has(index) || this.#replays.has(index);
    const older = Array.from(this.#layout!.survivors, (index) => this.#layout!.at(index))
      .filter(isLeft)
      .sort((a, b) => a.startIndex - b.startIndex);
    let next = 0;
    for (const range of this.#layout!.latest()) {
      if (!isLeft(range)) continue;
      for (; (older[next]?.startIndex ?? Infinity) < range.startIndex; next++) {
        yield this.#outstandingRange(older[next]!, retryFrom);
      }
      yield this.#outstandingRange(range, retryFrom);
    }
    for (const range of older.slice(next)) yield this.#outstandingRange(range, retryFrom);
  }

  #outstandingRange(range: ItemRange, retryFrom: RunStartedEvent["retryFrom"]): OutstandingRange {
    const replay = this.#replays.get(range.index);
    if (replay !== undefined) return { ...range, ...replayOf(replay) };
    const { attempts = 0, nextIndex = range.startIndex } = this.#records.get(range.index) ?? {};
    const isKept = retryFrom === "checkpoint";
    return { ...range, attempts, nextIndex: isKept ? nextIndex : range.startIndex };
  }

  /** Yields the items that are not done. */
  *#undone(retryFrom: RunStartedEvent["retryFrom"]): Generator<ItemStretch> {
    const { survivors } = this.#layout!;
    const older = Array.from(survivors, (index) => this.#layout!.at(index));
    for (const ranges of [older, this.#layout!.latest()]) {
      for (const range of ranges) {
        if (this.#done.has(range.index)) continue;
        const { nextIndex, endIndex } = this.#outstandingRange(range, retryFrom);
        if (nextIndex < endIndex) yield { startIndex: nextIndex, endIndex };
      }
    }
  }

  #splitAnew(resplit: Resplit, chunkSize: number): void {
    this.#layout!.resplit(resplit, { chunkSize, done: this.#done, begun: this.#records.keys() });
    for (const index of this.#records.keys()) this.#former.add(index);
    this.#records.clear();
    const left = resplit.stretches.reduce((sum, stretch) => sum + sizeOf(stretch), 0);
    this.#detachedItems = this.#job!.totalItems - left - this.#layout!.countItems(this.#done);
  }

  #cut({ range: index, startIndex, endIndex, rest, restEnd }: RangeCutEvent): void {
    this.#nextRange = Math.max(this.#nextRange, index + 1, rest + 1);
    // Ranges of strings have other numbers in the next run.
    if (this.#job!.items !== undefined) return;
    const left = { index: rest, startIndex: endIndex, endIndex: restEnd };
    const isNew = !this.#done.has(index) && !this.#records.has(index);
    if (isNew && this.#layout!.cut({ index, startIndex, endIndex }, [left])) return;
    throw new JournalError(`cuts range ${index} in a way that cannot be`);
  }

  #split({ range: index, startIndex, endIndex, into }: RangeSplitEvent): void {
    const kept = { index, startIndex, endIndex };
    const parts = into.map(({ range, ...part }) => ({ index: range, ...part }));
    // Ranges of strings have other numbers in the next run.
    const isRight = this.#job!.items !== undefined || this.#layout!.split(kept, parts);
    if (!isRight) throw new JournalError(`splits range ${index} into parts that are not in it`);
    for (const part of parts) this.#nextRange = Math.max(this.#nextRange, part.index + 1);
    const whole = this.#records.get(index);
    // The ranges that its other items get have had no attempt.
    this.itemsDone.addBegun(whole?.items ?? []);
    if (whole !== undefined) this.#records.set(index, whole.keep(kept));
    this.#isolated.add(index);
    this.#noteAlone(index, this.#records.get(index)?.items);
  }

  /** Notes the item around which a range was split, once the items that the range has since are known. */
  #noteAlone(index: number, items: readonly string[] = []): void {
    const item = this.#isolated.has(index) ? items.at(-1) : undefined;
    if (item !== undefined) this.itemsAlone.add(item);
  }

  #startRun(event: RunStartedEvent): void {
    this.end();
    this.#isolated.clear();
    const difference = this.#job && describeDifference(this.#job, event);
    if (difference !== undefined) {
      throw new JournalError(`begins a run of another job: ${difference}`);
    }
    if (event.items === undefined) this.#layOut(event);
    this.#job = event;
    this.promised.take(event);
    for (const index of event.redone ?? []) {
      this.itemsDone.addBegun(this.promised.remove(index)?.items ?? [], { isOwed: true });
      this.#partial.get(index)?.restart();
    }
    if (event.results !== undefined) this.results.add(event.results);
    this.runs.push({ runId: event.runId, executor: event.executor, hasEnded: false });
  }

  /** Takes the ranges of the next run: those of the runs before, unless it has split what is not done. */
  #layOut(event: RunStartedEvent): void {
    const { totalItems, ranges, resplit } = event;
    const layout = this.#layout ??= new RangeLayout(event);
    // A run whose journal was cut short tells of its beginning again.
    const isAgain = event.runId === this.runs.at(-1)?.runId;
    if (resplit !== undefined && !isAgain) this.#takeResplit(resplit, event);
    if (layout.ranges === ranges) return;
    throw new JournalError(`splits ${totalItems} items into a wrong number of ranges: ${ranges}`);
  }

  #takeResplit(resplit: Resplit, { chunkSize, retryFrom }: RunStartedEvent): void {
    if (chunkSize === undefined || this.#job === undefined || !this.#layout!.canResplit(resplit)) {
      throw new JournalError("splits items anew in a way that cannot be");
    }
    this.#redoWithin(resplit.stretches);
    if (!haveSameItems(resplit.stretches, this.#undone(retryFrom))) {
      throw new JournalError("splits items anew, but not those that are not done");
    }
    this.#splitAnew(resplit, chunkSize);
  }

  /** Makes items outstanding that are done, and that a run has split anew, as their output was lost. */
  #redoWithin(stretches: readonly ItemStretch[]): void {
    for (const { index } of Array.from(this.promised.ranges)) {
      if (!this.#layout!.has(index)) continue;
      if (hasItemsOf(stretches, this.#layout!.at(index))) this.#redo(index);
    }
    for (const record of this.#records.values()) {
      if (hasItemsOf(stretches, record.done)) record.restart();
    }
  }

  #record(event: RunEvent & AttemptRef): RangeProgress | undefined {
    const known = this.#records.get(event.range);
    if (known !== undefined) return known;
    const record = this.#newRecord(event);
    if (record !== undefined) this.#records.set(event.range, record);
    return record;
  }

  #newRecord(event: RunEvent & AttemptRef): RangeProgress | undefined {
    if (this.#job!.items !== undefined) return newItemsProgress(event);
    const layout = this.#layout!;
    if (layout.has(event.range)) return new RangeProgress(layout.at(event.range));
    const fault = event.range < layout.nextRange
      ? "whose items were split anew"
      : `but the job has ${layout.ranges}`;
    throw new JournalError(`has an event of range ${event.range}, ${fault}`);
  }

  #finish(index: number, status: DoneStatus): void {
    const { items, attempts = 0, firstIndex: nextIndex = 0 } = this.#records.get(index) ?? {};
    this.#records.delete(index);
    this.#done.add(index);
    this.#counts[status]++;
    const isOwed = this.promised.add({ index, status, attempts, nextIndex, items });
    if (items !== undefined && !isOwed) this.itemsDone.add(items, status);
  }

  /** Makes a range outstanding that is done, if its output was promised. */
  #redo(index: number): void {
    const range = this.promised.remove(index);
    if (range === undefined || !this.#done.delete(index)) return;
    this.#counts[range.status]--;
    const record = new RangeProgress(this.#layout!.at(index));
    record.attempts = range.attempts;
    record.nextIndex = range.nextIndex;
    this.#records.set(index, record);
  }

  /** Keeps the strings that are done, and drops their ranges, which have other numbers in the next run. */
  #endItems(): void {
    for (const [index, record] of this.#records) this.#partial.set(index, record);
    for (const index of [...this.#records.keys(), ...this.#done]) this.#former.add(index);
    this.#records.clear();
    this.#done.clear();
    this.#counts = countsOf(DONE_STATUSES, () => 0);
  }
}

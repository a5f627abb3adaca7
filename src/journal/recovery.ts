/**
 * What earlier runs of a job came to, as their events tell.
 *
 * @module
 */
import type { AttemptRef, Resumed, RunEvent } from "../events.ts";
import { isDone } from "../models.ts";
import { countRanges, type ItemRange, type OutstandingRange, rangeAt } from "../ranges.ts";
import { JournalError } from "./journal_error.ts";

/** A job, as far as another run of it must be the same. */
export interface JobIdentity {
  /** Items of the job. */
  readonly totalItems: number;
  /** Ranges that they are split into. */
  readonly ranges: number;
  /** Items per range; absent when the ranges are as many as the workers. */
  readonly chunkSize?: number;
  /** What the workers run, as the person wrote it; absent when only a function knows. */
  readonly command?: readonly string[];
}

/** What is known of a range that is not done. */
interface RangeRecord {
  attempts: number;
  /** The first item that is not safely done. */
  nextIndex: number;
  /** The attempt that runs, or ran when its conductor died. */
  running?: { readonly startIndex: number; progress: number };
}

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

/** Folds the events of one or more runs of the same job. */
export class Recovery {
  /** The ids of these runs, the first one first. */
  readonly runIds: string[] = [];
  readonly #counts = { SUCCESS: 0, FINISHED: 0 };
  readonly #done = new Set<number>();
  /** Of the ranges that are not done, those that had an attempt. */
  readonly #records = new Map<number, RangeRecord>();
  #job: Event<"run-started"> | undefined;

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
    if (event.kind === "run-started") return this.#startRun(event);
    if (this.#job === undefined) throw new JournalError("comes before any event run-started");
    if (!("range" in event)) return;
    if (event.range >= this.#job.ranges) {
      throw new JournalError(
        `has an event of range ${event.range}, but the job has ${this.#job.ranges}`,
      );
    }
    if (!this.#done.has(event.range)) this.#takeOfRange(event);
  }

  /** To be called after the last event: attempts that ran then will not go on. */
  end(): void {
    for (const [index, record] of this.#records) this.#abandon(index, record);
  }

  /** What a run that takes the job up starts with. */
  resumed(retryFrom: "start" | "checkpoint"): Resumed {
    const size = ({ startIndex, endIndex }: ItemRange) => endIndex - startIndex;
    let doneItems = 0;
    for (const index of this.#done) doneItems += size(this.#range(index));
    if (retryFrom === "checkpoint") {
      for (const [index, { nextIndex }] of this.#records) {
        doneItems += nextIndex - this.#range(index).startIndex;
      }
    }
    return { counts: { ...this.#counts }, doneItems };
  }

  /** The ranges that are not done, of all that there are. */
  *outstanding(
    ranges: Iterable<ItemRange>,
    retryFrom: "start" | "checkpoint",
  ): Generator<OutstandingRange> {
    for (const range of ranges) {
      if (this.#done.has(range.index)) continue;
      const { attempts = 0, nextIndex = range.startIndex } = this.#records.get(range.index) ?? {};
      const isKept = retryFrom === "checkpoint";
      yield { ...range, attempts, nextIndex: isKept ? nextIndex : range.startIndex };
    }
  }

  #startRun(event: Event<"run-started">): void {
    this.end();
    const difference = this.#job && describeDifference(this.#job, event);
    if (difference !== undefined) {
      throw new JournalError(`begins a run of another job: ${difference}`);
    }
    const { totalItems, ranges, chunkSize } = event;
    const split = chunkSize === undefined ? { parts: ranges } : { chunkSize };
    if (countRanges(totalItems, split) !== ranges) {
      throw new JournalError(`says that ${totalItems} items are ${ranges} ranges`);
    }
    this.#job = event;
    this.runIds.push(event.runId);
  }

  #takeOfRange(event: RunEvent & AttemptRef): void {
    const range = this.#range(event.range);
    const record = this.#record(range);
    const at = (index: number) => within(index, range);
    switch (event.kind) {
      case "attempt-started":
        record.attempts = Math.max(record.attempts, event.attempt);
        record.running = { startIndex: at(event.startIndex), progress: 0 };
        break;
      case "progress":
        if (record.running) record.running.progress = event.done;
        break;
      case "attempt-ended":
        if (record.running) record.running.progress = event.progress;
        // One that says it FAILED is not done, whatever progress it said.
        if (event.status === "FAILED" && saidAll(record, range)) record.running = undefined;
        if (isDone(event.status)) this.#finish(range.index, event.status);
        break;
      case "retry-scheduled":
        record.running = undefined;
        record.nextIndex = at(event.nextIndex);
        break;
      case "range-ended":
        record.running = undefined;
        record.nextIndex = at(event.nextIndex);
        if (isDone(event.status)) this.#finish(range.index, event.status);
        break;
    }
  }

  /** Counts what an attempt had done that nobody saw the end of. */
  #abandon(index: number, record: RangeRecord): void {
    const { running } = record;
    record.running = undefined;
    if (running === undefined || this.#job?.retryFrom !== "checkpoint") return;
    const { endIndex } = this.#range(index);
    const reached = running.startIndex + running.progress;
    // A worker that says more than there is cannot be taken at its word.
    if (reached <= endIndex) record.nextIndex = reached;
    if (reached === endIndex) this.#finish(index, "FINISHED");
  }

  #finish(index: number, status: "SUCCESS" | "FINISHED"): void {
    this.#records.delete(index);
    this.#done.add(index);
    this.#counts[status]++;
  }

  #record(range: ItemRange): RangeRecord {
    const known = this.#records.get(range.index);
    if (known !== undefined) return known;
    const record: RangeRecord = { attempts: 0, nextIndex: range.startIndex };
    this.#records.set(range.index, record);
    return record;
  }

  #range(index: number): ItemRange {
    const { totalItems, ranges, chunkSize } = this.#job!;
    return rangeAt(index, { totalItems, ...(chunkSize ? { chunkSize } : { parts: ranges }) });
  }
}

/** In what two jobs differ, in words; nothing when they are the same. */
export function describeDifference(before: JobIdentity, now: JobIdentity): string | undefined {
  const differs = (name: string, a: unknown, b: unknown) =>
    JSON.stringify(a) === JSON.stringify(b) ? [] : [`${name} was ${show(a)} and is ${show(b)}`];
  const differences = [
    ...differs("the number of items", before.totalItems, now.totalItems),
    ...differs("the chunk size", before.chunkSize, now.chunkSize),
    ...differs(rangesName(before, now), before.ranges, now.ranges),
    ...differs("the command", before.command, now.command),
  ];
  return differences.length === 0 ? undefined : differences.join(", ");
}

function rangesName(...jobs: readonly JobIdentity[]): string {
  const perWorker = jobs.every(({ chunkSize }) => chunkSize === undefined);
  return `the number of ranges${perWorker ? " (one per worker, without a chunk size)" : ""}`;
}

function show(value: unknown): string {
  return value === undefined ? "not given" : JSON.stringify(value);
}

function saidAll({ running }: RangeRecord, { endIndex }: ItemRange): boolean {
  return running !== undefined && running.startIndex + running.progress === endIndex;
}

function within(index: number, { startIndex, endIndex, index: range }: ItemRange): number {
  if (index >= startIndex && index <= endIndex) return index;
  throw new JournalError(
    `has item ${index}, but range ${range} has items ${startIndex} to ${endIndex - 1}`,
  );
}

/**
 * Times that the items of a job took, as its journal has them.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import type { AttemptRef, AttemptStartedEvent, RunEvent } from "../model/events.ts";
import { isDone } from "../model/statuses.ts";
import { JournalError } from "./journal_error.ts";
import { openToRead } from "./open_file.ts";
import { readEntries } from "./reader.ts";

/** A range, with its items if they are strings. */
export interface TimedRange {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly items?: readonly string[];
}

/** The milliseconds that items took when they were last done. Items of one range have equal shares of its time. */
export class Durations {
  readonly #strings = new Map<string, number>();
  /** Those of ranges of numbers, by their first items. */
  readonly #ranges = new Map<number, { readonly endIndex: number; readonly elapsed: number }>();
  #sum = 0;
  #count = 0;

  /** The number of times that are known. */
  get size(): number {
    return this.#strings.size + this.#ranges.size;
  }

  /** Adds what a range took. */
  add({ startIndex, endIndex, items }: TimedRange, elapsed: number): void {
    const size = endIndex - startIndex;
    this.#sum += elapsed;
    this.#count += size;
    for (const item of items ?? []) this.#strings.set(item, elapsed / size);
    if (items === undefined) this.#ranges.set(startIndex, { endIndex, elapsed });
  }

  /** Returns the time of a string item; undefined if it is unknown. */
  ofItem(item: string): number | undefined {
    return this.#strings.get(item);
  }

  /** Returns the time of a range of numbers; undefined if the journal has no range with just these items. */
  ofNumbers({ startIndex, endIndex }: TimedRange): number | undefined {
    const range = this.#ranges.get(startIndex);
    return range?.endIndex === endIndex ? range.elapsed : undefined;
  }

  /** Returns the time that a range is to take: items whose time is unknown take the mean of all. */
  expected(range: TimedRange): number {
    const { startIndex, endIndex, items } = range;
    const mean = this.#count === 0 ? 0 : this.#sum / this.#count;
    const sum = items === undefined
      ? this.ofNumbers(range) ?? mean * (endIndex - startIndex)
      : items.reduce((sum, item) => sum + (this.ofItem(item) ?? mean), 0);
    return Math.round(sum);
  }
}

/**
 * Reads the times of a journal. The last time of an item counts, and only attempts that did all of it.
 *
 * @throws {JournalError} If it cannot be read, or has no time; the message begins with the path.
 */
export function readDurations(path: string): Durations {
  using file = openToRead(path);
  const collector = new DurationCollector();
  try {
    for (const { event } of readEntries(file, path)) if (event !== undefined) collector.take(event);
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError(`${path} cannot be read: ${errorMessage(error)}`);
  }
  if (collector.durations.size > 0) return collector.durations;
  throw new JournalError(`${path} has no range that ended well, so that no time is known`);
}

/** Collects times from events. */
class DurationCollector {
  readonly durations = new Durations();
  /** The attempts that run, by their ranges. */
  readonly #running = new Map<
    number,
    { readonly started: AttemptStartedEvent; startedAt: number }
  >();

  take(event: RunEvent): void {
    switch (event.kind) {
      case "run-started":
        return this.#running.clear();
      case "attempt-started":
        return void this.#running.set(event.range, { started: event, startedAt: event.t });
      case "spawned": {
        const running = this.#of(event);
        if (running !== undefined) running.startedAt = event.t;
        return;
      }
      case "attempt-ended": {
        const running = this.#of(event);
        if (running === undefined) return;
        this.#running.delete(event.range);
        if (isDone(event.status)) {
          this.durations.add(running.started, Math.max(0, event.t - running.startedAt));
        }
      }
    }
  }

  #of({ range, attempt }: AttemptRef) {
    const running = this.#running.get(range);
    return running?.started.attempt === attempt ? running : undefined;
  }
}

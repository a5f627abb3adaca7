/**
 * What the events of one range that is not done tell, over all its attempts.
 *
 * @module
 */
import type { Placement } from "../launchers/launcher.ts";
import type { AttemptRef, RunEvent } from "../model/events.ts";
import type { ItemRange } from "../model/ranges.ts";
import { isDone } from "../model/statuses.ts";
import { JournalError } from "./journal_error.ts";

/** Follows one range. */
export class RangeProgress {
  /** The items themselves, in a job that is made of strings. */
  readonly items: readonly string[] | undefined;
  /** Attempts that it had. */
  attempts = 0;
  /** The first item that is not safely done. */
  nextIndex: number;
  readonly #range: ItemRange;
  /** The attempt that runs, or ran when its executor died. */
  #running: { readonly startIndex: number; progress: number } | undefined;

  constructor(range: ItemRange, items?: readonly string[]) {
    this.#range = range;
    this.items = items;
    this.nextIndex = range.startIndex;
  }

  /** What is left of it when other ranges got the rest. */
  keep(range: ItemRange): RangeProgress {
    const { startIndex } = this.#range;
    const { endIndex } = range;
    const items = this.items?.slice(range.startIndex - startIndex, endIndex - startIndex);
    const record = new RangeProgress(range, items);
    record.attempts = this.attempts;
    record.nextIndex = Math.max(this.nextIndex, range.startIndex);
    return record;
  }

  /** How many of its items are safely done. */
  get doneItems(): number {
    return this.nextIndex - this.#range.startIndex;
  }

  /**
   * Takes the next event; says how the range is done, when it is.
   *
   * @throws {JournalError} If it is not about this range.
   */
  take(event: RunEvent & AttemptRef): "SUCCESS" | "FINISHED" | undefined {
    switch (event.kind) {
      case "attempt-started":
        this.attempts = Math.max(this.attempts, event.attempt);
        this.#running = { startIndex: this.#within(event.startIndex), progress: 0 };
        return undefined;
      case "progress":
        if (this.#running) this.#running.progress = safely(event.done, event);
        return undefined;
      case "attempt-ended":
        if (this.#running) this.#running.progress = safely(event.progress, event);
        // One that says it FAILED is not done, whatever progress it said.
        if (event.status === "FAILED" && this.#saidAll) this.#running = undefined;
        return isDone(event.status) ? event.status : undefined;
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

  /** To be called when its attempt will not go on; says whether its checkpoints came to its end. */
  abandon({ retryFrom }: { retryFrom: "start" | "checkpoint" }): boolean {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined || retryFrom !== "checkpoint") return false;
    const reached = running.startIndex + running.progress;
    // A worker that says more than there is cannot be taken at its word.
    if (reached <= this.#range.endIndex) this.nextIndex = reached;
    return reached === this.#range.endIndex;
  }

  get #saidAll(): boolean {
    const { startIndex, progress } = this.#running!;
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

/** The items that progress says are safely done: a share names none. */
function safely(items: number, { share }: { share?: number }): number {
  return share === undefined ? items : 0;
}

/** How often each item was done: a list may hold the same one twice. */
export class DoneItems {
  readonly #done = { SUCCESS: new Map<string, number>(), FINISHED: new Map<string, number>() };

  /** Notes that items are done. */
  add(items: readonly string[], status: "SUCCESS" | "FINISHED"): void {
    const done = this.#done[status];
    for (const item of items) done.set(item, (done.get(item) ?? 0) + 1);
  }

  /** Takes an item for one that is done, once as often as it was; says how it ended, or nothing when it is to be done. */
  claim(item: string): "SUCCESS" | "FINISHED" | undefined {
    const { SUCCESS, FINISHED } = this.#done;
    if (take(SUCCESS, item)) return "SUCCESS";
    return take(FINISHED, item) ? "FINISHED" : undefined;
  }
}

function take(counts: Map<string, number>, item: string): boolean {
  const count = counts.get(item);
  if (count === undefined) return false;
  if (count === 1) counts.delete(item);
  else counts.set(item, count - 1);
  return true;
}

/** Follows the attempts of one run after another. */
export class InFlightAttempts {
  readonly #attempts = new Map<string, Partial<Placement>>();
  #isNewRun = false;

  /** Where they are; nothing when that was not yet known, or it is on the machine of their executor. */
  get all(): Partial<Placement>[] {
    return Array.from(this.#attempts.values());
  }

  /** Takes the next event. */
  take(event: RunEvent): void {
    switch (event.kind) {
      case "run-started":
        this.#isNewRun = true;
        return;
      case "attempt-started":
        // A run that begins to work has waited for what was left of those before.
        if (this.#isNewRun) this.#attempts.clear();
        this.#isNewRun = false;
        this.#attempts.set(key(event), {});
        return;
      case "spawned":
        this.#attempts.set(key(event), { node: event.node, id: event.engineId });
        return;
      case "attempt-ended":
        this.#attempts.delete(key(event));
        return;
      case "run-ended":
        this.#attempts.clear();
        return;
    }
  }
}

function key({ range, attempt }: AttemptRef): string {
  return `${range}/${attempt}`;
}

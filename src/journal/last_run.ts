/**
 * Last run of a journal: what a program needs to begin its job again.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import type { RunEvent, RunStartedEvent } from "../model/events.ts";
import { JournalError } from "./journal_error.ts";
import { openToRead } from "./open_file.ts";
import { locate, readEntries } from "./reader.ts";
import { Recovery } from "./recovery.ts";

/** The last run of a journal, and what all its runs have done. */
export interface LastRun {
  /** The event that began it. */
  readonly started: RunStartedEvent;
  /** The items that a run has read to their end from a source that cannot be read again; the last such run counts. */
  readonly itemsRead?: readonly string[];
  readonly recovery: Recovery;
}

/**
 * Reads a journal, and changes nothing.
 *
 * @throws {JournalError} If it cannot be read, is no journal, or has no run; the message begins with the path.
 */
export function readLastRun(path: string): LastRun {
  using file = openToRead(path);
  const recovery = new Recovery();
  const items = new ReadItems();
  let started: RunStartedEvent | undefined;
  try {
    for (const { event, line } of readEntries(file, path)) {
      if (event === undefined) continue;
      locate({ name: path, line }, () => recovery.take(event));
      items.take(event);
      if (event.kind === "run-started") started = event;
    }
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError(`${path} cannot be read: ${errorMessage(error)}`);
  }
  recovery.end();
  if (started === undefined) throw new JournalError(`${path} has no run`);
  return { started, itemsRead: items.complete, recovery };
}

/** Collects the items that are recorded as they were read. */
class ReadItems {
  /** Those of the last run that has read all of them. */
  complete: readonly string[] | undefined;
  #items: string[] = [];

  take(event: RunEvent): void {
    if (event.kind === "run-started") {
      this.#items = [];
      // It reads another list, in place of the one that was read before.
      const readsOnce = event.sources?.some(({ kind }) => kind === "stdin");
      if (readsOnce) this.complete = undefined;
    }
    if (event.kind !== "items-read") return;
    for (const item of event.items ?? []) this.#items.push(item);
    // A run that records no items has read them from a source that can be read again.
    const isRecorded = this.#items.length === event.totalItems;
    if (event.isComplete && isRecorded) this.complete = this.#items;
  }
}

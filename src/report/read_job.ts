/**
 * Reading of a journal for a report: all events of a job, also while its last run still goes on.
 *
 * @module
 */
import { type EarlierRun, isWritten } from "../journal/earlier_runs.ts";
import { JournalError } from "../journal/journal_error.ts";
import { openToRead } from "../journal/open_file.ts";
import { locate, readEntries } from "../journal/reader.ts";
import type { RunEvent } from "../model/events.ts";

/** The events of a job. */
export interface JobReader {
  /** Takes the next event. May throw a {@linkcode JournalError} without a subject: the place of the event is added. */
  add(event: RunEvent): void;
  /** Is called after the last event if nothing writes the journal any more: a run without an end was lost. */
  markLost(): void;
}

/**
 * Reads all events of a journal.
 *
 * @throws {JournalError} If it has no run, is damaged, or was written by a newer version.
 */
export function readJob(path: string, reader: JobReader): void {
  using file = openToRead(path);
  let last: EarlierRun | undefined;
  for (const { event, line } of readEntries(file, path)) {
    if (event === undefined) continue;
    locate({ name: path, line }, () => {
      if (event.kind === "run-started") last = { ...event, hasEnded: false };
      if (last === undefined) throw new JournalError("comes before any event run-started");
      reader.add(event);
    });
  }
  if (last === undefined) throw new JournalError(`${path} contains no run`);
  if (!isWritten(file, last)) reader.markLost();
}

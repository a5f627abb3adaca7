/**
 * The history that a journal tells.
 *
 * @module
 */
import { JournalError } from "../../journal/journal_error.ts";
import { locate, readEntries } from "../../journal/reader.ts";
import type { RunHistory } from "./history.ts";
import { HistoryFold, type HistoryOptions } from "./history_fold.ts";

/** No machine has more; a file that says so is damaged, and would take all memory. */
const MAX_WORKERS = 1_000_000;

/**
 * Reads a journal, that of a run which still goes on too.
 *
 * @throws {JournalError} If it tells of no run, is damaged, or was written by a newer version.
 */
export function readHistory(path: string, options: HistoryOptions = {}): RunHistory {
  using file = Deno.openSync(path);
  const fold = new HistoryFold(options);
  let isBegun = false;
  for (const { event, line } of readEntries(file, path)) {
    locate({ name: path, line }, () => {
      isBegun ||= event.kind === "run-started";
      if (!isBegun) throw new JournalError("comes before any event run-started");
      if ("worker" in event && event.worker >= fold.numWorkers) {
        throw new JournalError("has an event of a worker that the run does not have");
      }
      if ("numWorkers" in event && event.numWorkers > MAX_WORKERS) {
        throw new JournalError(`says that there are ${event.numWorkers} workers`);
      }
      fold.take(event);
    });
  }
  if (!isBegun) throw new JournalError(`${path} tells of no run`);
  // Who writes a journal holds a lock that keeps others from this one.
  if (file.tryLockSync(false)) fold.abandon();
  return fold.history();
}

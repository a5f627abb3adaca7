/**
 * Reading of a journal as a history.
 *
 * @module
 */
import { type EarlierRun, isWritten } from "../../journal/earlier_runs.ts";
import { JournalError } from "../../journal/journal_error.ts";
import { locate, readEntries } from "../../journal/reader.ts";
import type { RunHistory } from "./history.ts";
import { HistoryBuilder, type HistoryBuilderOptions } from "./history_builder.ts";

/** Workers with a higher number come from a damaged journal, and would need too much memory. */
const MAX_WORKER = 1_000_000;

/**
 * Reads the history of a job from its journal, also while the run still goes on.
 *
 * @throws {JournalError} If it has no run, is damaged, or was written by a newer version.
 */
export function readHistory(path: string, options: HistoryBuilderOptions = {}): RunHistory {
  using file = Deno.openSync(path);
  const builder = new HistoryBuilder(options);
  let last: EarlierRun | undefined;
  for (const { event, line } of readEntries(file, path)) {
    if (event === undefined) continue;
    locate({ name: path, line }, () => {
      if (event.kind === "run-started") last = { ...event, hasEnded: false };
      if (last === undefined) throw new JournalError("comes before any event run-started");
      if ("worker" in event && event.worker >= builder.numWorkers) {
        throw new JournalError("has an event of a worker that the run does not have");
      }
      if ("worker" in event && event.worker > MAX_WORKER) {
        throw new JournalError(`has an implausible number of a worker: ${event.worker}`);
      }
      builder.add(event);
    });
  }
  if (last === undefined) throw new JournalError(`${path} contains no run`);
  if (!isWritten(file, last)) builder.markLost();
  return builder.history();
}

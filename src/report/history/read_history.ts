/**
 * Reading of a journal as a history.
 *
 * @module
 */
import { JournalError } from "../../journal/journal_error.ts";
import type { RunEvent } from "../../model/events.ts";
import { readJob } from "../read_job.ts";
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
  const builder = new HistoryBuilder(options);
  const add = (event: RunEvent) => {
    if ("worker" in event && event.worker >= builder.numWorkers) {
      throw new JournalError("has an event of a worker that the run does not have");
    }
    if ("worker" in event && event.worker > MAX_WORKER) {
      throw new JournalError(`has an implausible number of a worker: ${event.worker}`);
    }
    builder.add(event);
  };
  readJob(path, { add, markLost: () => builder.markLost() });
  return builder.history();
}

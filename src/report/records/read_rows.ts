/**
 * Reading of a journal as rows of ranges.
 *
 * @module
 */
import { type EarlierRun, isWritten } from "../../journal/earlier_runs.ts";
import { JournalError } from "../../journal/journal_error.ts";
import { locate, readEntries } from "../../journal/reader.ts";
import { RangeRows } from "./range_rows.ts";

/**
 * Reads the rows of a job from its journal, also while the run still goes on.
 *
 * @throws {JournalError} If it has no run, is damaged, or was written by a newer version.
 */
export function readRows(path: string): RangeRows {
  using file = Deno.openSync(path);
  const rows = new RangeRows();
  let last: EarlierRun | undefined;
  for (const { event, line } of readEntries(file, path)) {
    if (event === undefined) continue;
    locate({ name: path, line }, () => {
      if (event.kind === "run-started") last = { ...event, hasEnded: false };
      if (last === undefined) throw new JournalError("comes before any event run-started");
      rows.add(event);
    });
  }
  if (last === undefined) throw new JournalError(`${path} contains no run`);
  if (!isWritten(file, last)) rows.markLost();
  return rows;
}

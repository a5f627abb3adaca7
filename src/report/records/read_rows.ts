/**
 * Reading of a journal as rows of ranges.
 *
 * @module
 */
import { readJob } from "../read_job.ts";
import { RangeRows } from "./range_rows.ts";

/**
 * Reads the rows of a job from its journal, also while the run still goes on.
 *
 * @throws {JournalError} If it has no run, is damaged, or was written by a newer version.
 */
export function readRows(path: string): RangeRows {
  const rows = new RangeRows();
  readJob(path, rows);
  return rows;
}

/**
 * Text formats of `executor report`: the table of ranges, the failed items, and the log of jobs.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import { quote } from "../base/shell.ts";
import { encodeBytes } from "../base/surrogate_escape.ts";
import type { RunStartedEvent } from "../model/events.ts";
import { isTerminal, type TaskStatus } from "../model/statuses.ts";
import type { WorkerState } from "../model/types.ts";
import type { RangeRow, RangeRows } from "../report/records/range_rows.ts";
import { readRows } from "../report/records/read_rows.ts";
import { failedItems, tableLines } from "../report/records/text_formats.ts";
import { formatJob, JOBLOG_HEAD } from "../reporters/joblog.ts";
import { UsageError } from "./errors.ts";
import { compileTemplate } from "./placeholders.ts";

/** Lines that are encoded together. */
const CHUNK_LINES = 1_000;

/**
 * Returns a report of a journal as text.
 *
 * @throws {UsageError} If items cannot be listed as lines.
 * @throws {JournalError} If the journal cannot be read.
 */
export function textReport(
  journal: string,
  { format, isNull }: { format: "tsv" | "failed" | "joblog"; isNull: boolean },
): Uint8Array {
  const rows = readRows(journal);
  switch (format) {
    case "tsv":
      return encodeLines(tableLines(rows.rows));
    case "failed":
      return encodeLines(failedLines(rows, { isNull }));
    case "joblog":
      return encodeLines(jobLines(rows));
  }
}

function* failedLines({ open, start, isSingle }: RangeRows, { isNull }: { isNull: boolean }) {
  const isMadeOfItems = start?.items !== undefined;
  for (const item of failedItems({ open, isMadeOfItems, isSingle })) {
    if (!isNull && item.includes("\n")) {
      throw new UsageError(
        `--format failed needs --null as an item has a line break: current value is ${
          JSON.stringify(item)
        }`,
      );
    }
    yield `${item}${isNull ? "\0" : "\n"}`;
  }
}

/** Yields the lines of a log of jobs, in the order in which they ended. */
function* jobLines({ rows, start }: RangeRows): Generator<string> {
  yield JOBLOG_HEAD;
  const fill = start === undefined ? () => "" : commandLines(start);
  const ended = rows.filter(({ status }) => status !== "LOST" && isTerminal(status));
  for (const row of ended.toSorted((a, b) => endOf(a) - endOf(b))) {
    const { range, node, startedAt, status, cause } = row;
    if (status === "LOST" || !isTerminal(status)) continue;
    const entry = { range, node, startedAt, status, cause };
    yield formatJob({ ...entry, endedAt: endOf(row), command: fill(row) });
  }
}

function endOf({ startedAt, endedAt = startedAt }: RangeRow): number {
  return endedAt;
}

/** Returns a function that makes the command line of a range, as far as the journal tells it. */
function commandLines(start: RunStartedEvent) {
  const { command = [], totalItems, items, chunkSize, sources = [], options = {} } = start;
  const plain = command.map(quote).join(" ");
  const { stdin, resident, replaceString, colsep, csv, header } = options;
  // A journal does not tell how its items are split into columns.
  if (colsep !== undefined || csv || header || sources.length > 1) return () => plain;
  const perProcess = items === undefined ? undefined : chunkSize ?? 1;
  const total = items === "uncounted" ? undefined : totalItems;
  let fill: (worker: WorkerState) => string[];
  try {
    fill = compileTemplate(command, {
      totalItems: total,
      perProcess,
      isOneByOne: options.chunkSize === 1,
      replaceString: typeof replaceString === "string" ? replaceString : undefined,
      appendsItems: !stdin && !resident,
      isResident: resident === true,
    });
  } catch {
    // A program made the commands of the job, or another version.
    return () => plain;
  }
  return (row: RangeRow) => {
    try {
      return fill(workerOf(row)).map(quote).join(" ");
    } catch {
      return plain;
    }
  };
}

/** Returns a worker as it was when it began the last attempt at a range. */
function workerOf({ worker, attempt, range, startIndex, endIndex, items }: RangeRow): WorkerState {
  const status: TaskStatus = "RUNNING";
  const total = endIndex - startIndex;
  const extraData = { startIndex, endIndex, range, ...(items && { items }) };
  const item = items?.length === 1 ? { item: items[0] } : {};
  const work = { progress: 0, total, message: "", attempt, maxAttempt: attempt, extraData };
  return { index: worker, status, ...work, ...(items && { items }), ...item, log: [] };
}

function encodeLines(lines: Iterable<string>): Uint8Array {
  const chunks: Uint8Array[] = [];
  let waiting: string[] = [];
  for (const line of lines) {
    waiting.push(line);
    if (waiting.length < CHUNK_LINES) continue;
    chunks.push(encodeBytes(waiting.join("")));
    waiting = [];
  }
  return concatBytes(...chunks, encodeBytes(waiting.join("")));
}

/**
 * Reports as text: a table with a line per range, and the list of failed items.
 *
 * @module
 */
import { escapeLine } from "../../base/escape_line.ts";
import { causeText } from "../../reporters/wording.ts";
import type { OpenFailures } from "./open_failures.ts";
import type { RangeRow } from "./range_rows.ts";

/** The columns of the table, each with the text of its cells before it is escaped. */
const COLUMNS: Readonly<Record<string, (row: RangeRow) => string | number | undefined>> = {
  range: ({ range }) => range,
  items: itemsText,
  start: ({ startIndex }) => startIndex,
  end: ({ endIndex }) => endIndex,
  status: ({ status }) => status,
  repaired: ({ isRepaired }) => isRepaired ? "yes" : "",
  attempts: ({ attempts }) => attempts,
  cause: ({ cause }) => cause?.kind,
  reason: ({ cause }) => cause && causeText(cause),
  exit_code: ({ exit }) => exit?.kind === "exited" ? exit.code : undefined,
  signal: ({ exit }) => exit?.kind === "signaled" ? exit.signal : undefined,
  started: ({ startedAt }) => timeText(startedAt),
  ended: ({ endedAt }) => endedAt === undefined ? undefined : timeText(endedAt),
  seconds: ({ startedAt, endedAt }) =>
    endedAt === undefined ? undefined : (Math.max(0, endedAt - startedAt) / 1000).toFixed(3),
  worker: ({ worker }) => worker,
  node: ({ node }) => node,
  log_file: ({ logFile }) => logFile,
  cpu_seconds: ({ usage }) => usage?.cpuSeconds,
  peak_rss: ({ usage }) => usage?.peakRss,
};

/** Yields the lines of the table, the names of the columns first. */
export function* tableLines(rows: Iterable<RangeRow>): Generator<string> {
  const columns = Object.values(COLUMNS);
  yield `${Object.keys(COLUMNS).join("\t")}\n`;
  for (const row of rows) {
    yield `${columns.map((text) => escapeLine(`${text(row) ?? ""}`)).join("\t")}\n`;
  }
}

/** Returns the strings of a range, with a NUL between two of them, or its numbers. */
function itemsText({ items, startIndex, endIndex }: RangeRow): string {
  if (items !== undefined) return items.join("\0");
  return endIndex - startIndex === 1 ? `${startIndex}` : `${startIndex}-${endIndex - 1}`;
}

function timeText(t: number): string {
  return new Date(t).toISOString();
}

/** The failures that are listed, and whether their ranges may have several numbers. */
export interface FailedOptions {
  readonly open: Pick<OpenFailures<RangeRow>, "numbers" | "strings">;
  readonly isMadeOfItems: boolean;
  /** Whether each range of a job of numbers has one. */
  readonly isSingle: boolean;
}

/**
 * Yields the failed items: strings as they are; numbers of ranges of one; otherwise the first number of each range and the one
 * after its last, with a tab between them, as the placeholders `{start}` and `{end}` have them.
 */
export function* failedItems(
  { open, isMadeOfItems, isSingle }: FailedOptions,
): Generator<string> {
  if (isMadeOfItems) return yield* open.strings();
  for (const { startIndex, endIndex } of open.numbers) {
    yield isSingle ? `${startIndex}` : `${startIndex}\t${endIndex}`;
  }
}

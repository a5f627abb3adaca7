/**
 * Summary that stays in the scrollback when a run has ended.
 *
 * @module
 */
import { escapeHidden } from "../base/surrogate_escape.ts";
import type { RangeFailure, Suspect, WorkerState } from "../model/types.ts";
import { countFailed, isDone } from "../model/statuses.ts";
import { isAllDone, type RunState } from "../model/state.ts";
import { drawCounts, drawProgress } from "./grid/header.ts";
import {
  causeText,
  counterTexts,
  formatDuration,
  formatItems,
  formatRange,
  nameItems,
  plural,
  statusStyle,
  stopText,
} from "./wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { type Row, span, truncateRow } from "../terminal/style.ts";
import { fit } from "../terminal/width.ts";

/** Options of {@linkcode drawSummary}. */
export interface SummaryOptions {
  title: string;
  /** The width of the longest row, in columns. */
  width: number;
  /** Files and directories that have every failure. */
  records?: readonly string[];
  /** The command that runs again what was not done. */
  rerun?: string;
}

/** The number of workers from which on those that ended well share a line. */
const FOLD_FROM = 12;
/** The largest number of ranges that are named for failures that share their lines. */
const MAX_RANGES = 8;
/** The largest number of failures that are shown, those that share their lines counted once. */
const MAX_FAILURES = 10;
/** The largest number of warnings that are shown. */
const MAX_WARNINGS = 20;

/** Draws the end of a run: a line per worker, the final bar, remarks, and the first failures with their last log lines. */
export function drawSummary(
  state: RunState,
  { title, width, records = [], rerun }: SummaryOptions,
): Row[] {
  const final = { title, width, now: state.endedAt ?? state.startedAt };
  const rows = [
    ...drawWorkers(state),
    drawProgress(state, final),
    drawCounts(state, final),
    ...drawRemarks(state),
    ...drawFailures(state, records),
  ];
  // A command that is cut would be another one.
  return [...rows.map((row) => truncateRow(row, width)), ...drawRerun(state, rerun)];
}

/** Draws a row for the reason of a stop, for each counter that is not zero, and for each warning. */
function drawRemarks({ stopping, counters, warnings, omittedWarnings }: RunState): Row[] {
  const hasBadSignals = counters.malformed + counters.anomalies > 0;
  const moreWarnings = Math.max(0, warnings.length - MAX_WARNINGS) + omittedWarnings;
  return [
    ...(stopping ? [stopText(stopping.cause)] : []),
    ...counterTexts(counters),
    ...(hasBadSignals
      ? ["executor doctor -- <command…> explains what is wrong with such lines"]
      : []),
    ...warnings.slice(0, MAX_WARNINGS).map(sanitize),
    ...(moreWarnings > 0 ? [`… and ${plural(moreWarnings, "more warning")}`] : []),
  ].map((text) => [span("! ", "yellow"), span(text, "yellow")]);
}

/**
 * Draws the first failures, in the order of the items, each with its range, attempts, cause and last lines. Failures that differ
 * only in their range are joined. The last row counts the others, and names what has them.
 */
function drawFailures({ failures, counts }: RunState, records: readonly string[]): Row[] {
  const alike = Map.groupBy(
    failures.toSorted((a, b) => a.startIndex - b.startIndex),
    ({ status, cause, attempts, message, log, suspect }) =>
      JSON.stringify([status, causeText(cause), attempts, message, log, suspect]),
  );
  const groups = Array.from(alike.values()).slice(0, MAX_FAILURES);
  const more = countFailed(counts) - groups.reduce((sum, { length }) => sum + length, 0);
  return [
    ...groups.flatMap((group) => [
      [],
      failureHead(group),
      ...group[0]!.log.map((line): Row => [span("  │ ", "dim"), span(sanitize(line))]),
      ...drawLogFiles(group),
    ]),
    ...(more > 0 ? [[], [span(moreText(more, records))]] : []),
  ];
}

/** Draws the command that runs again what was not done, if there is anything. */
function drawRerun(state: RunState, rerun: string | undefined): Row[] {
  if (rerun === undefined || isAllDone(state)) return [];
  return [[], [span("to run again what was not done: ", "dim"), span(rerun)]];
}

/** Counts the failures that are not shown, and names what has them, or the options for the next time. */
function moreText(more: number, records: readonly string[]): string {
  const where = records.length > 0
    ? `: ${records.map(sanitize).join(", ")}`
    : " (--report, --log-dir or --journal would have them)";
  return `… and ${more} more${where}`;
}

/** Draws the paths of the log files that hold the whole output. */
function drawLogFiles(failures: readonly RangeFailure[]): Row[] {
  const files = failures.map(({ logFile }) => logFile).filter((file) => file !== undefined);
  const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
  return files.length === 0
    ? []
    : [[span(`  ╰ ${sanitize(escapeHidden(files[0]!))}${more}`, "dim")]];
}

function failureHead(group: readonly RangeFailure[]): Row {
  const { status, cause, attempts, message, suspect } = group[0]!;
  const lastMessage = message === "" ? "" : ` – ${sanitize(message)}`;
  const suspectItem = suspect === undefined ? "" : `, each time at ${suspectText(suspect)}`;
  return [
    span(status, statusStyle(status)),
    span(` ${rangesText(group)}`, "bold"),
    span(
      ` after ${plural(attempts, "attempt")}: ${
        sanitize(causeText(cause))
      }${suspectItem}${lastMessage}`,
    ),
  ];
}

function suspectText({ index, item }: Suspect): string {
  return sanitize(nameItems({
    startIndex: index,
    endIndex: index + 1,
    items: item === undefined ? undefined : [item],
  }));
}

/** Names the ranges in order, neighbours joined, with their number if there are several. */
function rangesText(failures: readonly RangeFailure[]): string {
  const [{ items, firstItem }] = failures as [RangeFailure];
  if (items !== undefined || firstItem !== undefined) return itemsText(failures);
  const joined: { startIndex: number; endIndex: number }[] = [];
  for (const { startIndex, endIndex } of failures.toSorted((a, b) => a.startIndex - b.startIndex)) {
    const last = joined.at(-1);
    if (last?.endIndex === startIndex) last.endIndex = endIndex;
    else joined.push({ startIndex, endIndex });
  }
  const [first, ...others] = joined.slice(0, MAX_RANGES);
  const more = joined.length > MAX_RANGES ? ["…"] : [];
  const count = failures.length > 1 ? ` (${failures.length} ranges)` : "";
  const rest = others.map(({ startIndex, endIndex }) => formatRange(startIndex, endIndex));
  return [formatItems(first!.startIndex, first!.endIndex), ...rest, ...more].join(", ") + count;
}

/** Names the first ranges by their items, with the number of ranges if there are several. */
function itemsText(failures: readonly RangeFailure[]): string {
  const names = failures.slice(0, MAX_RANGES).map((failure) => sanitize(nameItems(failure)));
  const more = failures.length > MAX_RANGES ? ["…"] : [];
  const count = failures.length > 1 ? ` (${failures.length} ranges)` : "";
  return [...names, ...more].join(", ") + count;
}

/** Draws a line per worker if each had one range. Draws nothing if there were more ranges than workers. */
function drawWorkers({ workers, ranges }: RunState): Row[] {
  const ended = ranges > workers.length ? [] : workers.filter(({ attempt }) => attempt > 0);
  const isFolded = ended.length >= FOLD_FROM;
  const shown = isFolded ? ended.filter(({ status }) => !isDone(status)) : ended;
  const folded = ended.length - shown.length;
  return [
    ...shown.map(drawWorker),
    ...(folded > 0 ? [[span(`${plural(folded, "worker")} ended well`, "green")]] : []),
  ];
}

function drawWorker(worker: WorkerState): Row {
  const { status, index, extraData, attempt, startedAt, endedAt } = worker;
  const name = sanitize(nameItems(extraData));
  const time = startedAt === undefined || endedAt === undefined
    ? ""
    : formatDuration(endedAt - startedAt);
  return [
    span(fit(status, 9), statusStyle(status)),
    span(`worker ${index}`.padEnd(11), "bold"),
    span(extraData.items === undefined ? name.padEnd(20) : `${fit(name, 30)} `),
    span(`attempt ${attempt}  ${time.padStart(5)}  `, "dim"),
    span(sanitize(worker.cause ? causeText(worker.cause) : worker.message)),
  ];
}

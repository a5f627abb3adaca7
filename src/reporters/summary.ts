/**
 * Summary that stays in the scrollback when a run has ended.
 *
 * @module
 */
import { escapeHidden } from "../base/surrogate_escape.ts";
import type { RangeFailure, Suspect, WorkerState } from "../model/types.ts";
import { isDone } from "../model/statuses.ts";
import type { RunState } from "../model/state.ts";
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
}

/** The number of workers from which on those that ended well share a line. */
const FOLD_FROM = 12;
/** The largest number of ranges that are named for failures that share their lines. */
const MAX_RANGES = 8;

/** Draws the end of a run: a line per worker, the final bar, remarks, and each failure with its last log lines. */
export function drawSummary(state: RunState, { title, width }: SummaryOptions): Row[] {
  const final = { title, width, now: state.endedAt ?? state.startedAt };
  return [
    ...drawWorkers(state),
    drawProgress(state, final),
    drawCounts(state, final),
    ...drawRemarks(state),
    ...drawFailures(state.failures),
  ].map((row) => truncateRow(row, width));
}

/** Draws a row for the reason of a stop, for each counter that is not zero, and for each warning. */
function drawRemarks({ stopping, counters, warnings }: RunState): Row[] {
  const hasBadSignals = counters.malformed + counters.anomalies > 0;
  return [
    ...(stopping ? [stopText(stopping.cause)] : []),
    ...counterTexts(counters),
    ...(hasBadSignals
      ? ["executor doctor -- <command…> explains what is wrong with such lines"]
      : []),
    ...warnings.map(sanitize),
  ].map((text) => [span("! ", "yellow"), span(text, "yellow")]);
}

/** Draws each failure with its range, attempts, cause and last lines. Failures that differ only in their range are joined. */
function drawFailures(failures: readonly RangeFailure[]): Row[] {
  const alike = Map.groupBy(
    failures,
    ({ status, cause, attempts, message, log, suspect }) =>
      JSON.stringify([status, causeText(cause), attempts, message, log, suspect]),
  );
  return Array.from(alike.values()).flatMap((group) => [
    [],
    failureHead(group),
    ...group[0]!.log.map((line): Row => [span("  │ ", "dim"), span(sanitize(line))]),
    ...drawLogFiles(group),
  ]);
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
  if (failures[0]!.items !== undefined) return itemsText(failures);
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

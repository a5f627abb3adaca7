/**
 * What should stay in the scrollback when a run is over.
 *
 * @module
 */
import { isDone, type RangeFailure, type StopCause, type WorkerState } from "../models.ts";
import type { RunState } from "../state.ts";
import { drawCounts, drawProgress } from "./grid/header.ts";
import { formatDuration, formatRange, plural } from "./text/format.ts";
import { sanitize } from "./text/sanitize.ts";
import { fitRow, type Row, span, statusStyle, truncateRow } from "./text/style.ts";

/** What a closing summary is drawn with. */
export interface ClosingOptions {
  title: string;
  /** Columns that a row may take. */
  width: number;
}

/** From so many workers on, those that ended well share a line. */
const FOLD_FROM = 12;

/** Draws the end of a run: a line per worker, the final bar, what was irregular, and each failure with its log. */
export function drawClosing(state: RunState, { title, width }: ClosingOptions): Row[] {
  const final = { title, width, now: state.endedAt ?? state.startedAt };
  return [
    ...drawWorkers(state).map((row) => truncateRow(row, width)),
    truncateRow(drawProgress(state, final), width),
    drawCounts({ ...state, stopping: undefined }, final),
    ...drawRemarks(state).map((row) => truncateRow(row, width)),
    ...drawFailures(state.failures).map((row) => truncateRow(row, width)),
  ];
}

/** What went otherwise than it should, a row each: why it was stopped, irregularities, warnings. */
export function drawRemarks({ stopping, irregularities, warnings, ...state }: RunState): Row[] {
  const { malformed, anomalies, droppedBytes, leaked, forcedKills } = irregularities;
  const { SUCCESS, FINISHED, FAILED, CRASHED } = state.counts;
  const left = state.ranges - SUCCESS - FINISHED - FAILED - CRASHED;
  const remarks: [number, string][] = [
    [
      malformed,
      `${plural(malformed, "malformed line")} (a known prefix, but a value that does not parse)`,
    ],
    [
      anomalies,
      `${plural(anomalies, "anomaly", "anomalies")} (progress went backwards or past its range)`,
    ],
    [droppedBytes, `${plural(droppedBytes, "byte")} dropped from lines longer than 64 KiB`],
    [leaked, `${plural(leaked, "attempt")} left processes behind, which were ended`],
    [forcedKills, `${plural(forcedKills, "attempt")} had to be killed after the grace period`],
  ];
  return [
    ...(stopping ? [`stopped by ${stopText(stopping.cause)}`] : []),
    ...(left > 0 ? [`${plural(left, "range")} not started`] : []),
    ...remarks.filter(([count]) => count > 0).map(([, text]) => text),
    ...warnings.map(sanitize),
  ].map((text) => [span("! ", "yellow"), span(text, "yellow")]);
}

/** The failures: their range, attempts, reason and last lines; those that differ in their range alone share a line. */
export function drawFailures(failures: readonly RangeFailure[]): Row[] {
  const alike = Map.groupBy(
    failures,
    ({ status, reason, attempts, log }) => JSON.stringify([status, reason, attempts, log]),
  );
  return Array.from(alike.values()).flatMap((group) => [
    [],
    failureHead(group),
    ...group[0]!.log.map((line): Row => [span("  │ ", "dim"), span(sanitize(line))]),
  ]);
}

/** What stopped a run, in words. */
export function stopText(cause: StopCause): string {
  switch (cause.kind) {
    case "signal":
      return cause.signal;
    case "abort":
      return "the program that started it";
    case "runTimeout":
      return "its time-out";
    case "halt":
      return plural(cause.failures, "failure");
  }
}

function failureHead(group: readonly RangeFailure[]): Row {
  const { status, reason, attempts } = group[0]!;
  const ranges = group.slice(0, 8).map(({ startIndex, endIndex }) =>
    formatRange(startIndex, endIndex)
  );
  const more = group.length > ranges.length ? `, … (${group.length} ranges)` : "";
  const items = group.length === 1 && group[0]!.endIndex - group[0]!.startIndex === 1
    ? "item"
    : "items";
  return [
    span(status, statusStyle(status)),
    span(` ${items} ${ranges.join(", ")}${more}`, "bold"),
    span(` after ${plural(attempts, "attempt")}: ${sanitize(reason)}`),
  ];
}

function drawWorkers({ workers }: RunState): Row[] {
  const ended = workers.filter(({ attempt }) => attempt > 0);
  const isFolded = ended.length >= FOLD_FROM;
  const shown = isFolded ? ended.filter(({ status }) => !isDone(status)) : ended;
  const folded = ended.length - shown.length;
  return [
    ...shown.map(drawWorker),
    ...(folded > 0 ? [[span(`${plural(folded, "worker")} ended well`, "green")]] : []),
  ];
}

function drawWorker(worker: WorkerState): Row {
  const { status, index, extraData: { startIndex, endIndex }, attempt, startedAt, endedAt } =
    worker;
  const time = startedAt === undefined || endedAt === undefined
    ? ""
    : formatDuration(endedAt - startedAt);
  const note = worker.reason ?? worker.message;
  return [
    ...fitRow([span(status, statusStyle(status))], 9),
    span(`worker ${index}`.padEnd(11), "bold"),
    span(`items ${formatRange(startIndex, endIndex)}`.padEnd(20)),
    span(`attempt ${attempt}  ${time.padStart(5)}  `, "dim"),
    span(sanitize(note)),
  ];
}

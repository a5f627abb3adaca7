/**
 * Summary of a run that has ended: failures, remarks, and the totals as the last row. It is what stays in the scrollback.
 *
 * @module
 */
import { escapeHidden } from "../base/surrogate_escape.ts";
import { meanRate } from "../model/estimate.ts";
import {
  doneRanges,
  elapsedMs,
  hasOneItemEach,
  isAllDone,
  resumedRanges,
  type RunState,
  stoppedRanges,
  wholeItems,
} from "../model/state.ts";
import { countFailed } from "../model/statuses.ts";
import type { RangeFailure, Suspect } from "../model/types.ts";
import {
  causeText,
  counterTexts,
  formatBytes,
  formatRate,
  formatTime,
  nameItems,
  plural,
  statusStyle,
  stopText,
} from "./wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { type Row, rowWidth, type Span, span, type Style } from "../terminal/style.ts";
import { truncate } from "../terminal/width.ts";

/** Options of {@linkcode drawSummary}. */
export interface SummaryOptions {
  title: string;
  /** Returns the files, directories and commands that have every failure. */
  records?: () => readonly string[];
  /** Returns the command that runs again what is not done, if there is one. */
  rerun?: () => string | undefined;
  /** What would show the lines that workers print. */
  outputHint?: string;
  /**
   * The width of the terminal, in columns: figures that would make the totals wider are left out. Nothing else is cut.
   *
   * @default {Infinity}
   */
  width?: number;
}

/** The largest number of failures that are shown. */
const MAX_FAILURES = 10;
/** The largest number of log lines that are shown of all failures together: each has the same part. */
const MAX_LOG_LINES = 100;
/** The largest width of a log line, in columns. */
const MAX_LINE_WIDTH = 300;
/** The largest number of warnings that are shown. */
const MAX_WARNINGS = 20;
/** An attempt with at least this much memory is named, in bytes. */
const MUCH_MEMORY = 256 * 2 ** 20;
/** The largest width of the title, in columns. */
const MAX_TITLE_WIDTH = 60;

/** Draws the end of a run: the first failures, remarks, the command that runs the rest again, and the totals. */
export function drawSummary(
  state: RunState,
  { title, records = () => [], rerun, outputHint, width = Infinity }: SummaryOptions,
): Row[] {
  const groups = firstFailures(state);
  const failures = drawFailures(state, { groups, records });
  return [
    ...failures,
    ...(failures.length > 0 ? [[]] : []),
    ...drawRemarks(state),
    ...drawLargest(state),
    ...drawOutputHint(state, { groups, outputHint }),
    ...drawRerun(state, rerun),
    drawTotals(state, { title, width }),
  ];
}

/** Draws a row for the reason of a stop, for each counter that is not zero, and for each warning. */
function drawRemarks({ stopping, counters, warnings, omittedWarnings }: RunState): Row[] {
  const isUnready = stopping?.cause.kind === "neverReady";
  const hasBadSignals = counters.malformed + counters.anomalies > 0;
  const moreWarnings = Math.max(0, warnings.length - MAX_WARNINGS) + omittedWarnings;
  return [
    ...(stopping ? [stopText(stopping.cause)] : []),
    // The reason counts them.
    ...counterTexts(isUnready ? { ...counters, launchFailures: 0 } : counters),
    ...(hasBadSignals
      ? ["executor doctor -- <command…> explains what is wrong with such lines"]
      : []),
    ...warnings.slice(0, MAX_WARNINGS).map(sanitize),
    ...(moreWarnings > 0 ? [`… and ${plural(moreWarnings, "more warning")}`] : []),
  ].map((text) => [span("! ", "yellow"), span(text, "yellow")]);
}

/** Names the item, or the range, that had the most memory, if that is much or a range ran out of memory. */
function drawLargest({ largest, failures }: RunState): Row[] {
  if (largest === undefined) return [];
  const { peakRss } = largest;
  const causes = failures.map(({ cause }) => cause).filter(({ kind }) => kind === "out-of-memory");
  // One that was ended at its limit had more, and too soon for its usage to be known.
  const hadMore = causes.some((cause) => "limit" in cause && Number(cause.limit) > peakRss);
  if (hadMore || (peakRss < MUCH_MEMORY && causes.length === 0)) return [];
  const items = sanitize(nameItems(largest));
  return [[span(`most memory: ${items}, ${formatBytes(peakRss)}`, "dim")]];
}

/** Failures that follow each other, and printed the same. Their log is shown once. */
interface FailureGroup {
  readonly failures: readonly [RangeFailure, ...RangeFailure[]];
  /** The lines to show. */
  readonly log: readonly string[];
}

/** Draws a row that counts the log lines which are not shown, and names what would show them. */
function drawOutputHint(
  { logLines }: RunState,
  { groups, outputHint }: { groups: readonly FailureGroup[]; outputHint?: string },
): Row[] {
  const shown = groups.reduce((sum, { failures, log }) => sum + failures.length * log.length, 0);
  const hidden = logLines - shown;
  if (outputHint === undefined || hidden <= 0) return [];
  return [[span(`workers printed ${plural(hidden, "line")}, not shown: ${outputHint}`, "dim")]];
}

/** Draws the command that runs again what is not done, if there is anything. It is not cut: that would be another command. */
function drawRerun(state: RunState, rerun: SummaryOptions["rerun"]): Row[] {
  const command = isAllDone(state) ? undefined : rerun?.();
  if (command === undefined) return [];
  return [[span("to run again what was not done: ", "dim"), span(sanitize(command))]];
}

/**
 * Draws failures, each with its attempts and its cause. The last log lines follow; of neighbours that printed the same they
 * follow once. The last row counts the other failures, and names what has them.
 */
function drawFailures(
  { counts }: RunState,
  { groups, records }: { groups: readonly FailureGroup[]; records: () => readonly string[] },
): Row[] {
  const shown = groups.reduce((sum, { failures }) => sum + failures.length, 0);
  const more = countFailed(counts) - shown;
  return [
    ...groups.flatMap(({ failures, log }, index) => [
      ...(index === 0 ? [] : [[]]),
      ...failures.map(drawFailure),
      ...log.map(drawLogLine),
      ...drawLogFiles(failures),
    ]),
    ...(more > 0 ? [[], [span(moreText(more, records()))]] : []),
  ];
}

/** Returns the first failures in the order of the items, in groups. Their logs have a hundred lines together, by and large. */
function firstFailures({ failures }: RunState): FailureGroup[] {
  const first = failures.toSorted((a, b) => a.startIndex - b.startIndex).slice(0, MAX_FAILURES);
  const groups = groupAlike(first);
  const lines = Math.floor(MAX_LOG_LINES / groups.length);
  return groups.map((failures) => ({ failures, log: failures[0].log.slice(-lines) }));
}

/** Puts failures that follow each other, and printed the same, together. */
function groupAlike(failures: readonly RangeFailure[]): FailureGroup["failures"][] {
  const groups: [RangeFailure, ...RangeFailure[]][] = [];
  let before: string | undefined;
  for (const failure of failures) {
    const printed = JSON.stringify([failure.message, failure.log]);
    if (printed === before) groups.at(-1)!.push(failure);
    else groups.push([failure]);
    before = printed;
  }
  return groups;
}

function drawFailure(failure: RangeFailure): Row {
  const { status, cause, attempts, message, suspect, startIndex, endIndex } = failure;
  const lastMessage = message === "" ? "" : ` – ${sanitize(message)}`;
  const isKnown = suspect === undefined || endIndex - startIndex === 1;
  const suspectItem = isKnown ? "" : `, each time at ${suspectText(suspect)}`;
  const why = sanitize(causeText(cause));
  return [
    span(status, statusStyle(status)),
    span(` ${sanitize(nameItems(failure))}`, "bold"),
    span(` after ${plural(attempts, "attempt")}: ${why}${suspectItem}${lastMessage}`),
  ];
}

function suspectText({ index, item }: Suspect): string {
  const items = item === undefined ? undefined : [item];
  return sanitize(nameItems({ startIndex: index, endIndex: index + 1, items }));
}

function drawLogLine(line: string): Row {
  return [span("  │ ", "dim"), span(truncate(sanitize(line), MAX_LINE_WIDTH))];
}

/** Draws the path of the log file that holds the whole output, and counts those of neighbours that printed the same. */
function drawLogFiles(failures: readonly RangeFailure[]): Row[] {
  const files = failures.map(({ logFile }) => logFile).filter((file) => file !== undefined);
  const more = files.length > 1 ? ` and ${files.length - 1} more` : "";
  return files.length === 0
    ? []
    : [[span(`  ╰ ${sanitize(escapeHidden(files[0]!))}${more}`, "dim")]];
}

/** Counts the failures that are not shown, and names what has them, or the options for the next time. */
function moreText(more: number, records: readonly string[]): string {
  const where = records.length > 0
    ? `: ${records.map(sanitize).join(", ")}`
    : " (--report, --log-dir or --journal would have them)";
  return `… and ${more} more${where}`;
}

/** Draws the totals in items where each range has one, otherwise in ranges and items. */
function drawTotals(state: RunState, { title, width }: { title: string; width: number }): Row {
  const now = state.endedAt ?? state.startedAt;
  const { retries, doneItems, totalItems } = state;
  const items = hasOneItemEach(state)
    ? []
    : [`${wholeItems(doneItems)} of ${plural(totalItems, "item")} done`];
  const retried = retries > 0 ? [plural(retries, "retry", "retries")] : [];
  const rate = meanRate(state, now);
  const speed = rate === undefined ? [] : [formatRate(rate, "items")];
  const figures = [...items, formatTime(elapsedMs(state, now)), ...speed, ...retried];
  const counts = [
    span(`${truncate(sanitize(title), MAX_TITLE_WIDTH)}: `, "bold"),
    ...countSpans(state),
    span(` of ${totalText(state)}`),
  ];
  const row = () => [...counts, span(figures.map((text) => ` · ${text}`).join(""), "dim")];
  while (figures.length > 0 && rowWidth(row()) > width) figures.pop();
  return row();
}

/** Draws how many ranges, or items where each range has one, are done, failed, were stopped, or were not started. */
function countSpans(state: RunState): Span[] {
  const { counts: { CRASHED }, counts } = state;
  const [done, before] = [doneRanges(state), resumedRanges(state)];
  const parts = [
    ...(before > 0 ? [`${before} before`] : []),
    ...(state.skipped > 0 ? [`${state.skipped} skipped`] : []),
  ];
  const crashed = CRASHED > 0 ? ` (${CRASHED} crashed)` : "";
  const counted: [number, string, Style][] = [
    [done, `done${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`, done > 0 ? "green" : "plain"],
    [countFailed(counts), `failed${crashed}`, "red"],
    [stoppedRanges(state), "stopped", "yellow"],
    [unstartedRanges(state), "not started", "yellow"],
  ];
  return counted.filter(([count], index) => index === 0 || count > 0)
    .flatMap(([count, word, style], index) => [
      ...(index === 0 ? [] : [span(" · ", "dim")]),
      span(`${count} ${word}`, style),
    ]);
}

/** Counts the ranges that were not started. Of a list that was not read to its end, those that have been read. */
function unstartedRanges(state: RunState): number {
  const { areRangesKnown, isTotalKnown, totalItems, pending } = state;
  if (areRangesKnown || !isTotalKnown || !hasOneItemEach(state)) return pending;
  return totalItems - doneRanges(state) - countFailed(state.counts) - stoppedRanges(state);
}

function totalText(state: RunState): string {
  const { ranges, areRangesKnown, totalItems, isTotalKnown } = state;
  const isOne = hasOneItemEach(state);
  const total = isOne ? plural(totalItems, "item") : plural(ranges, "range");
  return (isOne ? isTotalKnown : areRangesKnown) ? total : `${total} (not all were read)`;
}

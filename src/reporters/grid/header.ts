/**
 * Header of a frame: progress, counts by status, nodes.
 *
 * @module
 */
import { estimate, meanRate } from "../../model/estimate.ts";
import type { StopLevel } from "../../model/types.ts";
import {
  currentWork,
  doneRanges,
  elapsedMs,
  endedRanges,
  hasOneItemEach,
  isRunning,
  isWaiting,
  resumedRanges,
  type RunState,
  stoppedRanges,
  wholeItems,
} from "../../model/state.ts";
import { FAILED_STATUSES } from "../../model/statuses.ts";
import {
  formatDuration,
  formatPercent,
  formatRate,
  plural,
  startWaitText,
  statusStyle,
} from "../wording.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { fitRow, type Row, rowWidth, type Span, span, type Style } from "../../terminal/style.ts";
import { textWidth, truncate } from "../../terminal/width.ts";
import { type BarPart, drawBar } from "./bar.ts";

/** Options of {@linkcode drawProgress}. */
export interface HeaderOptions {
  title: string;
  /** The width of a row, in columns. */
  width: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** The smallest and the largest width of the bar. */
const MIN_BAR = 8;
const MAX_BAR = 60;

/** Draws title, bar and figures in one row. If there is no room, the least important figures are left out. */
export function drawProgress(state: RunState, options: HeaderOptions): Row {
  const { width } = options;
  const title = truncate(sanitize(options.title), Math.max(8, Math.floor(width / 3)));
  const figures = progressFigures(state, options);
  const isTooWide = () => textWidth(title) + 1 + MIN_BAR + figuresWidth(figures) > width;
  while (figures.length > 1 && isTooWide()) figures.pop();
  const room = width - textWidth(title) - 1 - figuresWidth(figures);
  // A bar needs a total.
  const bar = room < MIN_BAR || !state.isTotalKnown
    ? []
    : drawBar(barParts(state), Math.min(room, MAX_BAR));
  return fitRow([
    span(title, "bold"),
    span(" "),
    ...bar,
    ...figures.map((text) => span(` ${text}`)),
  ], width);
}

/** Draws the number of ranges by status in one row; they are called items if each has one. */
export function drawCounts(
  state: RunState,
  { width, now }: Pick<HeaderOptions, "width" | "now">,
): Row {
  const { counts, workers, pending, retries, areRangesKnown, endedAt } = state;
  const isOver = endedAt !== undefined;
  const unit = hasOneItemEach(state) ? "items" : "ranges";
  const counted: [number, string, Style][] = [
    [workers.filter(isRunning).length, "running", statusStyle("RUNNING")],
    [workers.filter(isWaiting).length, "retrying", statusStyle("RETRYING")],
    [
      pending,
      isOver ? "not started" : `pending${areRangesKnown ? "" : ", more to come"}`,
      isOver ? "yellow" : statusStyle("PENDING"),
    ],
    [stoppedRanges(state), "stopped", statusStyle("RETRYING")],
    [doneRanges(state), doneText(state), statusStyle("SUCCESS")],
    ...FAILED_STATUSES.map((status): [number, string, Style] => [
      counts[status],
      status.toLowerCase(),
      statusStyle(status),
    ]),
  ];
  const shown = counted.filter(([count, name]) => count > 0 || name.startsWith("done"));
  const spans = shown.flatMap(([count, name, style], index) => [
    span(index === 0 ? `${unit}: ` : " · ", "dim"),
    span(`${count} ${name}`, count > 0 ? style : "dim"),
  ]);
  const retried = retries > 0 ? [span(` · ${plural(retries, "retry", "retries")}`, "dim")] : [];
  const rows = [
    [...spans, ...retried, ...workerSpans(state, now), ...stopSpans(state)],
    [...spans, ...workerSpans(state, now), ...stopSpans(state)],
    [...spans, ...stateSpans(state)],
  ];
  return fitRow(rows.find((row) => rowWidth(row) <= width) ?? rows.at(-1)!, width);
}

/** Returns the word for ranges that are done, with those that earlier runs have done, and those that were skipped. */
function doneText(state: RunState): string {
  const before = resumedRanges(state);
  const parts = [
    ...(before > 0 ? [`${before} before`] : []),
    ...(state.skipped > 0 ? [`${state.skipped} skipped`] : []),
  ];
  return parts.length === 0 ? "done" : `done (${parts.join(", ")})`;
}

/** Draws the number of running workers per node, if there are several nodes. Counts the nodes without room. */
export function drawNodes({ workers }: RunState, { width }: { width: number }): Row[] {
  const running = new Map<string, number>();
  for (const worker of workers) {
    if (worker.node === undefined) continue;
    const before = running.get(worker.node) ?? 0;
    running.set(worker.node, before + (isRunning(worker) ? 1 : 0));
  }
  if (running.size < 2) return [];
  const nodes = Array.from(running).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const row: Span[] = [span("nodes: ", "dim")];
  for (const [index, [node, count]] of nodes.entries()) {
    const rest = nodes.length - index;
    const next = span(`${sanitize(node)} ${count}`, count > 0 ? statusStyle("RUNNING") : "dim");
    const isLast = rest === 1;
    const isFull = rowWidth([...row, next]) + (isLast ? 0 : ` · +${rest} more`.length) > width;
    if (isFull) return [fitRow([...row, span(`+${rest} more`, "dim")], width)];
    row.push(next, ...(isLast ? [] : [span(" · ", "dim")]));
  }
  return [fitRow(row, width)];
}

/** Draws what holds starts back: fewer workers or a pause, as a person wanted it, or what starts wait for. */
function workerSpans(state: RunState, now: number): Span[] {
  const { numWorkers, workers, isPaused, startWait, endedAt } = state;
  if (endedAt !== undefined) return [];
  const isSmaller = numWorkers < workers.length;
  return [
    ...(isSmaller ? [span(` · ${plural(numWorkers, "worker")} wanted`, "dim")] : []),
    ...(isPaused ? [span("  paused: no new ranges start (p resumes)", "yellow")] : []),
    ...(startWait !== undefined && !isPaused
      ? [span(`  ${startWaitText(startWait, now)}`, "yellow")]
      : []),
  ];
}

function stopSpans({ stopping, endedAt }: RunState): Span[] {
  if (stopping === undefined || endedAt !== undefined) return [];
  const { how, cause } = stopping;
  const hint = cause.kind === "signal" ? STOP_HINTS[how] : "";
  return [span("  "), span(STOP_WORDS[how] + hint, "yellow")];
}

/** Draws in a word what holds up new ranges, if there is no room for more: no key is cut. */
function stateSpans({ stopping, isPaused, startWait, endedAt }: RunState): Span[] {
  if (endedAt !== undefined) return [];
  const held = isPaused ? "paused" : startWait === undefined ? "" : `waiting: ${startWait.kind}`;
  const word = stopping === undefined ? held : STOP_WORD[stopping.how];
  return word === "" ? [] : [span(`  ${word}`, "yellow")];
}

const STOP_WORD: Record<StopLevel, string> = {
  drain: "finishing",
  stop: "stopping",
  kill: "killing",
};

const STOP_WORDS: Record<StopLevel, string> = {
  drain: "finishing: no new ranges start",
  stop: "stopping: workers were asked to end",
  kill: "killing the workers",
};

const STOP_HINTS: Record<StopLevel, string> = {
  drain: "",
  stop: " (Ctrl-C to kill them)",
  kill: " (Ctrl-C to leave at once)",
};

/** Returns the figures of a run, the most important first. */
function progressFigures(state: RunState, { now }: HeaderOptions): string[] {
  const { totalItems, isTotalKnown, endedAt } = state;
  const done = currentWork(state);
  const figures = [
    ...(isTotalKnown ? [formatPercent(done, totalItems)] : []),
    formatCount(state, done),
    formatDuration(elapsedMs(state, now)),
  ];
  const { rate, eta } = endedAt === undefined
    ? estimate(state, now)
    : { rate: meanRate(state, now) };
  return [
    ...figures,
    ...(eta === undefined ? [] : [`ETA ${formatDuration(eta)}`]),
    ...(rate === undefined ? [] : [formatRate(rate)]),
  ];
}

/** Formats items done and the total, with a plus if the total may grow. */
function formatCount({ totalItems, isTotalKnown }: RunState, done: number): string {
  return `${wholeItems(done)}/${totalItems}${isTotalKnown ? "" : "+"}`;
}

function figuresWidth(figures: readonly string[]): number {
  return figures.reduce((sum, text) => sum + 1 + textWidth(text), 0);
}

/** Returns what is done, and the ranges that failed. */
function barParts(state: RunState): [BarPart, BarPart] {
  const done = state.totalItems === 0 ? 1 : currentWork(state) / state.totalItems;
  const failed = endedRanges(state) - doneRanges(state);
  return [
    { share: done, style: statusStyle(state.endedAt === undefined ? "RUNNING" : "SUCCESS") },
    { share: failed === 0 ? 0 : failed / state.ranges, style: statusStyle("FAILED") },
  ];
}

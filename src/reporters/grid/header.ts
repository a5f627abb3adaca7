/**
 * The whole run in two rows.
 *
 * @module
 */
import type { StopLevel } from "../../models.ts";
import {
  currentItems,
  doneRanges,
  elapsedMs,
  endedRanges,
  isRunning,
  isWaiting,
  type RunState,
} from "../../state.ts";
import { formatDuration, formatPercent, formatRate, plural } from "../text/format.ts";
import { sanitize } from "../text/sanitize.ts";
import { fitRow, type Row, type Span, span } from "../text/style.ts";
import { textWidth, truncate } from "../text/width.ts";
import { drawBar } from "./bar.ts";

/** What a header is drawn with. */
export interface HeaderOptions {
  title: string;
  /** Columns that a row may take. */
  width: number;
  /** Milliseconds since 1970. */
  now: number;
  /** Items a second of late, if that is known. */
  rate?: number;
}

/** No bar is narrower. */
const MIN_BAR = 8;
const MAX_BAR = 60;

/** Title, bar and figures in one row; what there is no room for is left out, the least telling first. */
export function drawProgress(state: RunState, options: HeaderOptions): Row {
  const { width } = options;
  const title = truncate(sanitize(options.title), Math.max(8, Math.floor(width / 3)));
  const figures = progressFigures(state, options);
  const isTooWide = () => textWidth(title) + 1 + MIN_BAR + figuresWidth(figures) > width;
  while (figures.length > 1 && isTooWide()) figures.pop();
  const room = width - textWidth(title) - 1 - figuresWidth(figures);
  const share = state.totalItems === 0 ? 1 : currentItems(state) / state.totalItems;
  const bar = room < MIN_BAR ? [] : drawBar(share, Math.min(room, MAX_BAR), barStyle(state));
  return fitRow([
    span(title, "bold"),
    span(" "),
    ...bar,
    ...figures.map((text) => span(` ${text}`)),
  ], width);
}

/** The ranges by status in one row. */
export function drawCounts(state: RunState, { width }: { width: number }): Row {
  const { counts, workers, pending, retries, resumedRanges, endedAt } = state;
  const isOver = endedAt !== undefined;
  const counted: [number, string, Span["style"]][] = [
    [workers.filter(isRunning).length, "running", "blue"],
    [workers.filter(isWaiting).length, "retrying", "yellow"],
    [pending, isOver ? "not started" : "pending", isOver ? "yellow" : "dim"],
    [doneRanges(state), resumedRanges > 0 ? `done (${resumedRanges} before)` : "done", "green"],
    [counts.FAILED, "failed", "red"],
    [counts.CRASHED, "crashed", "red"],
  ];
  const shown = counted.filter(([count, name]) => count > 0 || name.startsWith("done"));
  const spans = shown.flatMap(([count, name, style], index) => [
    span(index === 0 ? "ranges: " : " · ", "dim"),
    span(`${count} ${name}`, count > 0 ? style : "dim"),
  ]);
  const retried = retries > 0 ? [span(` · ${plural(retries, "retry", "retries")}`, "dim")] : [];
  return fitRow([...spans, ...retried, ...workerSpans(state), ...stopSpans(state)], width);
}

/** What somebody has changed of the pool. */
function workerSpans({ numWorkers, workers, isPaused, endedAt }: RunState): Span[] {
  if (endedAt !== undefined) return [];
  const isSmaller = numWorkers < workers.length;
  return [
    ...(isSmaller ? [span(` · ${plural(numWorkers, "worker")} wanted`, "dim")] : []),
    ...(isPaused ? [span("  paused: nothing more starts (p goes on)", "yellow")] : []),
  ];
}

function stopSpans({ stopping, endedAt }: RunState): Span[] {
  if (stopping === undefined || endedAt !== undefined) return [];
  const { how, cause } = stopping;
  const hint = cause.kind === "signal" ? STOP_HINTS[how] : "";
  return [span("  "), span(STOP_WORDS[how] + hint, "yellow")];
}

const STOP_WORDS: Record<StopLevel, string> = {
  drain: "finishing: what runs may end, nothing more starts",
  stop: "stopping: workers were asked to end",
  kill: "killing the workers",
};

const STOP_HINTS: Record<StopLevel, string> = {
  drain: "",
  stop: " (Ctrl-C to kill them)",
  kill: " (Ctrl-C to leave at once)",
};

/** The figures of a run, the most telling first. */
function progressFigures(state: RunState, { now, rate }: HeaderOptions): string[] {
  const done = currentItems(state);
  const { totalItems, resumedItems, endedAt, stopping } = state;
  const elapsed = elapsedMs(state, now);
  const figures = [
    formatPercent(done, totalItems),
    `${done}/${totalItems}`,
    formatDuration(elapsed),
  ];
  if (endedAt !== undefined && elapsed > 0 && done > resumedItems) {
    return [...figures, formatRate(1000 * (done - resumedItems) / elapsed)];
  }
  // A run that is being stopped will not arrive.
  if (rate === undefined || rate <= 0 || stopping !== undefined) return figures;
  return [...figures, `ETA ${formatDuration(1000 * (totalItems - done) / rate)}`, formatRate(rate)];
}

function figuresWidth(figures: readonly string[]): number {
  return figures.reduce((sum, text) => sum + 1 + textWidth(text), 0);
}

function barStyle(state: RunState): Span["style"] {
  if (endedRanges(state) > doneRanges(state)) return "red";
  return state.endedAt !== undefined && doneRanges(state) === state.ranges ? "green" : "cyan";
}

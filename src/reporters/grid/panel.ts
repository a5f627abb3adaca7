/**
 * Panel of one worker.
 *
 * @module
 */
import type { WorkerState } from "../../model/types.ts";
import { remainingMs } from "../../model/estimate.ts";
import { isDone, isFailed } from "../../model/statuses.ts";
import { clampedProgress, isRunning, isWaiting, quietMs, wholeItems } from "../../model/state.ts";
import {
  causeText,
  formatBytes,
  formatDuration,
  formatPercent,
  formatRate,
  formatTime,
  nameItems,
  plural,
  statusStyle,
} from "../wording.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { fitRow, type Row, rowWidth, type Span, span } from "../../terminal/style.ts";
import { showBytes } from "../../base/surrogate_escape.ts";
import { fit, textWidth, truncate, truncateStart } from "../../terminal/width.ts";
import { drawBar } from "./bar.ts";
import type { Tier } from "./layout.ts";

/** Options of {@linkcode drawPanel}. */
export interface PanelOptions {
  tier: Tier;
  /** The width of each row, in columns. */
  width: number;
  /** Milliseconds since 1970. */
  now: number;
  /** The stall time-out of the run, in milliseconds. */
  stallTimeout?: number;
  /** Whether the worker was chosen with the arrow keys. */
  isChosen?: boolean;
  /**
   * The width of the longest number of a worker: lines are aligned to it.
   *
   * @default {1}
   */
  digits?: number;
}

/** The smallest width of a line that has room for a bar, and the width of that bar. */
const LINE_WITH_BAR = 60;
const LINE_BAR = 20;
/** The smallest width of a line with the age of a resident process, and of one with its ranges, too. */
const LINE_WITH_AGE = 72;
const LINE_WITH_RANGES = 96;
/** The widths of both, with the space after them. */
const AGE_WIDTH = 10;
const RANGES_WIDTH = 12;

/** Draws a worker in the number of rows of its tier, each exactly `width` columns wide. */
export function drawPanel(worker: WorkerState, options: PanelOptions): Row[] {
  switch (options.tier) {
    case "full":
      return drawFull(worker, options);
    case "compact":
      return drawCompact(worker, options);
    case "line":
      return [drawLine(worker, options)];
  }
}

/** Returns the width at which no text of a panel is cut, in columns. */
export function uncutPanelWidth(worker: WorkerState, options: Omit<PanelOptions, "width">): number {
  const note = textWidth(noteSpan(worker, options).text);
  switch (options.tier) {
    case "full": {
      const range = pairWidth(rangeText(worker), attemptText(worker));
      const pace = pairWidth(paceText(worker, options), usageTexts(worker).at(-1) ?? "");
      return 4 + Math.max(range, pace, note);
    }
    case "compact":
      return Math.max(pairWidth(rowText(compactHead(worker, {})), attemptText(worker)), note);
    case "line":
      return rowWidth(lineHead(worker, { ...options, width: 0 })) + note;
  }
}

/** Returns the width of two texts at the ends of a row. */
function pairWidth(left: string, right: string): number {
  return textWidth(left) + (right === "" ? 0 : 1 + textWidth(right));
}

function rowText(row: Row): string {
  return row.map(({ text }) => text).join("");
}

function drawFull(worker: WorkerState, options: PanelOptions): Row[] {
  const { width, isChosen = false } = options;
  const inner = width - 4;
  const boxed = (row: Row): Row => [span("│ ", "dim"), ...fitRow(row, inner), span(" │", "dim")];
  const node = nodeText(worker);
  const name = `worker ${worker.index}${node}${gpuText(worker)}`;
  const title = truncate(name, width - 12 - worker.status.length);
  const rule = Math.max(0, width - 8 - textWidth(title) - worker.status.length);
  // A rule is left before the corner.
  const process = processTexts(worker, options).map((text) => `─ ${text} `)
    .find((text) => textWidth(text) < width - 2) ?? "";
  const below = Math.max(0, width - 2 - textWidth(process));
  return [
    fitRow([
      span("╭", "dim"),
      ...(isChosen ? [span(">", "bold")] : [span(" ")]),
      span(title, isChosen ? "marked" : "bold"),
      span(` ${"─".repeat(rule)}── `, "dim"),
      span(worker.status, statusStyle(worker.status)),
      span(" ╮", "dim"),
    ], width),
    boxed(spread([span(rangeText(worker))], [span(attemptText(worker), "dim")], inner)),
    boxed(barRow(worker, inner)),
    boxed(spreadWidest([span(paceText(worker, options), "dim")], usageTexts(worker), inner)),
    boxed([noteSpan(worker, options)]),
    fitRow([span(`╰${process}${"─".repeat(below)}╯`, "dim")], width),
  ];
}

function drawCompact(worker: WorkerState, options: PanelOptions): Row[] {
  const { width } = options;
  return [
    spreadWidest(compactHead(worker, options), compactEnds(worker, options), width),
    fitRow(barRow(worker, width), width),
    fitRow([noteSpan(worker, options)], width),
  ];
}

function compactHead(worker: WorkerState, { isChosen }: Pick<PanelOptions, "isChosen">): Row {
  return [
    ...numberSpans(worker, { isChosen }),
    statusSpan(worker),
    span(`${gpuText(worker)} ${rangeText(worker)}`),
  ];
}

/** Returns what may stand at the right end of a compact panel, the widest first. */
function compactEnds(worker: WorkerState, options: Pick<PanelOptions, "now">): string[] {
  const attempt = attemptText(worker);
  const [both, age] = processTexts(worker, options);
  if (both === undefined) return [attempt];
  // A first attempt is nothing special.
  const alone = worker.attempt === 1 ? [both] : [];
  return [`${both} · ${attempt}`, ...alone, `${age} · ${attempt}`, attempt];
}

function drawLine(worker: WorkerState, options: PanelOptions): Row {
  return fitRow([...lineHead(worker, options), noteSpan(worker, options)], options.width);
}

/** Returns the number of a worker and its node. One that was chosen has a mark that needs no colour. */
function numberSpans(
  worker: WorkerState,
  { isChosen, digits = 1 }: Pick<PanelOptions, "isChosen" | "digits">,
): Span[] {
  const text = `${worker.index}${nodeText(worker)}`;
  const space = " ".repeat(Math.max(1, 1 + digits - `${worker.index}`.length));
  if (isChosen) return [span(">", "bold"), span(text, "marked"), span(space)];
  return [span(`#${text}${space}`, "bold")];
}

/** Returns the number of a worker, its status and its progress; the name and the time of its item, if it has only one. */
function lineHead(worker: WorkerState, options: Omit<PanelOptions, "tier">): Row {
  const { now, width } = options;
  const head = [
    ...numberSpans(worker, options),
    span(fit(worker.status, 8), statusStyle(worker.status)),
  ];
  if (worker.attempt === 0) return head;
  if (isWaiting(worker)) return [...head, span(` ${waitingName(worker)}`)];
  const percent = fit(formatPercent(shownProgress(worker), worker.total || 1), 5, "right");
  // Of a program that does not tell its progress within an item, a bar tells nothing.
  const hasBar = width >= LINE_WITH_BAR && (worker.total !== 1 || worker.share !== undefined);
  const bar = hasBar ? [span(" "), ...shareBar(worker, LINE_BAR)] : [];
  const process = processCell(worker, options);
  if (worker.total !== 1) return [...head, ...bar, span(`${percent} `), process];
  const { startedAt, endedAt = now, extraData: { items, startIndex } } = worker;
  const time = startedAt === undefined ? "" : formatDuration(endedAt - startedAt);
  const progress = worker.share === undefined ? "" : percent;
  const row = [...head, ...bar, span(`${progress}${fit(time, 6, "right")} `, "dim"), process];
  const name = items === undefined ? `item ${startIndex}` : sanitize(showBytes(items[0]!));
  // Names of files differ at their end.
  const room = width - rowWidth(row);
  return [...row, span(room > 0 ? truncateStart(name, room) : name), span(" ")];
}

/** Names the item of a worker that waits, if it has only one. */
function waitingName({ total, extraData: { items } }: WorkerState): string {
  return total === 1 && items !== undefined ? `${sanitize(showBytes(items[0]!))} ` : "";
}

/** Puts two parts at the ends of a row. Leaves out the right one if there is no room. */
function spread(left: Row, right: Row, width: number): Row {
  const space = width - rowWidth(left) - rowWidth(right);
  return space < 1 ? fitRow(left, width) : [...left, span(" ".repeat(space)), ...right];
}

/** Puts the first of some texts that fits at the right end of a row. */
function spreadWidest(left: Row, texts: readonly string[], width: number): Row {
  const text = texts.find((text) => rowWidth(left) + 1 + textWidth(text) <= width) ?? "";
  return spread(left, [span(text, "dim")], width);
}

function statusSpan({ status }: WorkerState): Span {
  return span(status, statusStyle(status));
}

function barRow(worker: WorkerState, width: number): Row {
  const { total, attempt } = worker;
  if (attempt === 0) return [];
  const done = shownProgress(worker);
  const figures = ` ${wholeItems(done)}/${total} ${
    fit(formatPercent(done, total || 1), 4, "right")
  }`;
  return [...shareBar(worker, width - figures.length), span(figures)];
}

function shareBar(worker: WorkerState, width: number): Row {
  const { total, status } = worker;
  const share = total === 0 ? 0 : shownProgress(worker) / total;
  return drawBar([{ share, style: statusStyle(status) }], width);
}

/** Returns the items done, parts of items included. A range that ended well counts as done, whatever it reported. */
function shownProgress(worker: WorkerState): number {
  if (isWaiting(worker)) return 0;
  const endedWell = worker.endedAt !== undefined && isDone(worker.status);
  return endedWell ? worker.total : clampedProgress(worker);
}

/** Names the node of the worker, unless it is this machine. */
function nodeText({ node }: WorkerState): string {
  return node === undefined ? "" : ` @${sanitize(node)}`;
}

/** The columns of the id of a GPU: a UUID is cut to its beginning, which differs from those of others. */
const GPU_WIDTH = 12;

/** Names the GPU of the worker's process, if it has one. */
function gpuText({ gpu }: WorkerState): string {
  return gpu === undefined ? "" : ` gpu ${truncate(sanitize(gpu), GPU_WIDTH)}`;
}

function rangeText({ extraData, total }: WorkerState): string {
  return total === 0 ? "" : sanitize(nameItems(extraData));
}

function attemptText({ attempt, maxAttempt }: WorkerState): string {
  return attempt === 0 ? "" : `attempt ${attempt}/${maxAttempt}`;
}

/**
 * Returns texts on the process of a resident worker, the widest first: its age and the ranges that it has done, or its age. There
 * are none for other workers, and for one whose process has ended.
 */
function processTexts(worker: WorkerState, { now }: Pick<PanelOptions, "now">): string[] {
  const { process, endedAt } = worker;
  if (process === undefined) return [];
  // Whether the process lasts after the last range of its worker is not known.
  const end = isRunning(worker) || isWaiting(worker) ? now : endedAt ?? now;
  const age = `${formatDuration(end - process.startedAt)} old`;
  return [`${age} · ${plural(process.ranges, "range")}`, age];
}

/** Returns the same for a line, in columns of a table. */
function processCell(worker: WorkerState, { now, width }: Omit<PanelOptions, "tier">): Span {
  const age = processTexts(worker, { now }).at(-1);
  if (age === undefined || width < LINE_WITH_AGE) return span("");
  const ranges = width < LINE_WITH_RANGES
    ? ""
    : plural(worker.process!.ranges, "range").padEnd(RANGES_WIDTH);
  return span(`${age.padEnd(AGE_WIDTH)}${ranges}`, "dim");
}

function paceText(worker: WorkerState, { now }: Pick<PanelOptions, "now">): string {
  if (worker.startedAt === undefined) return "";
  const elapsed = (worker.endedAt ?? now) - worker.startedAt;
  const done = shownProgress(worker);
  if (done === 0 || elapsed <= 0) return formatDuration(elapsed);
  const rate = 1000 * done / elapsed;
  const pace = `${formatDuration(elapsed)} · ${formatRate(rate)}`;
  if (!isRunning(worker)) return pace;
  return `${pace} · ETA ${formatDuration(remainingMs(worker.total - done, rate))}`;
}

/** Returns what the worker uses, or its last attempt has used, the widest text first. There is none if that is not known. */
function usageTexts(worker: WorkerState): string[] {
  const { usage, used } = worker;
  if (used !== undefined) {
    const peak = `peak ${formatBytes(used.peakRss)}`;
    return [`CPU ${formatTime(1000 * used.cpuSeconds)} · ${peak}`, peak];
  }
  if (usage === undefined || !isRunning(worker)) return [];
  const now = `CPU ${Math.round(100 * usage.cpu)}% ${formatBytes(usage.rss)}`;
  const { peakRss = 0 } = usage;
  const isMore = formatBytes(peakRss) !== formatBytes(usage.rss) && peakRss > usage.rss;
  return isMore ? [`${now} (peak ${formatBytes(peakRss)})`, now] : [now];
}

/** Returns the most important note: the wait before a retry, a warning, the reason of the end, or the worker's message. */
function noteSpan(worker: WorkerState, options: Omit<PanelOptions, "width">): Span {
  const { now, tier } = options;
  const { cause, waitsFor } = worker;
  const why = cause === undefined ? "" : sanitize(causeText(cause));
  if (worker.retryAt !== undefined) {
    const seconds = Math.max(0, Math.ceil((worker.retryAt - now) / 1000));
    // On a line, the status stands beside it, and tells that there is another attempt.
    const again = tier === "line" ? "" : "again ";
    return span(`${again}in ${seconds} s: ${why}`, "yellow");
  }
  const message = sanitize(worker.message);
  const quiet = quietMs(worker, options);
  if (quiet !== undefined) {
    return span(`! quiet for ${formatDuration(quiet)}: ${message}`, "yellow");
  }
  const { slowBeside } = worker;
  if (slowBeside !== undefined && isRunning(worker)) {
    return span(`! slow, others take ${formatDuration(slowBeside)}: ${message}`, "yellow");
  }
  if (waitsFor !== undefined) return span(sanitize(waitsFor), "yellow");
  return why ? span(why, isFailed(worker.status) ? "red" : "yellow") : span(message);
}

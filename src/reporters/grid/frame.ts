/**
 * Frame of the grid: header, panels or failures, footer.
 *
 * @module
 */
import type { WorkerState } from "../../model/types.ts";
import { hasOneItemEach, type RunState } from "../../model/state.ts";
import { fitRow, type Row, span, truncateRow } from "../../terminal/style.ts";
import { drawFailureList } from "./failure_list.ts";
import { drawHelp, drawKeyHint, drawLastLog, drawLogTail } from "./footer.ts";
import { drawCounts, drawNodes, drawProgress, type HeaderOptions } from "./header.ts";
import { arrangePanels, GAPS, type Layout } from "./layout.ts";
import { PanelCache } from "./panel_cache.ts";
import { type Panels, selectionOrder } from "./selection.ts";
import { byUrgency, countByActivity } from "./urgency.ts";
import { FIRST_VIEW, type View } from "./view.ts";

/** Options of {@linkcode drawFrame}; width and height are upper bounds. */
export interface FrameOptions extends HeaderOptions {
  height: number;
  /**
   * The parts to show.
   *
   * @default {FIRST_VIEW}
   */
  view?: View;
  /** Whether there is a keyboard, so that keys have an effect. */
  hasKeys?: boolean;
  /** The panels that earlier frames drew, and the widths that they needed. */
  cache?: PanelCache;
}

/** The smallest size for more than one row. */
const MIN_WIDTH = 23;
const MIN_HEIGHT = 3;
/** The smallest heights for the counts, for the last log line, and for empty rows and hints. */
const COUNTS_HEIGHT = 4;
const LOG_HEIGHT = 6;
const AIRY_HEIGHT = 16;

/** The share of the frame that the log of a worker takes. */
const LOG_SHARE = 1 / 3;

/** A frame. */
export interface Frame {
  /** Its rows, from the top. */
  readonly rows: readonly Row[];
  /** Its panels, for the keys that choose one of them. */
  readonly panels: Panels;
}

/** Draws a state in at most `height` rows, each at most `width` columns wide. */
export function drawFrame(state: RunState, options: FrameOptions): Frame {
  const { width, height, view = FIRST_VIEW } = options;
  if (height < 1) return withoutPanels(state, []);
  const progress = drawProgress(state, options);
  if (width < MIN_WIDTH || height < MIN_HEIGHT) {
    return withoutPanels(state, [truncateRow(progress, width)]);
  }
  const counts = height >= COUNTS_HEIGHT ? [drawCounts(state, options)] : [];
  const nodes = height >= AIRY_HEIGHT ? drawNodes(state, options) : [];
  const gap: Row[] = height >= AIRY_HEIGHT ? [[]] : [];
  const header = [progress, ...counts, ...nodes, ...gap];
  const footer = drawFooter(state, options);
  const room = Math.max(0, height - header.length - footer.length);
  const body = view.failures
    ? withoutPanels(state, drawFailureList(state, { width, height: room }))
    : drawPanels(state, options, room);
  const rows = [...header, ...body.rows, ...footer];
  const { hasKeys = false } = options;
  // A low frame names the keys in a row that nothing else needs.
  const isHinted = height >= AIRY_HEIGHT || view.help || view.notice !== undefined;
  const hint = isHinted || rows.length >= height
    ? []
    : drawKeyHint(state, { width, hasKeys, view });
  return { rows: hint.length > 0 ? [...rows, hint] : rows, panels: body.panels };
}

function withoutPanels({ workers }: RunState, rows: readonly Row[]): Frame {
  return { rows, panels: { order: workers.map(({ index }) => index), columns: 1 } };
}

/** Draws log and help, and leaves at least one row for the panels. */
function drawFooter(state: RunState, options: FrameOptions): Row[] {
  const { width, height, view = FIRST_VIEW, hasKeys = false } = options;
  const tail = Math.max(2, Math.floor(height * LOG_SHARE));
  const log = view.log
    ? drawLogTail(state, { ...options, height: tail, chosen: view.selection?.worker })
    : height >= LOG_HEIGHT
    ? [drawLastLog(state, options)]
    : [];
  const help = view.help
    ? drawHelp({ width, view })
    : height >= AIRY_HEIGHT || view.notice !== undefined
    ? [drawKeyHint(state, { width, hasKeys, view })]
    : [];
  const room = height - COUNTS_HEIGHT;
  return [...log, ...help].slice(0, Math.max(0, room));
}

function drawPanels(state: RunState, options: FrameOptions, height: number): Frame {
  const { workers, gridCols, stallTimeout } = state;
  if (workers.length === 0) return withoutPanels(state, []);
  const { width, now, cache = new PanelCache(), view: { selection } = FIRST_VIEW } = options;
  const layout = arrangePanels({
    workers: workers.length,
    width,
    height,
    gridCols,
    // A bar tells nothing of one item.
    tier: hasOneItemEach(state) ? "line" : "full",
    uncutWidth: (tier) => {
      const needed = workers.map((worker) => cache.uncutWidth(worker, { tier, now, stallTimeout }));
      return cache.widths.grow(tier, Math.max(...needed));
    },
  });
  const isCut = layout.shown < workers.length;
  const ordered = selection !== undefined
    ? selectionOrder(selection, workers.length).map((index) => workers[index]!)
    : isCut
    ? byUrgency(workers, { stallTimeout, now })
    : workers;
  const chosen = selection?.worker;
  const from = firstShown(ordered.findIndex(({ index }) => index === chosen), layout);
  const shown = ordered.slice(from, from + layout.shown);
  const digits = `${Math.max(...shown.map(({ index }) => index))}`.length;
  const rows: Row[] = [];
  for (let first = 0; first < shown.length; first += layout.columns) {
    const line = shown.slice(first, first + layout.columns);
    rows.push(...drawPanelRow(line, { layout, now, stallTimeout, chosen, digits, cache }));
  }
  const hidden = [...ordered.slice(0, from), ...ordered.slice(from + layout.shown)];
  if (isCut) rows.push(drawHiddenCount(hidden, width));
  const order = ordered.map(({ index }) => index);
  return { rows, panels: { order, columns: layout.columns } };
}

/** Returns the place of the first worker to show, so that the one at place `chosen` is seen. */
function firstShown(chosen: number, { shown, columns }: Layout): number {
  const rows = Math.max(1, Math.ceil(shown / columns));
  return columns * Math.max(0, Math.floor(chosen / columns) - rows + 1);
}

function drawPanelRow(
  workers: readonly WorkerState[],
  { layout: { tier, panelWidth: width }, now, stallTimeout, chosen, digits, cache }: {
    layout: Layout;
    now: number;
    stallTimeout?: number;
    chosen?: number;
    digits: number;
    cache: PanelCache;
  },
): readonly Row[] {
  const panels = workers.map((worker) => {
    const isChosen = worker.index === chosen;
    return cache.draw(worker, { tier, width, now, stallTimeout, isChosen, digits });
  });
  return cache.join(panels, GAPS[tier]);
}

function drawHiddenCount(workers: readonly WorkerState[], width: number): Row {
  const { running, pending, done } = countByActivity(workers);
  const text = `… +${workers.length} more (${running} running, ${pending} pending, ${done} done)`;
  return fitRow([span(text, "dim")], width);
}

/** Returns whether the first item is still to come: what provides it, such as fzf, may have the terminal until then. */
export function waitsForItems({ areRangesKnown, ranges, stopping }: RunState): boolean {
  return !areRangesKnown && ranges === 0 && stopping === undefined;
}

/**
 * The whole screen: header, grid of panels, footer.
 *
 * @module
 */
import type { WorkerState } from "../../models.ts";
import type { RunState } from "../../state.ts";
import { sanitize } from "../text/sanitize.ts";
import { fitRow, type Row, span, truncateRow } from "../text/style.ts";
import { drawCounts, drawProgress, type HeaderOptions } from "./header.ts";
import { GAP, type Layout, layOut } from "./layout.ts";
import { drawPanel } from "./panel.ts";
import { byUrgency, countByActivity } from "./urgency.ts";

/** What a frame is drawn with; its width and height are those that it may take. */
export interface FrameOptions extends HeaderOptions {
  height: number;
}

/** Below this there is room for one line only. */
const MIN_WIDTH = 23;
const MIN_HEIGHT = 3;
/** From these heights on there is room for more than the panels: counts, the last log line, an empty row. */
const COUNTS_HEIGHT = 4;
const LOG_HEIGHT = 6;
const AIRY_HEIGHT = 16;

/** Draws a state: at most `height` rows, none wider than `width`. */
export function drawFrame(state: RunState, options: FrameOptions): Row[] {
  const { width, height } = options;
  if (height < 1) return [];
  const progress = drawProgress(state, options);
  if (width < MIN_WIDTH || height < MIN_HEIGHT) return [truncateRow(progress, width)];
  const counts = height >= COUNTS_HEIGHT ? [drawCounts(state, options)] : [];
  const gap: Row[] = height >= AIRY_HEIGHT ? [[]] : [];
  const footer = [
    ...(height >= LOG_HEIGHT ? [drawLog(state, width)] : []),
    ...(height >= AIRY_HEIGHT ? [drawHelp(state, width)] : []),
  ];
  const header = [progress, ...counts, ...gap];
  return [
    ...header,
    ...drawGrid(state, options, height - header.length - footer.length),
    ...footer,
  ];
}

function drawGrid(state: RunState, options: FrameOptions, height: number): Row[] {
  const { workers, gridCols } = state;
  if (workers.length === 0) return [];
  const layout = layOut({ workers: workers.length, width: options.width, height, gridCols });
  const isCut = layout.shown < workers.length;
  const ordered = isCut ? byUrgency(workers) : workers;
  const rows: Row[] = [];
  for (let first = 0; first < layout.shown; first += layout.columns) {
    const line = ordered.slice(first, Math.min(first + layout.columns, layout.shown));
    rows.push(...drawLineOfPanels(line, { ...options, layout }));
  }
  return isCut ? [...rows, drawRest(ordered.slice(layout.shown), options.width)] : rows;
}

function drawLineOfPanels(
  workers: readonly WorkerState[],
  { layout: { tier, panelWidth }, now }: FrameOptions & { layout: Layout },
): Row[] {
  const panels = workers.map((worker) => drawPanel(worker, { tier, width: panelWidth, now }));
  return panels[0]!.map((_, row) =>
    panels.flatMap((panel, index) => [
      ...(index === 0 ? [] : [span(" ".repeat(GAP))]),
      ...panel[row]!,
    ])
  );
}

function drawRest(workers: readonly WorkerState[], width: number): Row {
  const { running, pending, done } = countByActivity(workers);
  const text = `… +${workers.length} more (${running} running, ${pending} pending, ${done} done)`;
  return fitRow([span(text, "dim")], width);
}

function drawLog({ lastLog }: RunState, width: number): Row {
  if (lastLog === undefined) return [];
  const line = sanitize(lastLog.line).trim();
  return truncateRow([span(`worker ${lastLog.worker}: ${line}`, "dim")], width);
}

function drawHelp({ stopping }: RunState, width: number): Row {
  return stopping ? [] : truncateRow([span("Ctrl-C stops the run", "dim")], width);
}

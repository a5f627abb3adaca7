/**
 * Footer of a frame: log lines and help on keys.
 *
 * @module
 */
import type { RunState } from "../../model/state.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type Row, rowWidth, span, truncateRow } from "../../terminal/style.ts";
import { fit } from "../../terminal/width.ts";
import { keyRows } from "./keys.ts";
import { byUrgency } from "./urgency.ts";
import { FIRST_VIEW, type View } from "./view.ts";

/** Options of the rows of a footer. */
export interface FooterOptions {
  readonly width: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Draws the last log line of all workers, with the number of its worker. */
export function drawLastLog({ lastLog }: RunState, { width }: FooterOptions): Row {
  if (lastLog === undefined) return [];
  const line = sanitize(lastLog.line).trim();
  return truncateRow([span(`worker ${lastLog.worker}: ${line}`, "dim")], width);
}

/**
 * Draws the last log lines of the chosen worker, or else of the most urgent one, in exactly `height` rows; the first row is a
 * title.
 */
export function drawLogTail(
  state: RunState,
  { width, now, height, chosen }: FooterOptions & { height: number; chosen?: number },
): Row[] {
  if (height < 1) return [];
  const worker = state.workers[chosen ?? -1] ??
    byUrgency(state.workers, { stallTimeout: state.stallTimeout, now })[0];
  const lines = height > 1 ? worker?.log.slice(1 - height) ?? [] : [];
  const title = `log of worker ${worker?.index ?? 0} `;
  const rule = "─".repeat(Math.max(0, width - title.length));
  const rows: Row[] = [
    [span(title, "bold"), span(rule, "dim")],
    ...lines.map((line): Row => [span(sanitize(line))]),
    ...Array.from({ length: height - 1 - lines.length }, (): Row => []),
  ];
  return rows.map((row) => truncateRow(row, width));
}

/** Draws a row per key with its meaning. */
export function drawHelp(
  { width, view = FIRST_VIEW }: { width: number; view?: View },
): Row[] {
  return keyRows(view).map(({ label, help }) =>
    truncateRow([span(fit(label, 8), "bold"), span(help, "dim")], width)
  );
}

/** Options of {@linkcode drawKeyHint}. */
export interface KeyHintOptions {
  readonly width: number;
  /** Whether there is a keyboard: signals come without one, too. */
  readonly hasKeys: boolean;
  /**
   * The view that the keys change.
   *
   * @default {FIRST_VIEW}
   */
  readonly view?: View;
}

/** The space between two hints. */
const BETWEEN = " · ";

/** Draws the keys in one row, as many as there is room for: each with its meaning, none cut. A notice takes their place. */
export function drawKeyHint(
  state: RunState,
  { width, hasKeys, view = FIRST_VIEW }: KeyHintOptions,
): Row {
  if (view.notice !== undefined) {
    return truncateRow([span(`! ${sanitize(view.notice)}`, "yellow")], width);
  }
  if (isEnding(state)) return [];
  const isChoosing = view.selection !== undefined && !view.failures;
  let rows = keyRows(view).filter(({ short, actions, hint, isOverWhenStopping = false }) =>
    short !== undefined && (hasKeys || actions === undefined) &&
    hint !== (isChoosing ? "unchosen" : "chosen") &&
    !(isOverWhenStopping && state.stopping !== undefined)
  );
  while (rows.length > 0 && rowWidth(hintRow(rows)) > width) {
    const last = Math.max(...rows.map(({ rank = 0 }) => rank));
    const dropped = rows.findLastIndex(({ rank = 0 }) => rank === last);
    rows = rows.toSpliced(dropped, 1);
  }
  return hintRow(rows);
}

function hintRow(rows: ReturnType<typeof keyRows>): Row {
  return rows.flatMap(({ label, short }, index) => [
    ...(index === 0 ? [] : [span(BETWEEN, "dim")]),
    span(label, "bold"),
    span(` ${short}`, "dim"),
  ]);
}

/** Returns whether workers are being ended, which a person should see. */
export function isEnding({ stopping }: RunState): boolean {
  return stopping !== undefined && stopping.how !== "drain";
}

/**
 * Footer of a frame: log lines and help on keys.
 *
 * @module
 */
import type { RunState } from "../../model/state.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type Row, span, truncateRow } from "../../terminal/style.ts";
import { fit } from "../../terminal/width.ts";
import { KEY_ROWS } from "./keys.ts";
import { byUrgency } from "./urgency.ts";

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

/** Draws the last log lines of the most urgent worker in exactly `height` rows; the first row is a title. */
export function drawLogTail(
  state: RunState,
  { width, now, height }: FooterOptions & { height: number },
): Row[] {
  if (height < 1) return [];
  const [worker] = byUrgency(state.workers, { stallTimeout: state.stallTimeout, now });
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
export function drawHelp({ width }: { width: number }): Row[] {
  return KEY_ROWS.map(({ label, help }) =>
    truncateRow([span(fit(label, 8), "bold"), span(help, "dim")], width)
  );
}

/** Draws the keys in one row, without those that need a keyboard if there is none. */
export function drawKeyHint(
  { stopping }: RunState,
  { width, hasKeys }: { width: number; hasKeys: boolean },
): Row {
  if (stopping) return [];
  // Signals come without a keyboard, too.
  const rows = KEY_ROWS.filter(({ short, actions }) =>
    short !== undefined && (hasKeys || actions === undefined)
  );
  const hint = rows.map(({ label, short }) => `${label} ${short}`).join(" · ");
  return truncateRow([span(hint, "dim")], width);
}

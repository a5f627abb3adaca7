/**
 * What stands below the workers: log lines, and what the keys do.
 *
 * @module
 */
import type { RunState } from "../../model/state.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type Row, span, truncateRow } from "../../terminal/style.ts";
import { fit } from "../../terminal/width.ts";
import { KEY_HELP } from "./keys.ts";
import { byUrgency } from "./urgency.ts";

/** What a footer is drawn with. */
export interface FooterOptions {
  readonly width: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The last line that was logged, and by whom. */
export function drawLastLog({ lastLog }: RunState, { width }: FooterOptions): Row {
  if (lastLog === undefined) return [];
  const line = sanitize(lastLog.line).trim();
  return truncateRow([span(`worker ${lastLog.worker}: ${line}`, "dim")], width);
}

/** The last lines that the most urgent worker logged, in exactly `height` rows, the first one a title. */
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

/** What the keys do, a row each. */
export function drawHelp({ width }: { width: number }): Row[] {
  return KEY_HELP.map(([key, meaning]) =>
    truncateRow([span(fit(key, 8), "bold"), span(meaning, "dim")], width)
  );
}

/** What the keys do, in a row. */
export function drawHint(
  { stopping }: RunState,
  { width, hasKeys }: { width: number; hasKeys: boolean },
): Row {
  if (stopping) return [];
  const keys = "q finish · + - workers · p pause · f failures · l log · ? help · ";
  return truncateRow([span(`${hasKeys ? keys : ""}Ctrl-C stops the run`, "dim")], width);
}

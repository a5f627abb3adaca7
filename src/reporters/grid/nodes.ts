/**
 * The machines of a run in one row.
 *
 * @module
 */
import { isRunning, type RunState } from "../../model/state.ts";
import { statusStyle } from "../wording.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { fitRow, type Row, rowWidth, type Span, span } from "../../terminal/style.ts";

/** Draws how many workers each machine has at work, when there are several machines; what there is no room for is counted. */
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

/**
 * Panels that were drawn a moment ago.
 *
 * @module
 */
import type { WorkerState } from "../../model/types.ts";
import type { Row } from "../../terminal/style.ts";
import { UncutWidths } from "./layout.ts";
import { drawPanel, type PanelOptions, uncutPanelWidth } from "./panel.ts";

/** How long a panel is shown as it was drawn, in milliseconds: it may have to tell that its worker is quiet. */
const FRESH_MS = 250;

interface Drawn extends PanelOptions {
  readonly rows: readonly Row[];
}

interface Measured extends Omit<PanelOptions, "width"> {
  readonly needed: number;
}

/**
 * Keeps panels until their workers have news: between two frames, most of many workers have none. (Row watch of bench/.) A
 * panel that shows a time is drawn each time.
 */
export class PanelCache {
  /** The widths that the panels of a run needed so far. */
  readonly widths = new UncutWidths();
  readonly #drawn = new WeakMap<WorkerState, Drawn>();
  readonly #measured = new WeakMap<WorkerState, Measured>();

  /** See {@linkcode drawPanel}. */
  draw(worker: WorkerState, options: PanelOptions): readonly Row[] {
    const last = this.#drawn.get(worker);
    if (last !== undefined && isSame(last, options) && last.width === options.width) {
      return last.rows;
    }
    const rows = drawPanel(worker, options);
    if (!showsTime(worker, options)) this.#drawn.set(worker, { ...options, rows });
    return rows;
  }

  /** See {@linkcode uncutPanelWidth}. */
  uncutWidth(worker: WorkerState, options: Omit<PanelOptions, "width">): number {
    const last = this.#measured.get(worker);
    if (last !== undefined && isSame(last, options)) return last.needed;
    const needed = uncutPanelWidth(worker, options);
    if (!showsTime(worker, options)) this.#measured.set(worker, { ...options, needed });
    return needed;
  }
}

function isSame(a: Omit<PanelOptions, "width">, b: Omit<PanelOptions, "width">): boolean {
  return b.now >= a.now && b.now - a.now < FRESH_MS && a.tier === b.tier &&
    a.isChosen === b.isChosen && a.digits === b.digits && a.stallTimeout === b.stallTimeout;
}

/** Returns whether a panel shows a time, or another figure that follows from it. */
function showsTime(
  { process, retryAt, total }: WorkerState,
  { tier }: Pick<PanelOptions, "tier">,
): boolean {
  return tier === "full" || process !== undefined || retryAt !== undefined || total === 1;
}

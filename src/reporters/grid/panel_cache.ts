/**
 * Panels that were drawn a moment ago.
 *
 * @module
 */
import type { WorkerState } from "../../model/types.ts";
import { type Row, span } from "../../terminal/style.ts";
import { UncutWidths } from "./layout.ts";
import { drawPanel, type PanelOptions, uncutPanelWidth } from "./panel.ts";

/** How long a panel is shown as it was drawn, in milliseconds: it may have to tell that its worker is quiet. */
const FRESH_MS = 500;

interface Drawn extends PanelOptions {
  readonly rows: readonly Row[];
}

interface Joined {
  readonly panels: readonly (readonly Row[])[];
  readonly gap: number;
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
  /** Panels side by side, by the first of them. */
  readonly #joined = new WeakMap<readonly Row[], Joined>();
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

  /** Puts panels side by side. The rows are the same objects as long as the panels are. */
  join(panels: readonly (readonly Row[])[], gap: number): readonly Row[] {
    const [first] = panels;
    if (first === undefined) return [];
    const last = this.#joined.get(first);
    const isSame = last?.gap === gap && last.panels.length === panels.length &&
      panels.every((panel, index) => panel === last.panels[index]);
    if (isSame) return last.rows;
    const space = span(" ".repeat(gap));
    const rows = first.map((_, row) =>
      panels.flatMap((panel, index) => index === 0 ? panel[row]! : [space, ...panel[row]!])
    );
    this.#joined.set(first, { panels, gap, rows });
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

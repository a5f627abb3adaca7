/**
 * Layout of the panels: their size, columns and number.
 *
 * @module
 */

/** The amount of detail in a panel. */
export type Tier = "full" | "compact" | "line";

/** A grid of panels of one size. */
export interface Layout {
  readonly tier: Tier;
  /** The number of panels side by side. */
  readonly columns: number;
  /** The width of each panel, in columns of the terminal. */
  readonly panelWidth: number;
  /** The number of panels that are shown; a row below them counts the others. */
  readonly shown: number;
}

/** Options of {@linkcode arrangePanels}. */
export interface LayoutOptions {
  /** The number of workers. */
  workers: number;
  /** The width of the frame, in columns. */
  width: number;
  /** The number of rows for the panels and the count of hidden ones. */
  height: number;
  /** The largest number of panels side by side. */
  gridCols?: number;
}

/** The number of rows and the smallest width of a panel. */
const TIERS: Record<Tier, { rows: number; minWidth: number }> = {
  full: { rows: 6, minWidth: 38 },
  compact: { rows: 3, minWidth: 30 },
  line: { rows: 1, minWidth: 24 },
};

/** The number of columns between two panels. */
export const GAP = 1;

/** The largest width of a panel: longer lines are hard to read. */
const MAX_PANEL_WIDTH = 100;

/** Chooses the most detailed tier in which all panels fit; if none fits, one line for as many workers as possible. */
export function arrangePanels({ workers, width, height, gridCols }: LayoutOptions): Layout {
  for (const tier of ["full", "compact", "line"] as const) {
    const columns = countColumns(tier, { workers, width, gridCols });
    const panelWidth = Math.min(
      MAX_PANEL_WIDTH,
      Math.max(1, Math.floor((width - GAP * (columns - 1)) / columns)),
    );
    const room = Math.floor(height / TIERS[tier].rows) * columns;
    // A tier is used only if its panels get their smallest width.
    const fits = workers <= room && (tier === "line" || panelWidth >= TIERS[tier].minWidth);
    if (fits) return { tier, columns, panelWidth, shown: workers };
    // The last row counts the hidden panels.
    if (tier === "line") {
      return { tier, columns, panelWidth, shown: Math.max(0, (height - 1) * columns) };
    }
  }
  throw new Error("unreachable");
}

function countColumns(
  tier: Tier,
  { workers, width, gridCols = Infinity }: Omit<LayoutOptions, "height">,
): number {
  const fitting = Math.floor((width + GAP) / (TIERS[tier].minWidth + GAP));
  return Math.max(1, Math.min(fitting, gridCols, workers));
}

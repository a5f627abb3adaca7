/**
 * How the worker panels share the screen.
 *
 * @module
 */

/** How much a panel shows. */
export type Tier = "full" | "compact" | "line";

/** A grid of panels of one size. */
export interface Layout {
  readonly tier: Tier;
  /** Panels side by side. */
  readonly columns: number;
  /** Columns of the terminal for each panel. */
  readonly panelWidth: number;
  /** Panels that are shown; the others are counted. */
  readonly shown: number;
}

/** What there is to share. */
export interface LayoutOptions {
  workers: number;
  /** Columns of the terminal, the spare one left out. */
  width: number;
  /** Rows for panels, and for the count of those that are not shown. */
  height: number;
  /** Panels side by side that are wished for. */
  gridCols?: number;
}

/** Rows of a panel, and the columns that it needs at least. */
const TIERS: Record<Tier, { rows: number; minWidth: number }> = {
  full: { rows: 6, minWidth: 38 },
  compact: { rows: 3, minWidth: 30 },
  line: { rows: 1, minWidth: 24 },
};

/** Columns between two panels. */
export const GAP = 1;

/** A panel on its own is no wider than a line can be read. */
const MAX_PANEL_WIDTH = 100;

/** The first tier in which all workers fit, or else one line each for as many as fit. */
export function layOut({ workers, width, height, gridCols }: LayoutOptions): Layout {
  for (const tier of ["full", "compact", "line"] as const) {
    const columns = countColumns(tier, { workers, width, gridCols });
    const panelWidth = Math.min(
      MAX_PANEL_WIDTH,
      Math.max(1, Math.floor((width - GAP * (columns - 1)) / columns)),
    );
    const room = Math.floor(height / TIERS[tier].rows) * columns;
    // A panel narrower than its tier asks for is not worth its rows.
    const fits = workers <= room && (tier === "line" || panelWidth >= TIERS[tier].minWidth);
    if (fits) return { tier, columns, panelWidth, shown: workers };
    // The last row counts those that are left out.
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

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
  /**
   * The most detailed tier to use.
   *
   * @default {"full"}
   */
  tier?: Tier;
  /**
   * Returns the width at which no panel of a tier is cut. If panels would be cut, there are fewer columns, as long as all panels
   * fit. It has no effect with `gridCols`, and none on lines.
   */
  uncutWidth?: (tier: Tier) => number;
}

/** All tiers, the most detailed one first. */
const TIER_NAMES = ["full", "compact", "line"] as const;

/** The height of a panel and its smallest width, in rows and columns of the terminal. */
const TIERS: Record<Tier, { rows: number; minWidth: number }> = {
  full: { rows: 6, minWidth: 38 },
  compact: { rows: 3, minWidth: 30 },
  line: { rows: 1, minWidth: 24 },
};

/** The number of columns between two panels. */
export const GAPS: Record<Tier, number> = { full: 1, compact: 2, line: 2 };

/** The width at which a line tells something of its worker. */
const LEGIBLE_WIDTH = 38;

/** The largest width of a panel whose text needs no more: longer bars are hard to read. */
const MAX_PANEL_WIDTH = 100;

/**
 * Chooses the most detailed tier in which all panels fit; if none fits, one line for as many workers as possible. Panels stand
 * side by side as far as that leaves them uncut. Lines stand side by side only if there are too many for one below the other.
 */
export function arrangePanels(options: LayoutOptions): Layout {
  const { tier: first = "full", height } = options;
  for (const tier of TIER_NAMES.slice(TIER_NAMES.indexOf(first))) {
    const layout = arrangeAll(tier, options);
    if (layout !== undefined) return layout;
  }
  const layout = layoutOf("line", countLegible(options), options);
  // The last row counts the hidden panels.
  return { ...layout, shown: Math.max(0, (height - 1) * layout.columns) };
}

/** Arranges all panels in a tier. Returns undefined if they do not fit. */
function arrangeAll(tier: Tier, options: LayoutOptions): Layout | undefined {
  const { workers, height, gridCols, uncutWidth = () => 0 } = options;
  const { rows, minWidth } = TIERS[tier];
  const fits = ({ columns, panelWidth }: Layout) =>
    workers <= Math.floor(height / rows) * columns &&
    // A tier is used only if its panels get their smallest width.
    (tier === "line" || panelWidth >= minWidth);
  let columns = countColumns(tier, options);
  if (gridCols === undefined) columns = balanced(workers, columns);
  let layout = layoutOf(tier, columns, options);
  if (!fits(layout)) return undefined;
  const uncut = tier === "line" ? Infinity : uncutWidth(tier);
  layout = layoutOf(tier, columns, { ...options, uncut });
  while (gridCols === undefined && layout.columns > 1 && layout.panelWidth < uncut) {
    const next = layoutOf(tier, balanced(workers, layout.columns - 1), { ...options, uncut });
    if (!fits(next)) break;
    layout = next;
  }
  return layout;
}

function layoutOf(
  tier: Tier,
  columns: number,
  { workers, width, uncut = 0 }: LayoutOptions & { uncut?: number },
): Layout {
  const panelWidth = Math.max(1, Math.floor((width - GAPS[tier] * (columns - 1)) / columns));
  const most = tier === "line" ? Infinity : Math.max(MAX_PANEL_WIDTH, uncut);
  return { tier, columns, panelWidth: Math.min(most, panelWidth), shown: workers };
}

/** Returns the smallest number of columns that needs no more rows than `columns` do. */
function balanced(workers: number, columns: number): number {
  return columns < 1 ? 0 : Math.ceil(workers / Math.ceil(workers / columns));
}

/** Returns the number of columns if not all lines fit: lines may be as wide as they need then, up to a bound. */
function countLegible(options: LayoutOptions): number {
  const { width, gridCols, uncutWidth = () => 0 } = options;
  if (gridCols !== undefined) return countColumns("line", options);
  const wanted = Math.min(LEGIBLE_WIDTH, uncutWidth("line"));
  const legible = Math.floor((width + GAPS.line) / (wanted + GAPS.line));
  return Math.max(1, Math.min(legible, countColumns("line", options)));
}

function countColumns(
  tier: Tier,
  { workers, width, gridCols = Infinity }: LayoutOptions,
): number {
  const fitting = Math.floor((width + GAPS[tier]) / (TIERS[tier].minWidth + GAPS[tier]));
  return Math.max(1, Math.min(fitting, gridCols, workers));
}

/** Remembers the largest width that panels needed, so that the layout of a run does not go back and forth. */
export class UncutWidths {
  readonly #widths: Record<Tier, number> = { full: 0, compact: 0, line: 0 };

  /** Takes the width that the panels of a tier need now. Returns the largest so far. */
  grow(tier: Tier, width: number): number {
    return this.#widths[tier] = Math.max(this.#widths[tier], width);
  }
}

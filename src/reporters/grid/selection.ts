/**
 * Selection of a worker with the arrow keys.
 *
 * @module
 */

/** The panels of a frame. */
export interface Panels {
  /** The numbers of all workers, in the order of their panels; those without room are the last ones. */
  readonly order: readonly number[];
  /** The number of panels side by side. */
  readonly columns: number;
}

/** A worker that was chosen. While there is one, the panels keep their order. */
export interface Selection {
  /** The number of the worker. */
  readonly worker: number;
  /** The order of the panels at the time of the first arrow key. */
  readonly order: readonly number[];
}

/** The keys that move a selection. */
export type ArrowKey = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** Moves a selection by one panel, as far as there is one. The first arrow key selects the first panel. */
export function moveSelection(
  selection: Selection | undefined,
  { key, panels: { order, columns } }: { key: ArrowKey; panels: Panels },
): Selection | undefined {
  if (selection === undefined) {
    return order.length === 0 ? undefined : { worker: order[0]!, order };
  }
  const steps = { ArrowUp: -columns, ArrowDown: columns, ArrowLeft: -1, ArrowRight: 1 };
  const at = order.indexOf(selection.worker) + steps[key];
  const last = order.length - 1;
  // From the last row but one, down leads to the last panel if there is none below.
  const isAboveLastRow = key === "ArrowDown" && at > last &&
    Math.floor((at - columns) / columns) < Math.floor(last / columns);
  const worker = order[isAboveLastRow ? last : at] ?? selection.worker;
  return { worker, order };
}

/** Returns the order of a selection, with the workers at its end that came since. */
export function selectionOrder({ order }: Selection, numWorkers: number): readonly number[] {
  const known = new Set(order);
  const all = Array.from({ length: numWorkers }, (_, index) => index);
  return [...order, ...all.filter((index) => !known.has(index))];
}

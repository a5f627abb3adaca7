/**
 * The items of a job made of strings that earlier runs have done, known by what they are, not by where they stood.
 *
 * @module
 */
/** How often each item was done: a list may hold the same one twice. */
export class DoneItems {
  readonly #done = { SUCCESS: new Map<string, number>(), FINISHED: new Map<string, number>() };

  /** Notes that items are done. */
  add(items: readonly string[], status: "SUCCESS" | "FINISHED"): void {
    const done = this.#done[status];
    for (const item of items) done.set(item, (done.get(item) ?? 0) + 1);
  }

  /** Takes an item for one that is done, once as often as it was; says how it ended, or nothing when it is to be done. */
  claim(item: string): "SUCCESS" | "FINISHED" | undefined {
    const { SUCCESS, FINISHED } = this.#done;
    if (take(SUCCESS, item)) return "SUCCESS";
    return take(FINISHED, item) ? "FINISHED" : undefined;
  }
}

function take(counts: Map<string, number>, item: string): boolean {
  const count = counts.get(item);
  if (count === undefined) return false;
  if (count === 1) counts.delete(item);
  else counts.set(item, count - 1);
  return true;
}

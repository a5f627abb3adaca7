/**
 * The items of a job made of strings that earlier runs have done, known by what they are, not by where they stood.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Longer items are known by their SHA-256, in Base64. */
const MAX_KEY_CHARACTERS = 43;

/** How often each item was done: a list may hold the same one twice. */
export class DoneItems {
  readonly #done = { SUCCESS: new Map<string, number>(), FINISHED: new Map<string, number>() };
  /** Attempts at ranges that are not done, by the first item of the range. */
  readonly #attempts = new Map<string, number>();

  /** Notes that items are done. */
  add(items: readonly string[], status: "SUCCESS" | "FINISHED"): void {
    const done = this.#done[status];
    for (const item of items) {
      const key = keyOf(item);
      done.set(key, (done.get(key) ?? 0) + 1);
    }
  }

  /** Takes an item for one that is done, once as often as it was; says how it ended, or nothing when it is to be done. */
  claim(item: string): "SUCCESS" | "FINISHED" | undefined {
    const { SUCCESS, FINISHED } = this.#done;
    if (SUCCESS.size === 0 && FINISHED.size === 0) return undefined;
    const key = keyOf(item);
    if (take(SUCCESS, key)) return "SUCCESS";
    return take(FINISHED, key) ? "FINISHED" : undefined;
  }

  /** Notes how many attempts a range had that is not done. */
  addAttempts(firstItem: string, attempts: number): void {
    this.#attempts.set(keyOf(firstItem), attempts);
  }

  /** How many attempts a range had that begins with an item. */
  attemptsAt(firstItem: string): number {
    return this.#attempts.size === 0 ? 0 : this.#attempts.get(keyOf(firstItem)) ?? 0;
  }
}

function take(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key);
  if (count === undefined) return false;
  if (count === 1) counts.delete(key);
  else counts.set(key, count - 1);
  return true;
}

function keyOf(item: string): string {
  if (item.length <= MAX_KEY_CHARACTERS) return item;
  return createHash("sha256").update(JSON.stringify(item)).digest("base64");
}

/**
 * Tags of lines: the text in front of each line of a worker, and how it gets there.
 *
 * @module
 */
import { showValue } from "../base/errors.ts";
import { caught } from "../base/promises.ts";
import { escapeHidden, showBytes } from "../base/surrogate_escape.ts";
import type { WorkerState } from "../model/types.ts";
import { dropControls } from "../terminal/sanitize.ts";

/** Returns an item as it may stand in a tag: in one line and one column, without control characters. */
export function tagItem(item: string): string {
  return dropControls(escapeHidden(item));
}

/** Returns the name of a worker's range in tags: its first item, shortened, or `range 12`. */
export function tagName({ extraData: { items, range } }: Pick<WorkerState, "extraData">): string {
  return items?.[0] === undefined ? `range ${range}` : dropControls(showBytes(items[0]));
}

/** Returns the tag of a worker if none is given: its item and a tab, or `range 12: `. */
export function defaultTag(worker: Pick<WorkerState, "extraData">): string {
  return `${tagName(worker)}${worker.extraData.items === undefined ? ": " : "\t"}`;
}

/**
 * Returns the bytes of the tag of a worker.
 *
 * @throws {TypeError} If it is no string.
 */
export function tagBytes(
  tag: (worker: WorkerState) => string,
  worker: WorkerState,
): Uint8Array<ArrayBuffer> {
  const given: unknown = tag(worker);
  if (typeof given === "string") return new TextEncoder().encode(given);
  caught(given, () => {});
  throw new TypeError(`tag must return a string: it returned ${showValue(given)}`);
}

const NEWLINE = 10;

/** Returns bytes with a tag in front of each line that begins in them; the first one begins if `isAtStart`. */
export function tagLines(
  bytes: Uint8Array,
  { tag, isAtStart }: { readonly tag: Uint8Array; readonly isAtStart: boolean },
): Uint8Array {
  if (tag.length === 0 || bytes.length === 0) return bytes;
  let count = isAtStart ? 1 : 0;
  for (let at = nextStart(bytes, 0); at < bytes.length; at = nextStart(bytes, at)) count++;
  const tagged = new Uint8Array(bytes.length + count * tag.length);
  let isStart = isAtStart;
  for (let [from, to] = [0, 0]; from < bytes.length;) {
    if (isStart) tagged.set(tag, to);
    if (isStart) to += tag.length;
    const end = nextStart(bytes, from);
    tagged.set(bytes.subarray(from, end), to);
    to += end - from;
    from = end;
    isStart = true;
  }
  return tagged;
}

/** Returns where the line after the one at an index begins, or the length of the bytes. */
function nextStart(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline < 0 ? bytes.length : newline + 1;
}

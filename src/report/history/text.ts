/**
 * Text from workers, as a report keeps it.
 *
 * @module
 */
import { sanitize } from "../../terminal/sanitize.ts";

/** Control sequences and changes of direction are dropped, see {@linkcode sanitize}; what is longer than `max` is cut. */
export function shownText(text: string, max: number): string {
  // A sequence may end behind the cut, and is dropped to the end then.
  const shown = sanitize(text.length > 4 * max ? text.slice(0, 4 * max) : text);
  return shown.length > max || text.length > 4 * max
    // Half of a character is none.
    ? `${shown.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`
    : shown;
}

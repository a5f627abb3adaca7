/**
 * Text of workers, sanitized and cut for a report.
 *
 * @module
 */
import type { Cause } from "../../model/cause.ts";
import { own } from "../../model/details.ts";
import { sanitize } from "../../terminal/sanitize.ts";

/** Drops control sequences and changes of direction, see {@linkcode sanitize}, and cuts a text after `max` characters. */
export function displayText(text: string, max: number): string {
  // A control sequence may end after the cut: its beginning is dropped then.
  const shown = sanitize(text.length > 4 * max ? text.slice(0, 4 * max) : text);
  return shown.length > max || text.length > 4 * max
    // Do not keep half of a surrogate pair.
    ? own(`${shown.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`)
    : shown;
}

/** Does to the texts of a cause what {@linkcode displayText} does. */
export function displayCause(cause: Cause, max: number): Cause {
  const fields = Object.entries(cause).map(([name, value]) => [
    name,
    typeof value === "string" ? displayText(value, max) : value,
  ]);
  return Object.fromEntries(fields);
}

/**
 * The parts of an item that is a path: `stem` and `extension` together are `basename`, as in `photos/cat.raw.png`, whose
 * stem is `cat.raw`, and whose extension is `.png`.
 *
 * @module
 */
import { parse } from "node:path";

/** What comes after the last slash, those at the end left out. */
export function basename(item: string): string {
  return parse(item).base;
}

/** What comes before the last slash; `.` where there is none, so that a slash and a name can follow. */
export function dirname(item: string): string {
  return parse(item).dir || ".";
}

/** The base without its extension. */
export function stem(item: string): string {
  return parse(item).name;
}

/** The extension with its dot; nothing where there is none, as in `.bashrc`. */
export function extension(item: string): string {
  return parse(item).ext;
}

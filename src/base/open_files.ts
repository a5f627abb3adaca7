/**
 * Limit of open files of this process.
 *
 * @module
 */
import { mayReadProc } from "./proc.ts";

/** What is assumed where nobody tells: the soft limit that systems usually set. Deno raises it to the hard limit. */
const USUAL_LIMIT = 1_024;

/** Returns how many files this process may open, as far as it can be known. */
export function openFileLimit(): number {
  if (!mayReadProc()) return USUAL_LIMIT;
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits")) ??
      [];
    return limit === undefined ? USUAL_LIMIT : Number(limit);
  } catch {
    return USUAL_LIMIT;
  }
}

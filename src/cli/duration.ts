/**
 * Durations on a command line.
 *
 * @module
 */

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/**
 * Reads `500ms`, `30s`, `1.5m`, `1h30m`: figures with units, the larger ones first.
 *
 * @returns Milliseconds, or nothing when the text is no duration.
 *
 * @example
 * ```ts
 * import { parseDuration } from "./duration.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseDuration("1h30m"), 5_400_000);
 * assertEquals(parseDuration("30"), undefined);
 * ```
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(?=.)(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/.exec(text);
  if (match === null) return undefined;
  const [h = "0", m = "0", s = "0", ms = "0"] = match.slice(1);
  const duration = Number(h) * UNITS_MS.h + Number(m) * UNITS_MS.m + Number(s) * UNITS_MS.s +
    Number(ms) * UNITS_MS.ms;
  return Number.isNaN(duration) ? undefined : duration;
}

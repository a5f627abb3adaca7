/**
 * Totals of what attempts have used: processor time, and the attempt that had the most memory.
 *
 * @module
 */
import { own, shorten } from "./details.ts";
import type { ExtraData, ResourceUse } from "./types.ts";

/** The attempt that had the most memory. */
export interface LargestAttempt {
  /** Number of its range. */
  readonly range: number;
  /** Its first item. */
  readonly startIndex: number;
  /** The item after its last one. */
  readonly endIndex: number;
  /** The beginning of its first item, in a job of `items`. */
  readonly firstItem?: string;
  /** The most bytes of resident memory that it had at one time. */
  readonly peakRss: number;
}

/** What the attempts of a run have used, as far as that is known. */
export interface ResourceTotals {
  /** Seconds of processor time that the attempts of this run have used, as far as that is known. */
  readonly cpuSeconds: number;
  /** The attempt of this run that had the most memory; absent if that is not known of any. */
  readonly largest?: LargestAttempt;
}

/** Returns the totals with another attempt, of which `use` tells what it has used, and `extraData` its range. */
export function addUse(
  { cpuSeconds, largest }: ResourceTotals,
  { use, extraData }: { use: ResourceUse; extraData: ExtraData },
): ResourceTotals {
  const sum = Math.round(1000 * (cpuSeconds + use.cpuSeconds)) / 1000;
  const { peakRss } = use;
  if (peakRss <= (largest?.peakRss ?? 0)) return { cpuSeconds: sum, largest };
  const { range, startIndex, endIndex, items } = extraData;
  const firstItem = items && own(shorten(items[0]!));
  const next = { range, startIndex, endIndex, ...(firstItem !== undefined && { firstItem }) };
  return { cpuSeconds: sum, largest: { ...next, peakRss } };
}

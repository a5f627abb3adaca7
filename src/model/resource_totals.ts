/**
 * Totals of what attempts have used: processor time, and the attempt that had the most memory.
 *
 * @module
 */
import { own, shorten } from "./details.ts";
import type { ExtraData, ResourceTotals, ResourceUse } from "./types.ts";

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

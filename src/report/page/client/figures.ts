/**
 * Formatting of durations, numbers, dates and commands for the page.
 *
 * @module
 */
import { quote } from "../../../base/shell.ts";
import { countFailed } from "../../../model/statuses.ts";
import type { AttemptRecord, RunHistory } from "../../history/history.ts";
import { formatDuration } from "../../../reporters/wording.ts";

/** Formats a duration in milliseconds, to about three figures: `48 ms`, `0.35 s`, `12.4 s`, `12:34`, `1:02:03`. */
export function formatSpan(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  return formatDuration(Math.round(ms / 1000) * 1000);
}

/** Formats a number with separators: `10,000`. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-GB");
}

/** Formats a number to three significant digits: `0.052`, `3.4`, `1,235`. */
export function formatFigure(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return formatCount(Math.round(value));
  return `${Number(value.toPrecision(3))}`;
}

/** Formats a fraction in per cent: `87 %`. */
export function formatShare(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Formats a date and time in the locale of the reader. */
export function formatMoment(t: number): string {
  return new Date(t).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** Formats a time of today in the locale of the reader. */
export function formatTimeOfDay(t: number): string {
  return new Date(t).toLocaleTimeString(undefined, { timeStyle: "short" });
}

/** Formats a time on an axis whose ticks are `step` milliseconds apart. */
export function formatTick(ms: number, step: number): string {
  if (step >= 1000) return formatDuration(ms);
  const places = Math.max(1, Math.ceil(-Math.log10(step / 1000)));
  return `${(ms / 1000).toFixed(places)} s`;
}

/** Formats a command as one would type it in a shell. */
export function formatCommand(command: readonly string[]): string {
  return command.map(quote).join(" ");
}

/** Returns a suffix that names the first item of an attempt, or an empty string if items are numbers. */
export function itemSuffix({ item }: AttemptRecord): string {
  return item === undefined ? "" : `: ${item}`;
}

/** Tells how many ranges there are, if that is known, and how many failed: `of 1,200, 3 failed`. */
export function formatRangesNote(
  { ranges, areRangesKnown, areRangesCut, counts }: Pick<
    RunHistory,
    "ranges" | "areRangesKnown" | "areRangesCut" | "counts"
  >,
): string {
  const total = areRangesCut
    ? "so far"
    : `of ${formatCount(ranges)}${areRangesKnown ? "" : " or more"}`;
  const failed = countFailed(counts);
  return failed > 0 ? `${total}, ${formatCount(failed)} failed` : total;
}

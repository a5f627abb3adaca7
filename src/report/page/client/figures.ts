/**
 * Figures on the page.
 *
 * @module
 */
import type { AttemptRecord } from "../../history/history.ts";
import { formatDuration } from "../../../reporters/wording.ts";

/** A duration in milliseconds, to about three figures: `48 ms`, `0.35 s`, `12.4 s`, `12:34`, `1:02:03`. */
export function formatSpan(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  return formatDuration(Math.round(ms / 1000) * 1000);
}

/** A number with its thousands apart: `10,000`. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-GB");
}

/** A figure, to three places: `0.052`, `3.4`, `1,235`. */
export function formatFigure(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return formatCount(Math.round(value));
  return `${Number(value.toPrecision(3))}`;
}

/** A share of 1 in per cent: `87 %`. */
export function formatShare(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** A moment, as the place of the reader writes it. */
export function formatMoment(t: number): string {
  return new Date(t).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** A point in time on an axis whose marks are `step` apart. */
export function formatTick(ms: number, step: number): string {
  if (step >= 1000) return formatDuration(ms);
  const places = Math.max(1, Math.ceil(-Math.log10(step / 1000)));
  return `${(ms / 1000).toFixed(places)} s`;
}

/** A command as it could be typed. */
export function formatCommand(command: readonly string[]): string {
  return command.map((word) =>
    /^[\w./:=@%+,{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  ).join(" ");
}

/** What an attempt's first item is, where it is a string. */
export function itemText({ item }: AttemptRecord): string {
  return item === undefined ? "" : `: ${item}`;
}

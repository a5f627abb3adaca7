/**
 * Types of option values.
 *
 * @module
 */
import type { HaltOn, RetryDelay, TaskConfig } from "../model/config.ts";
import type { ColorChoice } from "../terminal/capabilities.ts";
import { UsageError } from "./errors.ts";
import type { OutputChoice } from "./output.ts";
import type { ReporterChoice } from "./reporters.ts";
import { EnumType } from "@cliffy/command";

/** What Cliffy tells of a value. */
interface TypedValue {
  label: string;
  name: string;
  value: string;
}

/** Reads a duration, as in `30s`. */
export function durationType(given: TypedValue): number {
  const duration = parseDuration(given.value);
  if (duration === undefined) throw wrong(given, "a duration such as 500ms, 30s, 5m or 1h30m");
  return duration;
}

/** Reads a delay before retries: `1s`, or `1s,2,30s,0.5` for initial, factor, max and jitter. */
export function retryDelayType(given: TypedValue): RetryDelay {
  const [initial = "", factor, max, jitter, ...more] = given.value.split(",");
  const delay = {
    initial: parseDuration(initial),
    factor: factor === undefined ? undefined : parseNumber(factor),
    max: max === undefined ? undefined : parseDuration(max),
    jitter: jitter === undefined ? undefined : parseNumber(jitter),
  };
  const isUnread = delay.initial === undefined || (max !== undefined && delay.max === undefined) ||
    Number.isNaN(delay.factor) || Number.isNaN(delay.jitter) || more.length > 0;
  if (isUnread) {
    throw wrong(given, "a duration such as 1s, or initial,factor,max,jitter such as 1s,2,30s,0.5");
  }
  return delay;
}

/** Reads when to give up: `3:drain`, `1:kill`, or `3` for `3:drain`. */
export function haltOnType(given: TypedValue): HaltOn {
  const [, failures, how = "drain"] = /^(\d+)(?::(drain|kill))?$/.exec(given.value) ?? [];
  if (failures === undefined) {
    throw wrong(given, "a number of failures and how to halt, such as 3:drain or 1:kill");
  }
  return { failures: Number(failures), how: how as HaltOn["how"] };
}

/** Where a retry begins. */
export const retryFromType: EnumType<NonNullable<TaskConfig["retryFrom"]>> = new EnumType([
  "start",
  "checkpoint",
]);
/** What becomes of the workers' output. */
export const outputType: EnumType<OutputChoice> = new EnumType(["ordered", "live", "none"]);
/** Which reporter watches. */
export const reporterType: EnumType<ReporterChoice> = new EnumType([
  "auto",
  "grid",
  "plain",
  "jsonl",
  "quiet",
]);
/** Whether to use colour. */
export const colorType: EnumType<ColorChoice> = new EnumType(["auto", "always", "never"]);

function parseNumber(text: string): number {
  return /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
}

function wrong({ name, value }: TypedValue, wanted: string): UsageError {
  // One version of Cliffy names the option with its dashes, the other one without.
  return new UsageError(
    `--${name.replace(/^-+/, "")} must be ${wanted}: current value is "${value}"`,
  );
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/**
 * Reads `500ms`, `30s`, `1.5m`, `1h30m`: figures with units, the larger ones first.
 *
 * @returns Milliseconds, or nothing when the text is no duration.
 *
 * @example
 * ```ts
 * import { parseDuration } from "./option_types.ts";
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

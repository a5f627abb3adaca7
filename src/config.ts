/**
 * Checks a {@linkcode TaskConfig} once, up front, and fills its defaults in.
 *
 * @module
 */
import type { HaltOn, RetryDelay, TaskConfig } from "./task_config.ts";
import type { JobIdentity } from "./journal/job_identity.ts";
import type { ProtocolHandler } from "./protocol/protocol.ts";
import { countRanges, type SplitOptions } from "./ranges.ts";

/** A config that was checked; what it does not limit is `undefined`. */
export interface ResolvedConfig {
  readonly job: Job;
  readonly numWorkers: number;
  readonly maxRetries: number;
  readonly maxLost: number;
  readonly maxLaunchFailures: number;
  readonly gridCols?: number;
  readonly retryDelay: Required<RetryDelay>;
  readonly retryFrom: "start" | "checkpoint";
  readonly strict: boolean;
  readonly protocol?: () => ProtocolHandler;
  readonly timeout?: number;
  readonly stallTimeout?: number;
  readonly runTimeout?: number;
  readonly gracePeriod: number;
  readonly slowAfter?: number;
  readonly killSlow: boolean;
  readonly isolate: boolean;
  readonly haltOn?: HaltOn;
  readonly logDir?: string;
  readonly results?: string;
}

/** What there is to do. */
export type Job =
  | {
    readonly kind: "counted";
    readonly totalItems: number;
    readonly split: SplitOptions;
    readonly ranges: number;
  }
  | {
    readonly kind: "items";
    readonly items: Iterable<string> | AsyncIterable<string>;
    /** Their number, where it is known. */
    readonly totalItems?: number;
    /** Items of a range. */
    readonly chunkSize: number;
  };

/** A job, as its events and its journal tell it. */
export function describeJob(job: Job): Omit<JobIdentity, "command"> {
  if (job.kind === "counted") {
    const { totalItems, ranges, split } = job;
    return { totalItems, ranges, chunkSize: "chunkSize" in split ? split.chunkSize : undefined };
  }
  const { totalItems, chunkSize } = job;
  const items = totalItems === undefined ? "uncounted" : "counted";
  return { items, totalItems: totalItems ?? 0, ranges: 0, chunkSize };
}

/** The longest timer that the platform has. */
const MAX_DURATION_MS = 2 ** 31 - 1;

const FIELDS = [
  "totalItems",
  "items",
  "numWorkers",
  "maxRetries",
  "maxLost",
  "maxLaunchFailures",
  "gridCols",
  "chunkSize",
  "retryDelay",
  "retryFrom",
  "strict",
  "protocol",
  "timeout",
  "stallTimeout",
  "runTimeout",
  "gracePeriod",
  "slowAfter",
  "killSlow",
  "isolate",
  "haltOn",
  "logDir",
  "results",
] satisfies (keyof TaskConfig)[];

/**
 * Checks and completes a config.
 *
 * @throws {TypeError} If a field has another type than it should, or is not one of a config's.
 * @throws {RangeError} If a field's value is out of its bounds.
 */
export function resolveConfig(config: TaskConfig): ResolvedConfig {
  knownFields("config", config, FIELDS);
  // Defaults stand in for what is left out, not for null.
  const {
    numWorkers = navigator.hardwareConcurrency,
    maxRetries = 0,
    maxLost = 10,
    maxLaunchFailures = 20,
    retryFrom = "start",
    strict = false,
    gracePeriod = 10_000,
  } = config;
  const wanted = integer("numWorkers", numWorkers, 1);
  const job = resolveJob(config, wanted);
  return {
    job,
    numWorkers: Math.min(wanted, mostRanges(job)),
    maxRetries: integer("maxRetries", maxRetries, 0),
    maxLost: integer("maxLost", maxLost, 0),
    maxLaunchFailures: integer("maxLaunchFailures", maxLaunchFailures, 0),
    gridCols: optional(config.gridCols, (value) => integer("gridCols", value, 1)),
    retryDelay: resolveRetryDelay(config.retryDelay),
    retryFrom: oneOf("retryFrom", retryFrom, ["start", "checkpoint"]),
    strict: boolean("strict", strict),
    protocol: optional(config.protocol, (value) => maker("protocol", value)),
    timeout: optional(config.timeout, (value) => duration("timeout", value)),
    stallTimeout: optional(config.stallTimeout, (value) => duration("stallTimeout", value)),
    runTimeout: optional(config.runTimeout, (value) => duration("runTimeout", value)),
    gracePeriod: duration("gracePeriod", gracePeriod),
    slowAfter: optional(config.slowAfter, slowness),
    killSlow: withRetries("killSlow", config),
    isolate: withRetries("isolate", config),
    haltOn: optional(config.haltOn, resolveHaltOn),
    logDir: optional(config.logDir, (value) => path("logDir", value)),
    results: optional(config.results, (value) => path("results", value)),
  };
}

function resolveJob({ totalItems, items, chunkSize }: TaskConfig, numWorkers: number): Job {
  const size = optional(chunkSize, (value) => integer("chunkSize", value, 1));
  if (items === undefined) {
    const total = integer("totalItems", totalItems!, 0);
    const split = size === undefined ? { parts: numWorkers } : { chunkSize: size };
    return { kind: "counted", totalItems: total, split, ranges: countRanges(total, split) };
  }
  return {
    kind: "items",
    items: iterable("items", items),
    totalItems: optional(totalItems, (value) => integer("totalItems", value, 0)) ?? sizeOf(items),
    chunkSize: size ?? 1,
  };
}

/** How many ranges there can be. */
function mostRanges(job: Job): number {
  if (job.kind === "counted") return job.ranges;
  return Math.ceil((job.totalItems ?? Infinity) / job.chunkSize);
}

function sizeOf(items: Iterable<string> | AsyncIterable<string>): number | undefined {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set ? items.size : undefined;
}

function resolveRetryDelay(value: number | RetryDelay = {}): Required<RetryDelay> {
  if (typeof value === "number") value = { initial: value };
  knownFields("retryDelay", value, ["initial", "factor", "max", "jitter"]);
  const { initial = 1_000, factor = 2, max = Math.max(30_000, initial), jitter = 0.5 } = value;
  return {
    initial: duration("retryDelay.initial", initial, 0),
    factor: between("retryDelay.factor", factor, { min: 1 }),
    max: duration("retryDelay.max", max, 0),
    jitter: between("retryDelay.jitter", jitter, { min: 0, max: 1 }),
  };
}

function resolveHaltOn(value: HaltOn): HaltOn {
  knownFields("haltOn", value, ["failures", "how"]);
  return {
    failures: integer("haltOn.failures", value.failures, 1),
    how: oneOf("haltOn.how", value.how, ["drain", "kill"]),
  };
}

function slowness(value: number): number {
  const factor = between("slowAfter", value, { min: 1 });
  if (factor === 1) throw outOfRange("slowAfter", "a number of more than 1", value);
  return factor;
}

/** A switch for what is tried again then. */
function withRetries(field: "killSlow" | "isolate", config: TaskConfig): boolean {
  const isOn = boolean(field, config[field] ?? false);
  if (isOn && !config.maxRetries) {
    throw outOfRange(field, "false while maxRetries is 0, as nothing is tried again", isOn);
  }
  if (isOn && field === "killSlow" && config.slowAfter === undefined) {
    throw outOfRange(field, "false without slowAfter, as nothing is slow", isOn);
  }
  return isOn;
}

function optional<T, R>(value: T | undefined, check: (value: T) => R): R | undefined {
  return value === undefined ? undefined : check(value);
}

function knownFields(name: string, value: object, fields: readonly string[]): void {
  if (typeof value !== "object" || value === null) throw wrongType(name, "an object", value);
  for (const field of Object.keys(value)) {
    if (!fields.includes(field)) {
      const path = name === "config" ? field : `${name}.${field}`;
      throw new TypeError(
        `Cannot run the task as there is no field ${path}: use ${fields.join(", ")}`,
      );
    }
  }
}

function integer(field: string, value: number, min: number): number {
  if (typeof value !== "number") throw wrongType(field, integerFrom(min), value);
  if (!Number.isSafeInteger(value) || value < min) throw outOfRange(field, integerFrom(min), value);
  return value;
}

function integerFrom(min: number): string {
  return min === 0 ? "a non-negative integer" : "a positive integer";
}

function duration(field: string, value: number, min = 1): number {
  return between(field, value, { min, max: MAX_DURATION_MS, unit: "milliseconds" });
}

function between(
  field: string,
  value: number,
  { min, max, unit }: { min: number; max?: number; unit?: string },
): number {
  const bounds = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const wanted = `a number${unit === undefined ? "" : ` of ${unit}`} ${bounds}`;
  if (typeof value !== "number") throw wrongType(field, wanted, value);
  if (!(value >= min && value <= (max ?? Number.MAX_VALUE))) throw outOfRange(field, wanted, value);
  return value;
}

function boolean(field: string, value: boolean): boolean {
  if (typeof value !== "boolean") throw wrongType(field, "a boolean", value);
  return value;
}

function maker<T>(field: string, value: () => T): () => T {
  if (typeof value !== "function") {
    throw wrongType(field, "a function that makes a handler for each attempt", value);
  }
  return value;
}

function iterable<T extends object>(field: string, value: T): T {
  const isIterable = typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
  if (!isIterable) throw wrongType(field, "an iterable of strings", value);
  return value;
}

function path(field: string, value: string): string {
  const wanted = "a path";
  if (typeof value !== "string") throw wrongType(field, wanted, value);
  if (value === "" || value.includes("\0")) throw outOfRange(field, wanted, value);
  return value;
}

function oneOf<T extends string>(field: string, value: T, values: readonly T[]): T {
  const wanted = values.map((v) => `"${v}"`).join(" or ");
  if (typeof value !== "string") throw wrongType(field, wanted, value);
  if (!values.includes(value)) throw outOfRange(field, wanted, value);
  return value;
}

function wrongType(field: string, wanted: string, value: unknown): TypeError {
  return new TypeError(sentence(field, wanted, value));
}

function outOfRange(field: string, wanted: string, value: unknown): RangeError {
  return new RangeError(sentence(field, wanted, value));
}

function sentence(field: string, wanted: string, value: unknown): string {
  return `Cannot run the task as ${field} must be ${wanted}: current value is ${
    typeof value === "string" ? `"${value}"` : Deno.inspect(value)
  }`;
}

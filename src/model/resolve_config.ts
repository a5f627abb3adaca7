/**
 * Checks a {@linkcode TaskConfig} once, up front, and fills its defaults in.
 *
 * @module
 */
import {
  between,
  boolean,
  duration,
  factory,
  integer,
  iterable,
  knownFields,
  oneOf,
  optional,
  outOfRange,
  path,
  wrongType,
} from "./checks.ts";
import type { HaltOn, RetryDelay, TaskConfig } from "./config.ts";
import type { JobIdentity } from "./job_identity.ts";
import type { Protocol } from "./protocol.ts";
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
  readonly protocol?: () => Protocol;
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
    protocol: optional(config.protocol, (value) => factory("protocol", value)),
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
  const wanted = "a number of more than 1";
  if (typeof value !== "number") throw wrongType("slowAfter", wanted, value);
  if (!(value > 1 && value < Infinity)) throw outOfRange("slowAfter", wanted, value);
  return value;
}

/** A switch for what is tried again then. */
function withRetries(field: "killSlow" | "isolate", config: TaskConfig): boolean {
  const isOn = boolean(field, config[field] ?? false);
  if (isOn && !config.maxRetries) {
    throw outOfRange(field, "used with maxRetries of 1 or more", isOn);
  }
  if (isOn && field === "killSlow" && config.slowAfter === undefined) {
    throw outOfRange(field, "used with slowAfter", isOn);
  }
  return isOn;
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

/** Checks what a config says of it. */
export function resolveJob({ totalItems, items, chunkSize }: TaskConfig, numWorkers: number): Job {
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
export function mostRanges(job: Job): number {
  if (job.kind === "counted") return job.ranges;
  return Math.ceil((job.totalItems ?? Infinity) / job.chunkSize);
}

function sizeOf(items: Iterable<string> | AsyncIterable<string>): number | undefined {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set ? items.size : undefined;
}

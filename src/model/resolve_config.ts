/**
 * Resolution of a {@linkcode TaskConfig}: checks it once, up front, fills its defaults in, and splits its job.
 *
 * @module
 */
import type { TaskConfig } from "./config.ts";
import type { JobIdentity } from "./job_identity.ts";
import type { ItemSource } from "./job_origin.ts";
import { CONFIG_OPTIONS } from "./config_options.ts";
import { type Checked, checkOptions } from "./option.ts";
import { countRanges, type SplitOptions } from "./ranges.ts";
import { ConfigError, wrongType } from "./value_types.ts";

type CheckedConfig = Checked<typeof CONFIG_OPTIONS>;
/** The fields that say what there is to do. */
type WorkFields = "totalItems" | "items" | "chunkSize" | "numWorkers";

/** Retries of launches, if no number is given. */
const MAX_LAUNCH_FAILURES = 20;

/** A config that was checked; what it does not limit is `undefined`. */
export interface ResolvedConfig extends Omit<CheckedConfig, WorkFields> {
  readonly job: Job;
  readonly maxLaunchFailures: number;
  /** The time that ranges are to take, in milliseconds; undefined if they are as large as they were split. */
  readonly rangeTime?: number;
  readonly numWorkers: number;
  /** Whether the run ends if no resident worker ever answers, as nobody has said how often it is to be tried. */
  readonly givesUpUnready: boolean;
}

/**
 * Checks and completes a config.
 *
 * @throws {ConfigError} If a field is not one of a config's, or its value has another type or other bounds than it should.
 */
export function resolveConfig(config: TaskConfig): ResolvedConfig {
  const {
    totalItems,
    items,
    chunkSize,
    numWorkers = navigator.hardwareConcurrency,
    ...limits
  } = checkOptions(CONFIG_OPTIONS, config);
  if (limits.resident && limits.stdin !== undefined) {
    const wanted = "left out with resident workers, which get their items on stdin anyway";
    throw new ConfigError("stdin", { wanted, value: limits.stdin, isRight: true });
  }
  const job = resolveJob({ totalItems, items, chunkSize }, numWorkers);
  checkStarts(limits, job);
  const { maxLaunchFailures = MAX_LAUNCH_FAILURES, resident } = limits;
  return {
    ...limits,
    job,
    numWorkers: Math.min(numWorkers, mostRanges(job)),
    maxLaunchFailures,
    rangeTime: typeof chunkSize === "object" ? chunkSize.time : undefined,
    givesUpUnready: resident && limits.maxLaunchFailures === undefined,
  };
}

/** The largest number of ranges that are put into an order: each takes some hundred bytes. */
const MAX_ORDERED = 5_000_000;

/** Refuses an order and files that the job cannot have. */
function checkStarts({ order, creates }: Pick<CheckedConfig, "order" | "creates">, job: Job): void {
  if (order === "largest" && job.kind === "counted") {
    const wanted = "given, shuffle or longest for numbered items, which have no size";
    throw wrongType("order", wanted, order);
  }
  if (order !== "given" && job.kind === "counted" && job.ranges > MAX_ORDERED) {
    const wanted = `"given" for more than ${MAX_ORDERED} ranges`;
    throw new ConfigError("order", { wanted, value: order });
  }
  if (creates === undefined || chunkSizeOf(job) === 1) return;
  const wanted = "used with one item per range, as in chunkSize: 1";
  throw new ConfigError("creates", { wanted, value: creates, isRight: true });
}

/** A job: the items to be done, and how they are split into ranges. */
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
    /** Their number, if it is known. */
    readonly totalItems?: number;
    /** Items per range. If ranges are to take some time, it is their largest number; Infinity if `totalItems` is unknown. */
    readonly chunkSize: number;
  };

/** Describes a job as its events and its journal record it. */
export function describeJob(job: Job): Omit<JobIdentity, "command" | "stdin"> {
  if (job.kind === "counted") return { totalItems: job.totalItems };
  const { totalItems } = job;
  const items = totalItems === undefined ? "uncounted" : "counted";
  return { items, totalItems: totalItems ?? 0 };
}

/** Returns the size of the ranges of a job, if it was given as a number. */
export function chunkSizeOf(job: Job): number | undefined {
  if (job.kind === "items") return Number.isFinite(job.chunkSize) ? job.chunkSize : undefined;
  return "chunkSize" in job.split ? job.split.chunkSize : undefined;
}

/** Ranges per worker that `auto` makes, as `multiprocessing.Pool.map()` does. */
const RANGES_PER_WORKER = 4;

/** Returns the source of the items of a job, as far as a config tells it. */
export function sourceOf(job: Job): ItemSource {
  return job.kind === "counted" ? { kind: "numbers", total: job.totalItems } : { kind: "list" };
}

function resolveJob(
  { totalItems, items, chunkSize }: Pick<CheckedConfig, "totalItems" | "items" | "chunkSize">,
  numWorkers: number,
): Job {
  if (items !== undefined) {
    const total = totalItems ?? sizeOf(items);
    const size = typeof chunkSize === "string" || typeof chunkSize === "object"
      ? automaticSize(total, { numWorkers, chunkSize })
      : chunkSize ?? 1;
    return { kind: "items", items, totalItems: total, chunkSize: size };
  }
  if (totalItems === undefined) throw wrongType("totalItems", "a non-negative integer", totalItems);
  const perWorker = chunkSize === undefined ? 1 : RANGES_PER_WORKER;
  const split = typeof chunkSize === "number" ? { chunkSize } : { parts: perWorker * numWorkers };
  return { kind: "counted", totalItems, split, ranges: countRanges(totalItems, split) };
}

/** Returns the size of ranges of strings, of which each worker gets about four. */
function automaticSize(
  totalItems: number | undefined,
  { numWorkers, chunkSize }: {
    numWorkers: number;
    chunkSize: Exclude<CheckedConfig["chunkSize"], number>;
  },
): number {
  if (totalItems !== undefined) {
    return Math.max(1, Math.ceil(totalItems / (RANGES_PER_WORKER * numWorkers)));
  }
  if (typeof chunkSize === "object") return Infinity;
  const wanted = "a positive integer, as totalItems is not given and items has no length";
  throw wrongType("chunkSize", wanted, chunkSize);
}

/** Returns how many ranges there can be at most. */
function mostRanges(job: Job): number {
  if (job.kind === "counted") return job.ranges;
  return job.totalItems === undefined ? Infinity : Math.ceil(job.totalItems / job.chunkSize);
}

function sizeOf(items: Iterable<string> | AsyncIterable<string>): number | undefined {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set ? items.size : undefined;
}

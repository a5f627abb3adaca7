/**
 * What there is to do: a number of items, or the items themselves.
 *
 * @module
 */
import { integer, iterable, optional } from "./checks.ts";
import type { JobIdentity } from "./journal/job_identity.ts";
import { countRanges, type SplitOptions } from "./ranges.ts";
import type { TaskConfig } from "./task_config.ts";

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

/**
 * Opens the source of the ranges of a run, in the order that the config wants.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Recovery } from "../journal/recovery.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import type { OutstandingRange } from "../model/ranges.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import type { EventBus } from "./event_bus.ts";
import { ItemRanges } from "./item_ranges.ts";
import type { ItemSpace } from "./item_space.ts";
import { KnownRanges, type RangeSource } from "./range_source.ts";
import type { StartOrdering } from "./start_order.ts";
import { type RangeSizer, TimedRanges } from "./timed_ranges.ts";

/** Options of {@linkcode openRanges}. */
export interface OpenRangesOptions {
  readonly config: Pick<ResolvedConfig, "job" | "retryFrom">;
  /** The results of earlier runs of the job. */
  readonly recovery: Recovery;
  /** A number above those of all ranges of numbers. */
  readonly nextRange: number;
  readonly origin?: JobOrigin;
  readonly itemSpace?: ItemSpace;
  /** Absent if it is the given one. */
  readonly order?: StartOrdering;
  /** Set if ranges are to take about a given time. */
  readonly sizer?: RangeSizer;
  readonly clock: Clock;
  readonly bus: EventBus;
  /** Called with each range that is given, at once. */
  readonly onTaken: (range: OutstandingRange) => void;
}

/** Opens the source. It begins to read items. */
export function openRanges(
  { config: { job, retryFrom }, recovery, order, sizer, clock, bus, onTaken, ...options }:
    OpenRangesOptions,
): RangeSource {
  const publish: EventBus["publish"] = (event) => bus.publish(event);
  if (job.kind === "counted") {
    const given = recovery.outstanding(retryFrom);
    const ranges = order?.ranges(given, { clock, publish }) ?? given;
    const known = new KnownRanges(ranges, options.nextRange, { onTaken });
    return sizer === undefined ? known : new TimedRanges(known, { sizer, publish });
  }
  const source = new ItemRanges(order?.items(job.items, { clock, publish }) ?? job.items, {
    chunkSize: job.chunkSize,
    timed: sizer && { sizer, workers: () => bus.state.numWorkers },
    done: recovery.itemsDone,
    alone: recovery.itemsAlone,
    firstRange: recovery.nextRange,
    space: options.itemSpace,
    expected: job.totalItems,
    timeOf: order?.expected,
    onTaken,
    isRecorded: options.origin?.sources?.some(({ kind }) => kind === "stdin"),
    clock,
    publish,
  });
  source.start();
  return source;
}

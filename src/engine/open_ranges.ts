/**
 * The ranges of a job.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { ItemRanges } from "./item_ranges.ts";
import type { Recovery } from "../journal/recovery.ts";
import type { EventBus } from "./event_bus.ts";
import { KnownRanges, type RangeSource } from "./range_source.ts";
import { splitRanges } from "../model/ranges.ts";

/** Gives what is left to do; what is read of items that come as a stream is published. */
export function openRanges(
  { job, retryFrom }: Pick<ResolvedConfig, "job" | "retryFrom">,
  { recovery, clock, publisher }: { recovery: Recovery; clock: Clock; publisher: EventBus },
): RangeSource {
  if (job.kind === "counted") {
    const ranges = splitRanges(job.totalItems, job.split);
    const outstanding = recovery.outstanding(ranges, retryFrom);
    return new KnownRanges(outstanding, job.ranges + recovery.addedRanges);
  }
  return new ItemRanges(job.items, {
    chunkSize: job.chunkSize,
    done: recovery.itemsDone,
    firstRange: recovery.nextRange,
    expected: job.totalItems,
    clock,
    publish: (event) => publisher.publish(event),
  });
}

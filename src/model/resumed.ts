/**
 * Work of earlier runs of a job, as the first event of a resumed run has it.
 *
 * @module
 */
import type { Count } from "./numbers.ts";
import type { DoneCounts } from "./statuses.ts";

/** What earlier runs of a job have done. */
export interface Resumed {
  /** Ranges that are done, by status; 0 of a status that is left out, as the version that wrote this may not have known it. */
  readonly counts: Partial<DoneCounts>;
  /** Items that are safely done: those of these ranges, and those before the checkpoints of others. */
  readonly doneItems: Count;
  /** Ranges that were added when others were split. */
  readonly addedRanges?: Count;
}

/**
 * End of an attempt, as its last event tells it.
 *
 * @module
 */
import type { Cause, ProcessExit } from "./cause.ts";
import type { Path } from "./names.ts";
import type { Count, Share } from "./numbers.ts";
import type { AttemptEndStatus, TerminalStatus } from "./statuses.ts";
import type { ResourceUse, RunCounters } from "./types.ts";

/** The end of an attempt. */
export interface AttemptEnd extends Partial<RunCounters> {
  /** The status that its range gets if this is the last attempt; PENDING if the run stopped it. */
  readonly status: AttemptEndStatus;
  /** Why it did not end well; absent if it did. */
  readonly cause?: Cause;
  /** The last terminal status that it reported. */
  readonly reported?: TerminalStatus;
  /** How its process ended; absent if there was none. */
  readonly exit?: ProcessExit;
  /**
   * Its process group, if it ran on the machine of the executor and something in the group was alive when the attempt ended. What
   * does not end by itself within moments is ended, see {@linkcode AttemptLeakedEvent}.
   */
  readonly leftGroup?: Count;
  /** The last progress that it reported. */
  readonly progress: Count;
  /** The last share of its range that it reported, if it reports shares. No retry begins there. */
  readonly share?: Share;
  /** The file that holds all that it printed. */
  readonly logFile?: Path;
  /** What its processes used, all together; absent if that is not known, as of an attempt that was too short to be seen. */
  readonly usage?: ResourceUse;
  /** The most memory that it was allowed to use, in bytes. Reserved: no version fills it in yet. */
  readonly memory?: Count;
}

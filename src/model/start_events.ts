/**
 * Facts about starts: what they wait for, ranges that are skipped, and files that workers create.
 *
 * @module
 */
import type { Path } from "./names.ts";
import type { Count, Milliseconds, Positive, Timestamp } from "./numbers.ts";
import type { NumberedRange } from "./ranges.ts";

/**
 * What a start waits for.
 *
 * @open
 */
export type StartWait = MemoryWait | LoadWait | RateWait | DelayWait;

/** It waits until more memory of this machine is free. */
export interface MemoryWait {
  /** What it waits for. */
  readonly kind: "memory";
  /** Bytes that are free now. */
  readonly free: Count;
  /** Bytes that must be free, with those that workers may take that have just started. */
  readonly wanted: Count;
}

/** It waits until fewer threads run on this machine. */
export interface LoadWait {
  /** What it waits for. */
  readonly kind: "load";
  /** Threads that run, or wait for a CPU; workers that have just started count as one. */
  readonly threads: Count;
  /**
   * There must be fewer than this number.
   *
   * @minimum 0
   */
  readonly limit: number;
}

/** It waits, as the rate allows no more starts for some time. */
export interface RateWait {
  /** What it waits for. */
  readonly kind: "rate";
  /** The largest number of starts … */
  readonly starts: Positive;
  /** … in this number of milliseconds. */
  readonly per: Milliseconds;
  /** When the next start may be, in milliseconds since 1970. */
  readonly until: Timestamp;
}

/** It waits for the least time between two starts. */
export interface DelayWait {
  /** What it waits for. */
  readonly kind: "delay";
  /** When the next start may be, in milliseconds since 1970. */
  readonly until: Timestamp;
}

/** Work of a known length. */
export interface ExpectedWork {
  /** Milliseconds that it took in an earlier run, if ranges are ordered by that; items that are new take the mean. */
  readonly expected?: Milliseconds;
}

/** Starts that wait. */
export interface StartsHeld {
  /** What they wait for. */
  readonly waitsFor: StartWait;
}

/** A file that the worker of a range creates. */
export interface CreatedFile {
  /** Its path. */
  readonly path: Path;
}

/** A range that was skipped. */
export interface SkippedRange extends NumberedRange, CreatedFile, ExpectedWork {
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
}

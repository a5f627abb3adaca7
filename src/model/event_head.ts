/**
 * Fields that every event has, and those of every event of an attempt.
 *
 * @module
 */
import type { Count, Positive, Timestamp } from "./numbers.ts";

/** The format that this version writes, and the newest that it reads. */
export const FORMAT_VERSION = 2;

/** The fields of every event. */
export interface EventHead<Kind extends string> {
  /** Version of the format. */
  readonly v: 2;
  /** When it happened, in milliseconds since 1970. */
  readonly t: Timestamp;
  /** What happened. */
  readonly kind: Kind;
}

/** The attempt that an event is about, see {@linkcode isOfAttempt}. */
export interface AttemptRef {
  /** Number of the worker that makes the attempt, 0-based. */
  readonly worker: Count;
  /** Number of the range, 0-based. */
  readonly range: Count;
  /** Number of the attempt at this range, 1-based; `range` and `attempt` together never repeat in a job. */
  readonly attempt: Positive;
}

/** Returns whether an event is one of an attempt. */
export function isOfAttempt<E extends object>(event: E): event is E & AttemptRef {
  return "attempt" in event;
}

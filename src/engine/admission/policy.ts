/**
 * Interface of what decides when an attempt may start.
 *
 * @module
 */
import type { StartWait } from "../../model/start_events.ts";

/** An attempt that has started and not ended. */
export interface RunningStart {
  /** When it started, in milliseconds. */
  readonly at: number;
  /** Whether a process was started for it. */
  readonly isProcess: boolean;
}

/** What is known when an attempt asks to start. */
export interface StartRequest {
  /** The time, in milliseconds. */
  readonly now: number;
  /** Whether it needs a process: a resident worker may have one. */
  readonly isProcess: boolean;
  /** The attempts that run. */
  readonly running: readonly RunningStart[];
}

/** Why an attempt may not start. */
export interface StartHold {
  /** What it waits for. */
  readonly waitsFor: StartWait;
  /** Milliseconds after which it is to ask again. */
  readonly ms: number;
}

/** One rule for starts. It has no timers, and learns the time from its caller. */
export interface StartPolicy {
  /** Returns why an attempt may not start now; undefined if it may. */
  check(request: StartRequest): StartHold | undefined;
  /** Takes notice that an attempt starts. */
  start?(now: number): void;
}

/** Counts the attempts that started less than `ms` milliseconds ago. */
export function countYoung(
  running: readonly RunningStart[],
  { now, ms }: { now: number; ms: number },
): number {
  return running.reduce((count, { at }) => count + (now - at < ms ? 1 : 0), 0);
}

/**
 * Interface of reporters, and the handle on a run that they may ask for.
 *
 * @module
 */
import type { RunEvent } from "./events.ts";
import type { RunState } from "./state.ts";

/** Watches a run through its events, each with the state after it. */
export interface Reporter {
  /**
   * Is called for each event, from `run-started` to `run-ended`, at once and in order. Must not wait. If it throws, that is
   * reported once, and the reporter gets no more events.
   */
  report(event: RunEvent, state: RunState): void;
  /** Whether to measure the usage of workers once a second, for events `usage`. */
  readonly wantsUsage?: boolean;
  /** Is called before the first event, with a handle on the run for a reporter that has keys or buttons. */
  control?(handle: RunHandle): void;
  /** Is called after `run-suspended`, before the process is suspended: must leave the terminal usable within a moment. */
  suspend?(): Promise<void>;
  /** Is called after `run-ended`; the run is over when it resolves. Only a `reporter-failed` of another one may follow. */
  close?(): Promise<void>;
  /** Is called when the process is about to exit at once: must leave the terminal usable, without waiting. */
  abandon?(): void;
}

/** Changes a run while it is under way. */
export interface RunHandle {
  /** Starts no more attempts, and lets the running ones end. */
  drain(): void;
  /** Pauses new starts, of ranges and retries, until it is called with `false`. */
  setPaused(paused: boolean): void;
  /**
   * Changes the number of workers, at least 1. Additional ones start at once; those that are too many finish their ranges
   * first.
   */
  setWorkers(count: number): void;
}

/**
 * What watches a run.
 *
 * @module
 */
import type { RunEvent } from "./events.ts";
import type { RunState } from "./state.ts";

/** Watches a run: sees its events, each with the state that it led to, and nothing else. */
export interface Reporter {
  /**
   * Called for each event, from `run-started` to `run-ended`, at once and in order. Must not wait. One that throws is
   * reported once and called no more.
   */
  report(event: RunEvent, state: RunState): void;
  /** Whether to sample once a second what workers take of the machine, for events `usage`. */
  readonly wantsUsage?: boolean;
  /** Called before the first event: what a reporter with keys, or a page, may do to the run. */
  control?(controls: RunHandle): void;
  /** Called after `run-suspended`, before the process stands still: leaves the terminal usable. Is not waited for for long. */
  suspend?(): Promise<void>;
  /** Called after `run-ended`; the run is over when it resolves. Only a `reporter-failed` of another one may follow. */
  close?(): Promise<void>;
  /** Called when the process is about to end at once: leaves the terminal usable, without waiting. */
  abandon?(): void;
}

/** Handed to reporters that ask for it, such as one with keys. */
export interface RunHandle {
  /** Lets what runs end, and starts nothing more. */
  drain(): void;
  /** Starts nothing, neither ranges nor retries, until called with `false`. */
  setPaused(paused: boolean): void;
  /**
   * Changes the number of workers, at least 1: further ones take up work at once, those that are too many end after the
   * range that they have.
   */
  setWorkers(count: number): void;
}

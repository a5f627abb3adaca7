/**
 * What watches a run.
 *
 * @module
 */
import type { RunEvent } from "../events.ts";
import type { RunState } from "../state.ts";

/** Watches a run: sees its events, each with the state that it led to, and nothing else. */
export interface Reporter {
  /**
   * Called for each event, from `run-started` to `run-ended`, at once and in order. Must not wait. One that throws is
   * reported once and called no more.
   */
  report(event: RunEvent, state: RunState): void;
  /** Called after `run-suspended`, before the process stands still: leaves the terminal usable. Is not waited for for long. */
  suspend?(): Promise<void>;
  /** Called after `run-ended`; the run is over when it resolves. Only a `reporter-failed` of another one may follow. */
  close?(): Promise<void>;
  /** Called when the process is about to end at once: leaves the terminal usable, without waiting. */
  abandon?(): void;
}

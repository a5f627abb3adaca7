/**
 * Where what workers print goes.
 *
 * @module
 */
import type { AttemptEnd } from "../model/events.ts";
import type { WorkerState } from "../model/types.ts";

/** What an output is told of a run. */
export interface OutputRun {
  /** Says that something went wrong that is no reason for the work to end. */
  readonly warn: (text: string) => void;
}

/** An attempt that begins. */
export interface OutputAttempt {
  /** The worker, its range and the number of the attempt. */
  readonly worker: WorkerState;
  /**
   * Whether it goes on at a checkpoint that attempts before it have reached: what these printed counts, too. Otherwise it
   * begins anew, and counts alone.
   */
  readonly continues: boolean;
}

/** How a range ended for good. */
export interface OutputEnd extends Pick<AttemptEnd, "status" | "reason" | "exit"> {
  /**
   * Whether what was printed counts. It does not when the run itself stopped the range, which is then outstanding from its
   * start, nor when a part was refused.
   */
  readonly counts: boolean;
}

/** Takes what the workers of a run print. One output serves one run at a time. */
export interface Output {
  /** Called before the first range. */
  open?(run: OutputRun): void;
  /** Called when a worker takes a range, in the order of the items. */
  range(index: number): RangeOutput;
  /** Called when all ranges have ended; resolves when all is where it should be. */
  close?(): Promise<void>;
  /** Called in place of, or after, `close` when nobody waits any longer: lets go of what it holds, at once. */
  abandon?(): void;
}

/**
 * Takes what the attempts at one range print, bytes as they come; no more come before what a method returns has resolved.
 * Bytes are to be copied when they are kept longer. An attempt whose bytes are refused is ended as `output lost`.
 */
export interface RangeOutput {
  /** An attempt begins; perhaps more than once, as long as nothing can be started. */
  begin(attempt: OutputAttempt): void | Promise<void>;
  /** Takes a piece of its stdout, lines that are signals left out. */
  stdout(bytes: Uint8Array): void | Promise<void>;
  /** Takes a piece of its stderr. */
  stderr?(bytes: Uint8Array): void | Promise<void>;
  /** A signal overwrites the open line of stdout: its text so far is nothing that a terminal would show in the end. */
  overwriteStdout?(): void | Promise<void>;
  /** The range has ended for good, perhaps before any attempt began. */
  end(end: OutputEnd): void | Promise<void>;
}

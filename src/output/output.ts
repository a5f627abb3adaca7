/**
 * The interface of outputs, which receive what workers print.
 *
 * @module
 */
import type { AttemptEnd } from "../model/events.ts";
import type { WorkerState } from "../model/types.ts";

/** Passed to an output when a run begins. */
export interface OutputRun {
  /** Publishes a warning; the work goes on. */
  readonly warn: (text: string) => void;
  /** Prints on stdout, if a reporter draws there: an output that writes to stdout must do so through this function. */
  readonly print?: (bytes: Uint8Array) => Promise<void>;
  /** The same for stderr. */
  readonly printError?: (bytes: Uint8Array) => Promise<void>;
  /** Publishes that all output of a range was written. */
  readonly written: (range: number) => void;
  /** Reports that output of a range which has ended could not be written: the range is CRASHED, and not done. */
  readonly lost: (range: number, error: unknown) => void;
  /** Reports that nobody reads what is written any more. The work goes on, and no more items are read from stdin. */
  readonly readerGone: () => void;
}

/** An attempt that begins. */
export interface OutputAttempt {
  /** The worker, its range and the number of the attempt. */
  readonly worker: WorkerState;
  /**
   * Whether it continues from a checkpoint of earlier attempts, so that their output counts, too. Otherwise it starts
   * again, and only its own output counts.
   */
  readonly continues: boolean;
}

/** The end of a range: the final one, or PENDING if the run was stopped. */
export interface OutputEnd extends Pick<AttemptEnd, "status" | "cause" | "exit"> {
  /**
   * Whether the output counts. It does not count if the run stopped the range, which is then outstanding from its start,
   * or if a part of the output was lost.
   */
  readonly counts: boolean;
}

/**
 * Receives the output of the workers of a run. An output serves one run at a time. If a promise does not settle within ten
 * seconds, a warning says so. After a stop, it has the grace period to settle.
 */
export interface Output {
  /** Whether it writes to stdout. Reporters then leave stdout to it, or let it print between their frames. */
  readonly writesStdout?: boolean;
  /** Whether it writes to stderr. A reporter that draws there lets it print between its frames. */
  readonly writesStderr?: boolean;
  /**
   * Set if it calls {@linkcode OutputRun.written} or {@linkcode OutputRun.lost} for each range that has ended. With `written`,
   * the journal records these ranges. After a crash, a run that resumes the job writes the others from their results, or runs
   * them again. With `lost`, the journal does not record it.
   */
  readonly reports?: "written" | "lost";
  /** Called before the first range. */
  open?(run: OutputRun): void;
  /** Called when a worker takes a range, in the order of the items. */
  range(index: number): RangeOutput;
  /** Called when all ranges have ended. Resolves when everything is written. If it rejects, the exit code is 1. */
  close?(): Promise<void>;
  /** Called to release everything at once, without waiting, instead of `close` or after it. */
  abandon?(): void;
}

/**
 * Receives the output of the attempts at one range. The next call waits until the returned promise resolves; after that,
 * the bytes are no longer valid. If a method throws or rejects, output is lost: the attempt is ended as CRASHED, with the
 * cause `output-lost`, and its range may be tried again.
 */
export interface RangeOutput {
  /** Called when an attempt begins, possibly several times while nothing can be started. */
  begin(attempt: OutputAttempt): void | Promise<void>;
  /**
   * Called if the process cannot be started before others have ended, as files or processes are short: releases what is
   * open. `begin` or `end` follows.
   */
  release?(): void | Promise<void>;
  /** Receives bytes of stdout, without the lines that are signals. */
  stdout(bytes: Uint8Array): void | Promise<void>;
  /** Receives bytes of stderr, without the lines that are signals. */
  stderr?(bytes: Uint8Array): void | Promise<void>;
  /** Called when a signal overwrites the open line of stdout, so that a terminal would not show its text in the end. */
  overwriteStdout?(): void | Promise<void>;
  /** The same for stderr. */
  overwriteStderr?(): void | Promise<void>;
  /**
   * Called when the range has ended, or the run was stopped; possibly before any attempt began. A range counts as done only
   * after it has resolved. If it rejects, or another output does, `begin` follows if the range is tried again, and
   * otherwise another `end`.
   */
  end(end: OutputEnd): void | Promise<void>;
}

/**
 * Interface of reporters, and the handle on a run that they may ask for.
 *
 * @module
 */
import type { RunEvent } from "./events.ts";
import type { RunState } from "./state.ts";
import type { RunSummary } from "./types.ts";

/** Watches a run through its events, each with the state after it. */
export interface Reporter {
  /**
   * Is called for each event, at once and in order; the first one is `run-started`. Must not wait. If it throws, an event
   * `reporter-failed` says so, and it gets no more events.
   */
  report(event: RunEvent, state: RunState): void;
  /**
   * The file that it writes, if somebody depends on that. If the reporter fails, the exit code of the run is 1. It is closed
   * before the reporters without such a file, so that these can show the failure.
   */
  readonly path?: string;
  /** Whether to measure the usage of workers once a second, for events `usage`. */
  readonly wantsUsage?: boolean;
  /** Is called before the first event, with the handle of the run, for a reporter that has keys or buttons. */
  control?(handle: RunHandle): void;
  /**
   * Is called before all else if an output of the run writes to stdout. A reporter that uses stdout must then return a
   * function that prints bytes between what it draws, or move to stderr.
   */
  shareStdout?(): ((bytes: Uint8Array) => Promise<void>) | undefined;
  /**
   * Is called after `shareStdout` if an output of the run writes to stderr. A reporter that draws on the terminal of stderr
   * must return a function that prints bytes between what it draws. One that writes lines there need not do anything.
   */
  shareStderr?(): ((bytes: Uint8Array) => Promise<void>) | undefined;
  /**
   * What it does with stdout: it draws frames over each other, or adds lines. Absent if it writes elsewhere. If one reporter
   * of a run draws `frames` there, no other may use stdout.
   */
  readonly stdout?: "frames" | "lines";
  /** Is called after `run-suspended`, before the process is suspended: must leave the terminal usable within a moment. */
  suspend?(): Promise<void>;
  /**
   * Is called after `run-ended`, the last call of `report`. The run is over when it resolves. If it has not resolved after
   * 10 seconds, or after the grace period if the run was stopped, the reporter is dropped, and a warning of the summary says
   * so. A reporter without `close` also gets the warnings about others that cannot close.
   */
  close?(): Promise<void>;
  /** Whether `close` waits until another process has read what it wrote to a pipe. If so, it has no time limit. */
  readonly waitsForReader?: boolean;
  /** Is called when the process is about to exit at once: must leave the terminal usable, without waiting. */
  abandon?(): void;
}

/**
 * A run that was started. Calls before the first event take effect right after it. Calls after the end of the work change
 * nothing, but `stop` then ends the wait for reporters that close.
 */
export interface RunHandle {
  /** The state after the last event. */
  readonly state: RunState;
  /** Resolves at the end of the run; rejects with the errors of {@linkcode SubprocessExecutor.run}. */
  readonly summary: Promise<RunSummary>;
  /** Starts no more attempts, and lets the running ones end. */
  drain(): void;
  /** Pauses new starts, of ranges and retries. Attempts that run go on. */
  pause(): void;
  /** Ends a pause. */
  continue(): void;
  /**
   * Changes the number of workers. More workers start at once, if there are ranges for them. Fewer workers go on until those
   * that are too many have ended their ranges.
   *
   * @throws {ConfigError} If `count` is not a positive integer.
   */
  setWorkers(count: number): void;
  /**
   * Cancels a range, by its number or by one of its items, which is a string in a job of strings and otherwise a number. If
   * several ranges have the string, each of them is cancelled. A cancelled range is FAILED with the cause `cancelled`, and is not tried again. Its worker gets SIGTERM,
   * and is killed after the grace period. A launch under way has the same time to come to its end. A range that waits for a
   * retry, for its command or for room ends at once; one that has not begun ends when its turn comes, without a process. A
   * range that has ended stays as it is.
   *
   * @throws {ConfigError} If `range` is neither a non-negative integer nor an object with an `item`.
   */
  cancel(range: number | { readonly item: string | number }): void;
  /**
   * Ends the run: `stop` sends SIGTERM to the workers, and kills them after the grace period; `kill` kills them at once.
   *
   * @default {"stop"}
   */
  stop(how?: "stop" | "kill"): void;
}

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
   * Is called for each event, `run-started` first, at once and in order. Must not wait. If it throws, that is
   * reported once, and the reporter gets no more events.
   */
  report(event: RunEvent, state: RunState): void;
  /**
   * The file that it writes, if somebody depends on that. If the reporter fails, the file counts as not written: the exit code
   * is 1. Its `close` is called before that of reporters without such a file, so that these can show the failure.
   */
  readonly path?: string;
  /** Whether to measure the usage of workers once a second, for events `usage`. */
  readonly wantsUsage?: boolean;
  /** Is called before the first event, with the handle of the run, for a reporter that has keys or buttons. */
  control?(handle: RunHandle): void;
  /**
   * Is called first, if an output of the run writes to stdout. A reporter that draws on stdout must return a function that
   * prints bytes between what it draws, or leave stdout and go on on stderr.
   */
  shareStdout?(): ((bytes: Uint8Array) => Promise<void>) | undefined;
  /**
   * Is called after that, if an output of the run writes to stderr. A reporter that draws on the terminal of stderr must
   * return a function that prints bytes between what it draws. Lines of other reporters stand between those of the workers.
   */
  shareStderr?(): ((bytes: Uint8Array) => Promise<void>) | undefined;
  /**
   * What it does with stdout: it redraws a part of it (`frames`), or adds lines to it (`lines`). Beside one that redraws, no
   * other may write there. Absent if it writes elsewhere.
   */
  readonly stdout?: "frames" | "lines";
  /** Is called after `run-suspended`, before the process is suspended: must leave the terminal usable within a moment. */
  suspend?(): Promise<void>;
  /**
   * Is called after `run-ended`; the run is over when it resolves. If it has not resolved after 10 seconds, the reporter is
   * dropped, and a warning of the summary says so. If the run was stopped, it has the grace period. `report` is not called any
   * more then. A reporter without `close` also gets the warnings about others that cannot close.
   */
  close?(): Promise<void>;
  /** Whether `close` waits for a reader, such as that of a pipe. If so, it has no time limit. */
  readonly waitsForReader?: boolean;
  /** Is called when the process is about to exit at once: must leave the terminal usable, without waiting. */
  abandon?(): void;
}

/**
 * A run that was started: its state, its end, and what changes it while it is under way. Calls before the first event take
 * effect right after it; calls after the end of the work change nothing, but `stop` ends the wait for reporters that close.
 */
export interface RunHandle {
  /** The state after the last event. */
  readonly state: RunState;
  /** Resolves at the end of the run; rejects for the reasons that `SubprocessExecutor.run` has. */
  readonly summary: Promise<RunSummary>;
  /** Starts no more attempts, and lets the running ones end. */
  drain(): void;
  /** Pauses new starts, of ranges and retries. Attempts that run go on. */
  pause(): void;
  /** Ends a pause. */
  continue(): void;
  /**
   * Changes the number of workers. Additional ones start at once, as far as there are ranges for them; those that are too
   * many finish their ranges first.
   *
   * @throws {ConfigError} If it is not a positive integer.
   */
  setWorkers(count: number): void;
  /**
   * Cancels a range, by its number: it is FAILED with the cause `cancelled`, and is not tried again. Its worker is asked to end, with
   * SIGTERM, and killed after the grace period. A range that waits for a retry, for its command or for room to start ends at once.
   * A launch under way has the grace period to come to its end. A range that has not begun ends when its turn comes, without a
   * process. A range that has ended stays as it is.
   *
   * @throws {ConfigError} If it is no non-negative integer.
   */
  cancel(range: number): void;
  /**
   * Ends the run: `stop` asks the workers to end, with SIGTERM, and kills them after the grace period; `kill` kills them at
   * once.
   *
   * @default {"stop"}
   */
  stop(how?: "stop" | "kill"): void;
}

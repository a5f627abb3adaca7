/**
 * Causes: why an attempt ended, and how its process did, as data. `reporters/wording.ts` puts them into words.
 *
 * @module
 */
import type { Count } from "./numbers.ts";
import type { FailedStatus } from "./statuses.ts";

/**
 * Why an attempt ended, other than well.
 *
 * @open More kinds may come in later versions.
 */
export type Cause =
  | ExitCause
  | SignalCause
  | LimitCause
  | ReportedCause
  | IncompleteCause
  | LaunchCause
  | LostCause
  | OutputLostCause
  | OutOfMemoryCause
  | CommandCause
  | FaultCause
  | EndedByRunCause;

/** The process exited with a code other than 0. */
export interface ExitCause {
  /** Names the kind. */
  readonly kind: "exit";
  /**
   * The exit code.
   *
   * @asType integer
   */
  readonly code: number;
}

/** A signal that the executor did not send ended the process. */
export interface SignalCause {
  /** Names the kind. */
  readonly kind: "signal";
  /** Its name, such as `SIGSEGV`. */
  readonly signal: string;
}

/** The executor ended the attempt at a limit: `timeout`, `stallTimeout`, or `slowAfter` with `killSlow`. */
export interface LimitCause {
  /** Names the kind. */
  readonly kind: "timeout" | "stall" | "slow";
}

/** The worker exited with code 0 and reported that it had failed or crashed. */
export interface ReportedCause {
  /** Names the kind. */
  readonly kind: "reported";
  /** The status that it reported. */
  readonly status?: FailedStatus;
}

/** The worker ended well with progress short of its range, which `strict` does not allow. */
export interface IncompleteCause {
  /** Names the kind. */
  readonly kind: "incomplete";
  /** Items that it reported as done. */
  readonly done: Count;
  /** Items that it was given. */
  readonly total: Count;
}

/** The process did not start. */
export interface LaunchCause {
  /** Names the kind. */
  readonly kind: "launch";
  /** The reason, from the system or the launcher. */
  readonly message: string;
  /** Whether another attempt would end the same way. */
  readonly permanent?: boolean;
}

/** The process ran, and its end was not seen: its node failed, or the connection to it. */
export interface LostCause {
  /** Names the kind. */
  readonly kind: "lost";
  /** The node on which it ran, if it is known. */
  readonly node?: string;
  /** The reason, from the launcher. */
  readonly message: string;
}

/** Output that was promised (`results`, `output`) could not be kept. */
export interface OutputLostCause {
  /** Names the kind. */
  readonly kind: "output-lost";
  /** The error of the system, if there is one. */
  readonly message?: string;
}

/** The process was ended because it used too much memory. Reserved: this version never makes it. */
export interface OutOfMemoryCause {
  /** Names the kind. */
  readonly kind: "out-of-memory";
}

/** `getCommand` threw an error, or returned something that is no command. */
export interface CommandCause {
  /** Names the kind. */
  readonly kind: "command";
  /** Its message. */
  readonly message: string;
}

/** A part that the caller gave, such as a protocol, failed while it served the attempt. */
export interface FaultCause {
  /** Names the kind. */
  readonly kind: "fault";
  /** The message of its error. */
  readonly message: string;
}

/** The whole run was stopped, or the range was cancelled. */
export interface EndedByRunCause {
  /** Names the kind. */
  readonly kind: "cancelled" | "stopped";
}

/** The cause of a failure that names none, as in a record that another program wrote. */
export const UNKNOWN_CAUSE: Cause = { kind: "fault", message: "unknown" };

/**
 * How a process ended. `launch-failed`: it never ran, and if that is `permanent`, another attempt would end the same way.
 * `lost`: it ran, and nobody saw its end, as its machine or the connection to it failed.
 */
export type ProcessExit =
  | {
    readonly kind: "exited";
    /** @asType integer */
    readonly code: number;
  }
  | { readonly kind: "signaled"; readonly signal: string }
  | { readonly kind: "launch-failed"; readonly reason: string; readonly permanent?: boolean }
  | { readonly kind: "lost"; readonly reason: string };

/**
 * Causes: why an attempt ended, as data. `reporters/wording.ts` puts them into words.
 *
 * @module
 */
import type { Count } from "./numbers.ts";
import type { FailedStatus } from "./statuses.ts";

/** Why an attempt ended, other than well. More kinds may come in later versions. */
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
  /** Which cause it is. */
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
  /** Which cause it is. */
  readonly kind: "signal";
  /** Its name, such as `SIGSEGV`. */
  readonly signal: string;
}

/** The executor ended the attempt at a limit: `timeout`, `stallTimeout`, or `slowAfter` with `killSlow`. */
export interface LimitCause {
  /** Which cause it is. */
  readonly kind: "timeout" | "stall" | "slow";
}

/** The worker exited with code 0 and reported that it had failed or crashed. */
export interface ReportedCause {
  /** Which cause it is. */
  readonly kind: "reported";
  /** The status that it reported. */
  readonly status?: FailedStatus;
}

/** The worker ended well with progress short of its range, which `strict` does not allow. */
export interface IncompleteCause {
  /** Which cause it is. */
  readonly kind: "incomplete";
  /** Items that it reported as done. */
  readonly done: Count;
  /** Items that it was given. */
  readonly total: Count;
}

/** The process did not start. */
export interface LaunchCause {
  /** Which cause it is. */
  readonly kind: "launch";
  /** The reason, from the system or the launcher. */
  readonly message: string;
  /** Whether another attempt would end the same way. */
  readonly permanent?: boolean;
}

/** The process ran, and its end was not seen: its node failed, or the connection to it. */
export interface LostCause {
  /** Which cause it is. */
  readonly kind: "lost";
  /** The node on which it ran, if it is known. */
  readonly node?: string;
  /** The reason, from the launcher. */
  readonly message: string;
}

/** Output that was promised (`results`, `output`) could not be kept. */
export interface OutputLostCause {
  /** Which cause it is. */
  readonly kind: "output-lost";
  /** The error of the system, if there is one. */
  readonly message?: string;
}

/** The process was ended because it used too much memory. */
export interface OutOfMemoryCause {
  /** Which cause it is. */
  readonly kind: "out-of-memory";
}

/** `getCommand` threw an error, or returned something that is no command. */
export interface CommandCause {
  /** Which cause it is. */
  readonly kind: "command";
  /** Its message. */
  readonly message: string;
}

/** A part that the caller gave, such as a protocol, failed while it served the attempt. */
export interface FaultCause {
  /** Which cause it is. */
  readonly kind: "fault";
  /** The message of its error. */
  readonly message: string;
}

/** A person cancelled the range, or the whole run was stopped. */
export interface EndedByRunCause {
  /** Which cause it is. */
  readonly kind: "cancelled" | "stopped";
}

/** The cause of a failure that names none, as in a record that another program wrote. */
export const UNKNOWN_CAUSE: Cause = { kind: "fault", message: "unknown" };

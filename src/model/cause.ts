/**
 * Causes: why an attempt ended, and how its process did, as data. `reporters/wording.ts` puts them into words.
 *
 * @module
 */
import type { Path } from "./names.ts";
import type { Count } from "./numbers.ts";
import type { FailedStatus } from "./statuses.ts";

/**
 * Why an attempt did not end well:
 *
 * - `exit`: the process exited with a `code` other than 0.
 * - `signal`: a signal ended the process, such as `SIGSEGV`. The executor did not send it.
 * - `timeout`, `stall`, `slow`: the executor ended the attempt at the limit `timeout`, at `stallTimeout`, or at `slowAfter`
 *   with `killSlow`.
 * - `reported`: the worker exited with code 0, and had reported the `status` FAILED or CRASHED.
 * - `incomplete`: the worker ended well, but had `done` fewer than the `total` items of its range. Only `strict` fails it.
 * - `file-missing`: the worker ended well, but the file that `creates` names is not there, or `isOld`: older than the item.
 * - `launch`: the process did not start. If that is `permanent`, another attempt would end the same way.
 * - `lost`: the process ran, and nobody saw its end, as its machine (`node`) or the connection to it failed.
 * - `output-lost`: output that `results` or `output` promises could not be kept.
 * - `out-of-memory`: the process used too much memory: more than `memory` allows (`by` the `limit`), so that the executor or the
 *   kernel ended it; or the system had none left, and the `kernel` killed it.
 * - `command`: `getCommand` threw an error, or returned something that is no command.
 * - `fault`: a part that the caller gave failed while it served the attempt, such as a protocol.
 * - `cancelled`: the range was cancelled.
 * - `stopped`: the whole run was stopped.
 *
 * `message` gives the reason in words, as the system, the launcher or the thrown error has it.
 *
 * @open More kinds may come in later versions.
 */
export type Cause =
  | {
    /** The process exited with a code other than 0. */
    readonly kind: "exit";
    /** @asType integer */
    readonly code: number;
  }
  | {
    /** A signal that the executor did not send ended the process. */
    readonly kind: "signal";
    /** Its name, such as `SIGSEGV`. */
    readonly signal: string;
  }
  | {
    /** The executor ended the attempt at a limit: `timeout`, `stallTimeout`, or `slowAfter` with `killSlow`. */
    readonly kind: "timeout" | "stall" | "slow";
  }
  | {
    /** The worker exited with code 0 and reported that it had failed or crashed. */
    readonly kind: "reported";
    /** The status that it reported. */
    readonly status?: FailedStatus;
  }
  | {
    /** The worker ended well with progress short of its range, which `strict` does not allow. */
    readonly kind: "incomplete";
    /** Items that it reported as done. */
    readonly done: Count;
    /** Items that it was given. */
    readonly total: Count;
  }
  | {
    /** The worker ended well, and has not made the file that `creates` names. */
    readonly kind: "file-missing";
    /** The file. */
    readonly path: Path;
    /** Whether it is there, but older than the item. */
    readonly isOld?: boolean;
  }
  | {
    /** The process did not start. */
    readonly kind: "launch";
    /** The reason, from the system or the launcher. */
    readonly message: string;
    /** Whether another attempt would end the same way. */
    readonly permanent?: boolean;
  }
  | {
    /** The process ran, and its end was not seen: its node failed, or the connection to it. */
    readonly kind: "lost";
    /** The node on which it ran, if it is known. */
    readonly node?: string;
    /** The reason, from the launcher. */
    readonly message: string;
  }
  | {
    /** Output that was promised (`results`, `output`) could not be kept. */
    readonly kind: "output-lost";
    /** The error of the system, if there is one. */
    readonly message?: string;
  }
  | {
    /** The process was ended because it used too much memory, or the system had none left. */
    readonly kind: "out-of-memory";
    /** What ended it: the `limit` that was set for it, or the `kernel`, as the system or a group of processes had none left. */
    readonly by?: "limit" | "kernel";
    /** The limit, in bytes. */
    readonly limit?: Count;
    /** Whether that is only likely: SIGKILL ended it while the kernel killed some process for want of memory. */
    readonly isLikely?: boolean;
  }
  | {
    /** `getCommand` threw an error, or returned something that is no command. */
    readonly kind: "command";
    /** The message of the error. */
    readonly message: string;
  }
  | {
    /** A part that the caller gave, such as a protocol, failed while it served the attempt. */
    readonly kind: "fault";
    /** The message of its error. */
    readonly message: string;
  }
  | {
    /** The range was cancelled, or the whole run was stopped. */
    readonly kind: "cancelled" | "stopped";
  };

/** The causes of one or more kinds. */
export type CauseOf<Kind extends Cause["kind"]> = Extract<Cause, { readonly kind: Kind }>;

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

/** The exit code of a shell whose command was ended by SIGKILL. */
const SHELL_SIGKILL = 137;

/** Returns whether SIGKILL has ended a process, or one that it has waited for as a shell does. */
export function isKilled(exit: ProcessExit | undefined): boolean {
  if (exit?.kind === "signaled") return exit.signal === "SIGKILL";
  return exit?.kind === "exited" && exit.code === SHELL_SIGKILL;
}

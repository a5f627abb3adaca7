// Table of faults of a worker, the moments at which they happen, and the expected outcomes.
import type { Cause } from "@lambdawaker/executor/events";
import type { TaskConfig, TerminalStatus } from "@lambdawaker/executor";

/** Time limit of a worker that hangs; the test skips this time. */
export const HOUR = 3_600_000;

/** Moments of a fault, as the shell script that runs before it. */
export const MOMENTS = {
  "before its first line": ":",
  "in the middle of a line": "echo PROGRESS: 3; printf 'PROGRESS: 4'",
  "after STATUS: SUCCESS": "echo PROGRESS: 3; echo STATUS: SUCCESS",
  "after its last item": "echo PROGRESS: 10",
};
export type Moment = keyof typeof MOMENTS;

/** A fault, and the config of its job. */
export interface Break {
  /** Shell script; `$0` is its temporary folder. */
  readonly script: string;
  /** Whether the worker hangs until a time limit ends it; it creates a file `hangs` first. */
  readonly hangs?: true;
  readonly config?: Partial<TaskConfig>;
}

const LOOP = "while [ -d $0 ]; do sleep 0.02; done";

export const BREAKS = {
  "exit 0": { script: "exit 0" },
  "exit 3": { script: "exit 3" },
  "SIGSEGV": { script: "ulimit -c 0; kill -SEGV $$" },
  "SIGKILL": { script: "kill -KILL $$" },
  "hang, and stall": {
    script: `touch $0/hangs; ${LOOP}`,
    hangs: true,
    config: { stallTimeout: HOUR },
  },
  "hang, time out, and ignore TERM": {
    script: `trap '' TERM; touch $0/hangs; ${LOOP}`,
    hangs: true,
    config: { timeout: HOUR, gracePeriod: 300 },
  },
  "close stdout, and go on": { script: "exec >&-; sleep 0.2; exit 0" },
  // It computes now and then, as a filter does that has more to write: it has the grace period.
  "leave a grandchild that holds the pipe": {
    script: `sh -c '${LOOP}' $0 & exit 0`,
    config: { gracePeriod: 5_000 },
  },
} satisfies Record<string, Break>;
export type Fault = keyof typeof BREAKS;

/** Numbers of healthy workers that run at the same time. */
export const HEALTHY_WORKERS = [0, 15];

/** The expected outcome. */
export type Row = [
  fault: Fault,
  moment: Moment,
  status: TerminalStatus,
  cause: Cause | undefined,
  /** The exit code or the signal. */
  exit: number | Deno.Signal,
  /** The last progress that counts. */
  progress: number,
  leaked: number,
  forcedKills: number,
];

const [FIRST, MIDDLE, SUCCESS, LAST] = Object.keys(MOMENTS) as [Moment, Moment, Moment, Moment];
const NONE = undefined;

export const CRASH_MATRIX: readonly Row[] = [
  // A last line without a newline counts. A range that was done when its worker broke is FINISHED.
  ["exit 0", FIRST, "SUCCESS", NONE, 0, 0, 0, 0],
  ["exit 0", MIDDLE, "SUCCESS", NONE, 0, 4, 0, 0],
  ["exit 0", SUCCESS, "SUCCESS", NONE, 0, 3, 0, 0],
  ["exit 0", LAST, "SUCCESS", NONE, 0, 10, 0, 0],

  ["exit 3", FIRST, "FAILED", { kind: "exit", code: 3 }, 3, 0, 0, 0],
  ["exit 3", MIDDLE, "FAILED", { kind: "exit", code: 3 }, 3, 4, 0, 0],
  ["exit 3", SUCCESS, "FAILED", { kind: "exit", code: 3 }, 3, 3, 0, 0],
  ["exit 3", LAST, "FINISHED", { kind: "exit", code: 3 }, 3, 10, 0, 0],

  // The last line of a killed worker does not count without a newline.
  ["SIGSEGV", FIRST, "CRASHED", { kind: "signal", signal: "SIGSEGV" }, "SIGSEGV", 0, 0, 0],
  ["SIGSEGV", MIDDLE, "CRASHED", { kind: "signal", signal: "SIGSEGV" }, "SIGSEGV", 3, 0, 0],
  ["SIGSEGV", SUCCESS, "CRASHED", { kind: "signal", signal: "SIGSEGV" }, "SIGSEGV", 3, 0, 0],
  ["SIGSEGV", LAST, "FINISHED", { kind: "signal", signal: "SIGSEGV" }, "SIGSEGV", 10, 0, 0],

  ["SIGKILL", FIRST, "CRASHED", { kind: "signal", signal: "SIGKILL" }, "SIGKILL", 0, 0, 0],
  ["SIGKILL", MIDDLE, "CRASHED", { kind: "signal", signal: "SIGKILL" }, "SIGKILL", 3, 0, 0],
  ["SIGKILL", SUCCESS, "CRASHED", { kind: "signal", signal: "SIGKILL" }, "SIGKILL", 3, 0, 0],
  ["SIGKILL", LAST, "FINISHED", { kind: "signal", signal: "SIGKILL" }, "SIGKILL", 10, 0, 0],

  ["hang, and stall", FIRST, "CRASHED", { kind: "stall" }, "SIGTERM", 0, 0, 0],
  ["hang, and stall", MIDDLE, "CRASHED", { kind: "stall" }, "SIGTERM", 3, 0, 0],
  ["hang, and stall", SUCCESS, "CRASHED", { kind: "stall" }, "SIGTERM", 3, 0, 0],
  ["hang, and stall", LAST, "FINISHED", { kind: "stall" }, "SIGTERM", 10, 0, 0],

  ["hang, time out, and ignore TERM", FIRST, "CRASHED", { kind: "timeout" }, "SIGKILL", 0, 0, 1],
  ["hang, time out, and ignore TERM", MIDDLE, "CRASHED", { kind: "timeout" }, "SIGKILL", 3, 0, 1],
  ["hang, time out, and ignore TERM", SUCCESS, "CRASHED", { kind: "timeout" }, "SIGKILL", 3, 0, 1],
  ["hang, time out, and ignore TERM", LAST, "FINISHED", { kind: "timeout" }, "SIGKILL", 10, 0, 1],

  ["close stdout, and go on", FIRST, "SUCCESS", NONE, 0, 0, 0, 0],
  ["close stdout, and go on", MIDDLE, "SUCCESS", NONE, 0, 4, 0, 0],
  ["close stdout, and go on", SUCCESS, "SUCCESS", NONE, 0, 3, 0, 0],
  ["close stdout, and go on", LAST, "SUCCESS", NONE, 0, 10, 0, 0],

  ["leave a grandchild that holds the pipe", FIRST, "SUCCESS", NONE, 0, 0, 1, 0],
  ["leave a grandchild that holds the pipe", MIDDLE, "SUCCESS", NONE, 0, 4, 1, 0],
  ["leave a grandchild that holds the pipe", SUCCESS, "SUCCESS", NONE, 0, 3, 1, 0],
  ["leave a grandchild that holds the pipe", LAST, "SUCCESS", NONE, 0, 10, 1, 0],
];

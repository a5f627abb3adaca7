// What must come of a worker when its run is stopped, by what asks for it, how often, and what the worker is doing
// then: the table that stop_matrix_test.ts reads.
import type { StopCause, StopSignal } from "@lambdawaker/executor";
import type { AttemptEndStatus, StopLevel } from "@lambdawaker/executor/events";
import type { Cause } from "@lambdawaker/executor/events";

/** What can ask for a stop, and what the run says of it. */
export const CAUSES = {
  SIGINT: { kind: "signal", signal: "SIGINT" },
  SIGTERM: { kind: "signal", signal: "SIGTERM" },
  SIGHUP: { kind: "signal", signal: "SIGHUP" },
  SIGQUIT: { kind: "signal", signal: "SIGQUIT" },
  AbortSignal: { kind: "abort" },
  runTimeout: { kind: "runTimeout" },
  "halt kill": { kind: "halt", failures: 1 },
} as const satisfies Record<string, StopCause>;
export type Request = keyof typeof CAUSES;

/** What a shell sees of a process that such a signal ended. */
export const CODES: Record<StopSignal, number> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  SIGQUIT: 131,
  SIGALRM: 142,
  SIGXCPU: 152,
};

/** One request or two, the second while the first is under way, and how far they bring the run. */
export interface Asked {
  readonly requests: readonly [Request] | readonly [Request, Request];
  readonly levels: readonly StopLevel[];
}

export const ASKED: readonly Asked[] = [
  { requests: ["SIGINT"], levels: ["stop"] },
  { requests: ["SIGINT", "SIGINT"], levels: ["stop", "kill"] },
  { requests: ["SIGTERM"], levels: ["stop"] },
  { requests: ["SIGTERM", "SIGTERM"], levels: ["stop", "kill"] },
  { requests: ["SIGHUP"], levels: ["stop"] },
  { requests: ["SIGHUP", "SIGHUP"], levels: ["stop", "kill"] },
  { requests: ["SIGQUIT"], levels: ["stop"] },
  { requests: ["SIGQUIT", "SIGQUIT"], levels: ["stop", "kill"] },
  { requests: ["AbortSignal"], levels: ["stop"] },
  { requests: ["AbortSignal", "AbortSignal"], levels: ["stop"] },
  { requests: ["runTimeout"], levels: ["stop"] },
  // In place of the one that cannot be.
  { requests: ["runTimeout", "AbortSignal"], levels: ["stop"] },
  { requests: ["halt kill"], levels: ["stop"] },
  // In place of the one that cannot be.
  { requests: ["halt kill", "AbortSignal"], levels: ["stop"] },
];

/** What cannot be, whatever the worker is doing. */
export const IMPOSSIBLE: readonly { requests: readonly [Request, Request]; because: string }[] = [
  {
    requests: ["runTimeout", "runTimeout"],
    because: "a run has one time-out, and that goes off once",
  },
  {
    requests: ["halt kill", "halt kill"],
    because: "what ends after the first one was stopped, and is no failure",
  },
];

const ALL = "INT TERM HUP QUIT";
// None outlives the folder, whatever a test gets wrong.
const LOOP = "while [ -d $0 ]; do sleep 0.02; done";

/** A worker that ignores all signals that can be ignored, in shell; `$0` is a folder of its own. */
export const DEAF = `trap '' ${ALL}; touch $0/ready-$EXECUTOR_WORKER; ${LOOP}`;
/** What the worker is doing when the stop is asked for, and its script; none where it is not started. */
export const STATES = {
  /** At work; asked to end, it tidies up until all requests were made, then exits with 0. */
  "obeys":
    `for s in ${ALL}; do trap "touch $0/got-SIG$s; until [ -e $0/go ] || [ ! -d $0 ]; do sleep 0.02; done; exit 0" $s; done
    touch $0/ready-0; ${LOOP}`,
  /** At work, and done just then: asked to end, it says SUCCESS and exits with 0 as above. */
  "obeys, and is done":
    `for s in ${ALL}; do trap "touch $0/got-SIG$s; until [ -e $0/go ] || [ ! -d $0 ]; do sleep 0.02; done; echo STATUS: SUCCESS; exit 0" $s; done
    touch $0/ready-0; ${LOOP}`,
  /** At work, and deaf. */
  "ignores": DEAF,
  /** As the first one, but its work is in a group of its own, and the shell waits for that. */
  "obeys, in a group of its own": `trap : ${ALL}; timeout 100 sh -c '
    for s in ${ALL}; do trap "touch $0/got-SIG$s; until [ -e $0/go ] || [ ! -d $0 ]; do sleep 0.02; done; exit 0" $s; done
    touch $0/ready-0; ${LOOP}' $0; exit 0`,
  /** At work in a session of its own, and deaf. */
  "ignores, in a session of its own":
    `trap '' ${ALL}; setsid sh -c 'touch $0/ready-0; ${LOOP}' $0 & wait`,
  /** It said SUCCESS and exited, but a deaf grandchild holds the pipe, and prints on, even when nobody reads that any more. */
  "leaves a grandchild":
    `(trap '' ${ALL} PIPE; touch $0/ready-0; while [ -d $0 ]; do echo here; sleep 0.02; done) &
    until [ -e $0/ready-0 ] && [ -e $0/leave ]; do sleep 0.02; done; echo STATUS: SUCCESS`,
  /** Its range has ended; a deaf child that closed the pipes is still there. */
  "leaves a quiet child": `(trap '' ${ALL}; touch $0/ready-0; ${LOOP}) >/dev/null 2>&1 &
    until [ -e $0/ready-0 ] && [ -e $0/leave ]; do sleep 0.02; done; echo STATUS: SUCCESS`,
  /** It said SUCCESS and exited. */
  "has ended": "echo STATUS: SUCCESS",
  /** It exited with 4, and waits for two hours. */
  "in back-off": "exit 4",
  /** The promise of its command is pending. */
  "command pending": undefined,
  /** It is started, and deaf, but its launcher has not handed it over yet. */
  "launch pending": DEAF,
};
export type State = keyof typeof STATES;

export type Row = [
  state: State,
  /** By the levels that the run goes through. */
  by: "once" | "twice, not by signals" | "twice, by signals",
  status: AttemptEndStatus,
  why: Cause | undefined,
  /** Whether its range is done; else it is PENDING when the run is over. */
  isDone: boolean,
  /** Its exit code, or the signal that ended it; nothing when it never ran. */
  exit: number | Deno.Signal | undefined,
  /** In all of the run. */
  forcedKills: number,
  /** Whether a worker that ignores all signals keeps the run alive. */
  company: boolean,
  /** The grace period: who is killed is killed after SHORT, or else at once. */
  grace: number,
];

export const SHORT = 400;
export const LONG = 600_000;
const NONE = undefined;
const STOPPED: Cause = { kind: "stopped" };
const EXIT_4: Cause = { kind: "exit", code: 4 };

export const STOP_MATRIX: readonly Row[] = [
  ["obeys", "once", "PENDING", STOPPED, false, 0, 0, false, LONG],
  ["obeys", "twice, not by signals", "PENDING", STOPPED, false, 0, 0, false, LONG],
  ["obeys", "twice, by signals", "PENDING", STOPPED, false, "SIGKILL", 1, false, LONG],

  ["obeys, and is done", "once", "SUCCESS", NONE, true, 0, 0, false, LONG],
  ["obeys, and is done", "twice, not by signals", "SUCCESS", NONE, true, 0, 0, false, LONG],
  ["obeys, and is done", "twice, by signals", "PENDING", STOPPED, false, "SIGKILL", 1, false, LONG],

  ["obeys, in a group of its own", "once", "PENDING", STOPPED, false, 0, 0, false, LONG],
  [
    "obeys, in a group of its own",
    "twice, not by signals",
    "PENDING",
    STOPPED,
    false,
    0,
    0,
    false,
    LONG,
  ],
  [
    "obeys, in a group of its own",
    "twice, by signals",
    "PENDING",
    STOPPED,
    false,
    "SIGKILL",
    1,
    false,
    LONG,
  ],

  [
    "ignores, in a session of its own",
    "once",
    "PENDING",
    STOPPED,
    false,
    "SIGKILL",
    1,
    false,
    SHORT,
  ],
  [
    "ignores, in a session of its own",
    "twice, not by signals",
    "PENDING",
    STOPPED,
    false,
    "SIGKILL",
    1,
    false,
    SHORT,
  ],
  [
    "ignores, in a session of its own",
    "twice, by signals",
    "PENDING",
    STOPPED,
    false,
    "SIGKILL",
    1,
    false,
    LONG,
  ],

  ["ignores", "once", "PENDING", STOPPED, false, "SIGKILL", 1, false, SHORT],
  ["ignores", "twice, not by signals", "PENDING", STOPPED, false, "SIGKILL", 1, false, SHORT],
  ["ignores", "twice, by signals", "PENDING", STOPPED, false, "SIGKILL", 1, false, LONG],

  // What a worker came to before the stop stays.
  ["leaves a grandchild", "once", "SUCCESS", NONE, true, 0, 1, false, SHORT],
  ["leaves a grandchild", "twice, not by signals", "SUCCESS", NONE, true, 0, 1, false, SHORT],
  ["leaves a grandchild", "twice, by signals", "SUCCESS", NONE, true, 0, 1, false, LONG],

  ["leaves a quiet child", "once", "SUCCESS", NONE, true, 0, 1, false, SHORT],
  ["leaves a quiet child", "twice, not by signals", "SUCCESS", NONE, true, 0, 1, false, SHORT],
  ["leaves a quiet child", "twice, by signals", "SUCCESS", NONE, true, 0, 1, false, LONG],

  ["has ended", "once", "SUCCESS", NONE, true, 0, 1, true, SHORT],
  ["has ended", "twice, not by signals", "SUCCESS", NONE, true, 0, 1, true, SHORT],
  ["has ended", "twice, by signals", "SUCCESS", NONE, true, 0, 1, true, LONG],

  // No attempt is stopped, but its range gets no other one. Without company, the run would be over before a second request.
  ["in back-off", "once", "FAILED", EXIT_4, false, 4, 0, false, LONG],
  ["in back-off", "twice, not by signals", "FAILED", EXIT_4, false, 4, 1, true, SHORT],
  ["in back-off", "twice, by signals", "FAILED", EXIT_4, false, 4, 1, true, LONG],

  ["command pending", "once", "PENDING", STOPPED, false, NONE, 0, false, LONG],
  ["command pending", "twice, not by signals", "PENDING", STOPPED, false, NONE, 1, true, SHORT],
  ["command pending", "twice, by signals", "PENDING", STOPPED, false, NONE, 1, true, LONG],

  ["launch pending", "once", "PENDING", STOPPED, false, "SIGKILL", 1, false, SHORT],
  [
    "launch pending",
    "twice, not by signals",
    "PENDING",
    STOPPED,
    false,
    "SIGKILL",
    1,
    false,
    SHORT,
  ],
  ["launch pending", "twice, by signals", "PENDING", STOPPED, false, "SIGKILL", 1, false, LONG],
];

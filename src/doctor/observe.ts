/**
 * Examines a worker: runs it on a small range, and perhaps a second time to see whether it can be stopped.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { LocalLauncher } from "../launchers/local/local_launcher.ts";
import type { Examination, Observation, StreamFacts } from "./observation.ts";
import { type OneRunOptions, type OneRunResult, runOnce, signalOf } from "./one_run.ts";
import { testStop } from "./stop_trial.ts";

/** What is examined, and how. */
export interface ExamineOptions extends Omit<OneRunOptions, "launcher" | "clock"> {
  /** The command as the person wrote it. */
  readonly template: readonly string[];
  /** The command as it is run. */
  readonly argv: readonly string[];
  /** Whether it may be run a second time. */
  readonly stopTest: boolean;
  /** Called before it is run a second time. */
  readonly onSecondRun?: () => void | Promise<void>;
  /**
   * What starts it.
   *
   * @default {new LocalLauncher()}
   */
  readonly launcher?: Launcher;
  /**
   * What tells the time.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
}

/** Examines a worker; takes as long as that runs, the time-out and the grace period at most, and once more in part. */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const { launcher = new LocalLauncher(), clock = systemClock } = options;
  const run: OneRunOptions = { ...options, launcher, clock };
  const first = await runOnce(run);
  const seen = describe(options, first);
  const { test, interruptedBy } = await testStop(run, { ...options, first });
  return {
    observation: { ...seen, stop: test },
    interruptedBy: signalOf(first.summary) ?? interruptedBy,
  };
}

function describe(
  { template, argv, range }: ExamineOptions,
  { end, log, heard, summary }: OneRunResult,
): Omit<Observation, "stop"> {
  return {
    template,
    argv,
    range,
    status: end.status,
    reason: end.reason,
    exit: end.exit,
    stopped: end.reason === "timeout" ? "timeout" : signalOf(summary),
    durationMs: heard === undefined ? 0 : heard.exitedAt - heard.startedAt,
    stdout: heard?.stdout ?? NOTHING,
    stderr: heard?.stderr ?? NOTHING,
    arrivals: heard?.arrivals ?? NO_ARRIVALS,
    leaked: summary.leaked > 0,
    log,
  };
}

const NO_LINES = { counts: { PROGRESS: 0, STATUS: 0, MESSAGE: 0 }, examples: [] };
/** A stream that brought nothing. */
const NOTHING: StreamFacts = {
  lines: 0,
  signals: NO_LINES,
  malformed: NO_LINES,
  nearMisses: NO_LINES,
  droppedBytes: 0,
  replaced: 0,
};
const NO_ARRIVALS = {
  pieces: 0,
  blocks: 0,
  signals: { early: 0, late: 0 },
  late: { pieces: 0, bytes: 0 },
};

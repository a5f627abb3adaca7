/**
 * Examination of a worker: runs it on a small range, and a second time to test whether it can be stopped.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { LocalLauncher } from "../launchers/local/local_launcher.ts";
import { isDone, type TerminalStatus } from "../model/statuses.ts";
import { parseAnswer } from "../output/protocol/resident.ts";
import {
  type Examination,
  noCounts,
  type Observation,
  type ResidentFacts,
  type StreamFacts,
} from "./observation.ts";
import { testStop } from "./stop_trial.ts";
import { runTrial, signalOf, type TrialOptions, type TrialResult } from "./trial_run.ts";

/** Options of {@linkcode examine}. */
export interface ExamineOptions extends Omit<TrialOptions, "launcher" | "clock"> {
  /** The command as the person wrote it. */
  readonly template: readonly string[];
  /** The command as it is run. */
  readonly argv: readonly string[];
  /** Whether it may be run a second time. */
  readonly stopTest: boolean;
  /** Called before it is run a second time. */
  readonly onSecondRun?: () => void | Promise<void>;
  /**
   * The launcher that starts the worker.
   *
   * @default {new LocalLauncher()}
   */
  readonly launcher?: Launcher;
  /**
   * The clock to read the time from.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
}

/**
 * Examines a worker. Takes as long as the worker runs, at most the time-out and the grace period; the second run takes a
 * part of that again.
 */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const { range, getCommand, pattern, timeout, gracePeriod, orders, onSecondRun } = options;
  const { launcher = new LocalLauncher(), clock = systemClock } = options;
  const run: TrialOptions = {
    range,
    getCommand,
    pattern,
    timeout,
    gracePeriod,
    launcher,
    clock,
    orders,
  };
  // How a resident worker ends is seen at the end of its input.
  const stopTest = options.stopTest && orders === undefined;
  const first = await runTrial(run);
  const seen = describe(options, first);
  const { test, interruptedBy } = await testStop(run, { stopTest, onSecondRun, first });
  return {
    observation: { ...seen, stop: test },
    interruptedBy: signalOf(first.summary) ?? interruptedBy,
  };
}

function describe(
  { template, argv, range }: ExamineOptions,
  { end, log, process, summary, resident }: TrialResult,
): Omit<Observation, "stop"> {
  const own = resident === undefined || process === undefined
    ? { status: end.status, cause: end.cause, log }
    : { status: statusOf(resident), log: log.filter((line) => parseAnswer(line) === undefined) };
  return {
    ...own,
    resident,
    template,
    argv,
    range,
    exit: end.exit,
    stopped: end.cause?.kind === "timeout" ? "timeout" : signalOf(summary),
    durationMs: process === undefined ? 0 : process.exitedAt - process.startedAt,
    stdout: process?.stdout ?? NO_OUTPUT,
    stderr: process?.stderr ?? NO_OUTPUT,
    arrivals: process?.arrivals ?? NO_ARRIVALS,
    displays: process?.displays ?? {},
    leaked: summary.leaked > 0,
    warnings: summary.warnings,
  };
}

/** Returns the status of a resident worker: it has done well if it has answered all ranges, in time, as done. */
function statusOf({ ranges }: ResidentFacts): TerminalStatus {
  const sent = ranges.filter(({ isSent }) => isSent);
  const isGood = sent.every(({ status, isLate }) =>
    status !== undefined && isDone(status) && !isLate
  );
  return isGood ? "SUCCESS" : "FAILED";
}

const NO_LINES = { counts: noCounts(), examples: [] };
const NO_OUTPUT: StreamFacts = {
  lines: 0,
  signals: NO_LINES,
  malformed: NO_LINES,
  nearMisses: NO_LINES,
  droppedBytes: 0,
  replaced: 0,
};
const NO_ARRIVALS = {
  chunks: 0,
  blocks: 0,
  signals: { early: 0, late: 0 },
  late: { chunks: 0, bytes: 0 },
};

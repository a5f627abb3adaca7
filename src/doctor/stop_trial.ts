/**
 * Test of stopping: asks the worker to end, in a second run if needed.
 *
 * @module
 */
import type { ProcessExit } from "../model/cause.ts";
import type { StopSignal } from "../model/types.ts";
import type { StopTest } from "./observation.ts";
import {
  isStopped,
  type ProcessFacts,
  runTrial,
  signalOf,
  type TrialOptions,
  type TrialResult,
} from "./trial_run.ts";

/** The shortest run that can be tested: a shorter one ends before the signal is sent. */
const SHORT_RUN_MS = 500;
/** The time from the first output to the signal, in which the worker can set its signal handlers. */
const AFTER_OUTPUT_MS = 100;
/** The longest time to the signal without output; it is half of the first run if that is shorter. */
const MAX_DELAY_MS = 3_000;
/** The share of the remaining run time after which the worker counts as having ignored the signal. */
const OUTLASTED_SHARE = 0.75;

/** The result of {@linkcode testStop}. */
export interface StopResult {
  readonly test: StopTest;
  /** The signal that interrupted the test; absent if none did. */
  readonly interruptedBy?: StopSignal;
}

/** Options of {@linkcode testStop}. */
export interface StopTestOptions {
  /** The result of the first run. */
  readonly first: TrialResult;
  /** Whether a second run is allowed. */
  readonly stopTest: boolean;
  /** Called before the second run. */
  readonly onSecondRun?: () => void | Promise<void>;
}

/** Tests whether the worker ends when asked to: by the first run if it timed out, else by a second one if that is useful. */
export async function testStop(
  run: TrialOptions,
  { first, stopTest, onSecondRun }: StopTestOptions,
): Promise<StopResult> {
  const { end, process, summary } = first;
  if (process === undefined) return skipped("no process");
  if (signalOf(summary) !== undefined) return skipped("interrupted");
  if (end.cause?.kind === "timeout") {
    return { test: conclude(first, run) };
  }
  if (!stopTest) return skipped("unwanted");
  if (durationOf(process) < SHORT_RUN_MS) return skipped("short");
  await onSecondRun?.();
  return await askToEnd(run, { end, process });
}

async function askToEnd(
  run: TrialOptions,
  first: { end: TrialResult["end"]; process: ProcessFacts },
): Promise<StopResult> {
  const { clock } = run;
  const controller = new AbortController();
  using timers = new DisposableStack();
  let hasOutput = false;
  const stop = () => controller.abort();
  const delay = Math.min(durationOf(first.process) / 2, MAX_DELAY_MS);
  const second = await runTrial(run, {
    signal: controller.signal,
    onStart: () => timers.use(clock.after(delay, stop)),
    onChunk: () => {
      if (!hasOutput) timers.use(clock.after(AFTER_OUTPUT_MS, stop));
      hasOutput = true;
    },
  });
  const interruptedBy = signalOf(second.summary);
  if (interruptedBy !== undefined) return { ...skipped("interrupted"), interruptedBy };
  const test = conclude(second, run);
  const hasOutlasted = test.kind === "ended" && isSameEnd(first.end.exit, second.end.exit) &&
    durationOf(second.process!) > delay + OUTLASTED_SHARE * (durationOf(first.process) - delay);
  return { test: hasOutlasted ? { ...test, kind: "outlasted" } : test };
}

function conclude(
  { end, process, summary }: TrialResult,
  { gracePeriod }: TrialOptions,
): StopTest {
  const { terminatedAt, exitedAt } = process ?? { exitedAt: 0 };
  // A worker that reports SUCCESS when it is asked to end, and exits with 0, is not stopped.
  const wasAsked = terminatedAt !== undefined && (isStopped(end) || terminatedAt < exitedAt);
  if (!wasAsked) return { kind: "missed" };
  if (summary.forcedKills > 0) return { kind: "killed", gracePeriod };
  return { kind: "ended", afterMs: Math.max(0, exitedAt - terminatedAt) };
}

function durationOf({ startedAt, exitedAt }: ProcessFacts): number {
  return exitedAt - startedAt;
}

function isSameEnd(a: ProcessExit | undefined, b: ProcessExit | undefined): boolean {
  return a?.kind === "exited" && b?.kind === "exited" && a.code === b.code;
}

function skipped(why: (StopTest & { kind: "skipped" })["why"]): StopResult {
  return { test: { kind: "skipped", why } };
}

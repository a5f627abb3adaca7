/**
 * Whether a worker ends when it is asked to.
 *
 * @module
 */
import type { ProcessExit } from "../model/events.ts";
import type { StopSignal } from "../model/types.ts";
import type { StopTest } from "./observation.ts";
import {
  type Heard,
  isStopped,
  type OneRunOptions,
  type OneRunResult,
  runOnce,
  signalOf,
} from "./one_run.ts";

/** One that ends sooner would have ended before it could be asked to. */
const SHORT_RUN_MS = 500;
/** One that has spoken is asked after this time: it may be about to say how it takes the signal. */
const SPOKEN_MS = 100;
/** One that does not speak is asked after half of the time that it took before, or after this. */
const MAX_MOMENT_MS = 3_000;
/** One that goes on for this share of the time that it would have needed did not heed the signal. */
const WORKED_ON = 0.75;

/** What came of asking it to end. */
export interface StopResult {
  readonly test: StopTest;
  /** The signal by which somebody ended the test. */
  readonly interruptedBy?: StopSignal;
}

/** Options of {@linkcode testStop}. */
export interface StopTestOptions {
  /** What came of running it once. */
  readonly first: OneRunResult;
  /** Whether it may be run a second time. */
  readonly stopTest: boolean;
  /** Called before it is run a second time. */
  readonly onSecondRun?: () => void | Promise<void>;
}

/** Takes it from the first run, or runs it a second time, where that is wanted and tells something. */
export async function testStop(
  run: OneRunOptions,
  { first, stopTest, onSecondRun }: StopTestOptions,
): Promise<StopResult> {
  const { end, heard, summary } = first;
  if (heard === undefined) return skipped("no process");
  if (signalOf(summary) !== undefined) return skipped("interrupted");
  if (end.reason === "timeout") {
    return { test: conclude(first, run) };
  }
  if (!stopTest) return skipped("unwanted");
  if (durationOf(heard) < SHORT_RUN_MS) return skipped("short");
  await onSecondRun?.();
  return await askToEnd(run, { end, heard });
}

async function askToEnd(
  run: OneRunOptions,
  first: { end: OneRunResult["end"]; heard: Heard },
): Promise<StopResult> {
  const { clock } = run;
  const asking = new AbortController();
  using timers = new DisposableStack();
  let hasSpoken = false;
  const ask = () => asking.abort();
  const moment = Math.min(durationOf(first.heard) / 2, MAX_MOMENT_MS);
  const second = await runOnce(run, {
    signal: asking.signal,
    onStart: () => timers.use(clock.after(moment, ask)),
    onPiece: () => {
      if (!hasSpoken) timers.use(clock.after(SPOKEN_MS, ask));
      hasSpoken = true;
    },
  });
  const interruptedBy = signalOf(second.summary);
  if (interruptedBy !== undefined) return { ...skipped("interrupted"), interruptedBy };
  const test = conclude(second, run);
  const worksOn = test.kind === "ended" && isSameEnd(first.end.exit, second.end.exit) &&
    durationOf(second.heard!) > moment + WORKED_ON * (durationOf(first.heard) - moment);
  return { test: worksOn ? { ...test, kind: "outlasted" } : test };
}

function conclude(
  { end, heard, summary }: OneRunResult,
  { gracePeriod }: OneRunOptions,
): StopTest {
  if (heard?.askedAt === undefined || !isStopped(end)) return { kind: "missed" };
  if (summary.forcedKills > 0) return { kind: "killed", gracePeriod };
  return { kind: "ended", afterMs: Math.max(0, heard.exitedAt - heard.askedAt) };
}

function durationOf({ startedAt, exitedAt }: Heard): number {
  return exitedAt - startedAt;
}

function isSameEnd(a: ProcessExit | undefined, b: ProcessExit | undefined): boolean {
  return a?.kind === "exited" && b?.kind === "exited" && a.code === b.code;
}

function skipped(why: (StopTest & { kind: "skipped" })["why"]): StopResult {
  return { test: { kind: "skipped", why } };
}

/**
 * Watchdogs of a running attempt: its time limits, its slowness, and samples of its CPU and memory use.
 *
 * @module
 */
import { everyBeat } from "../base/beat.ts";
import { type Clock, every } from "../base/clock.ts";
import type { CauseOf } from "../model/cause.ts";
import type { Usage } from "../model/types.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { DurationMedian } from "./duration_median.ts";

/** Time between two samples of CPU and memory use. */
const USAGE_MS = 1_000;
/** Time between two comparisons of its memory with the limit … */
const MEMORY_MS = 250;
/** … of which so many may be without a figure: two seconds. */
const UNMEASURED_BEATS = 8;
/** Time between two comparisons with the median, which changes while the attempt runs. */
const SLOW_CHECK_MS = 100;

/** What to watch an attempt for; a part that is absent is not watched. */
export interface WatchdogSettings {
  /** Milliseconds that the attempt may take. */
  readonly timeout?: number;
  /** Milliseconds that the attempt may take from one progress or message to the next. */
  readonly stallTimeout?: number;
  readonly slowness?: SlownessLimit;
  /** Bytes of memory that its processes may have. */
  readonly memory?: number;
  /** Whether to sample what the process uses. */
  readonly wantsUsage: boolean;
}

/** When an attempt counts as slow. */
export interface SlownessLimit {
  /** Multiple of the median duration. */
  readonly factor: number;
  readonly durations: DurationMedian;
  /** Whether a slow attempt is ended. */
  readonly kills: boolean;
}

/** The attempt as the watchdogs see it. */
export interface WatchedAttempt {
  readonly clock: Clock;
  readonly emit: (event: AttemptEvent) => void;
  /** Returns the time of the last progress or message. */
  readonly lastSignAt: () => number;
  /** Returns what the process uses now, where that can be measured. */
  readonly usage?: () => Usage | undefined;
  /** Ends the attempt, as it exceeds a limit. */
  readonly end: (by: CauseOf<"timeout" | "stall" | "slow" | "out-of-memory">) => void;
  /** Called if the memory is limited, and nothing tells how much it has. */
  readonly onUnmeasured?: () => void;
}

/** Watches an attempt until the returned object is disposed of. */
export function startWatchdogs(settings: WatchdogSettings, attempt: WatchedAttempt): Disposable {
  const { timeout, stallTimeout, slowness, memory, wantsUsage } = settings;
  const stack = new DisposableStack();
  if (timeout !== undefined) {
    stack.use(attempt.clock.after(timeout, () => attempt.end({ kind: "timeout" })));
  }
  if (stallTimeout !== undefined) stack.use(watchStall(stallTimeout, attempt));
  if (slowness !== undefined) stack.use(watchSlowness(slowness, attempt));
  if (memory !== undefined) stack.use(watchMemory(memory, attempt));
  if (wantsUsage) stack.use(sampleUsage(attempt));
  return stack;
}

function watchStall(stallTimeout: number, { clock, lastSignAt, end }: WatchedAttempt): Disposable {
  let timer: Disposable;
  const check = () => {
    const left = lastSignAt() + stallTimeout - clock.now();
    if (left > 0) timer = clock.after(left, check);
    else end({ kind: "stall" });
  };
  timer = clock.after(stallTimeout, check);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

function watchSlowness(
  { factor, durations, kills }: SlownessLimit,
  { clock, emit, end }: WatchedAttempt,
): Disposable {
  const startedAt = clock.now();
  const timer = every(clock, SLOW_CHECK_MS, () => {
    const elapsed = clock.now() - startedAt;
    const { median = Infinity } = durations;
    if (elapsed <= factor * median) return;
    timer[Symbol.dispose]();
    emit({ kind: "slow", elapsed: Math.round(elapsed), median: Math.round(median) });
    if (kills) end({ kind: "slow" });
  });
  return timer;
}

function watchMemory(
  limit: number,
  { clock, end, usage, onUnmeasured }: WatchedAttempt,
): Disposable {
  let unmeasured = 0;
  const beat = everyBeat(clock, MEMORY_MS, () => {
    const { rss } = (usage && trySample(usage)) ?? {};
    if (rss === undefined) {
      if (++unmeasured === UNMEASURED_BEATS) onUnmeasured?.();
      return;
    }
    unmeasured = -Infinity;
    if (rss <= limit) return;
    beat[Symbol.dispose]();
    end({ kind: "out-of-memory", by: "limit", limit });
  });
  return beat;
}

function sampleUsage({ clock, emit, usage }: WatchedAttempt): Disposable | undefined {
  if (usage === undefined) return undefined;
  return everyBeat(clock, USAGE_MS, () => {
    const sample = trySample(usage);
    if (sample !== undefined) emit({ kind: "usage", usage: sample });
  });
}

/** Returns a sample, or undefined if it cannot be taken: a launcher's fault must not end a run. */
function trySample(usage: () => Usage | undefined): Usage | undefined {
  try {
    return usage();
  } catch {
    return undefined;
  }
}

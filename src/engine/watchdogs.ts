/**
 * What is watched while an attempt runs: its limits, and what it takes of the machine.
 *
 * @module
 */
import { type Clock, every } from "../base/clock.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import type { AttemptEvent } from "../model/events.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import type { EndedBy } from "../model/outcome.ts";
import type { DurationMedian } from "./duration_median.ts";

/** How often it is looked at what the process takes of the machine. */
const USAGE_MS = 1_000;
/** How often it is looked at whether it is slow: others may have ended. */
const SLOW_CHECK_MS = 100;

/** Options of {@linkcode startWatchdogs}. */
export interface WatchdogOptions {
  readonly process: WorkerProcess;
  readonly config: ResolvedConfig;
  readonly clock: Clock;
  readonly emit: (event: AttemptEvent) => void;
  /** How long others take. */
  readonly pace: DurationMedian;
  /** Whether it is ended when it is slow. */
  readonly killsSlow: boolean;
  /** Whether somebody wants to know what it takes of the machine. */
  readonly wantsUsage?: boolean;
  /** When the last progress or message came. */
  readonly lastSignAt: () => number;
  /** Ends the attempt. */
  readonly end: (by: EndedBy) => void;
}

/** Watches an attempt until what it returns is disposed of. */
export function startWatchdogs(options: WatchdogOptions): Disposable {
  const stack = new DisposableStack();
  for (const watch of [watchTimeout, watchStall, watchUsage, watchSlowness]) {
    stack.use(watch(options));
  }
  return stack;
}

function watchTimeout(
  { config: { timeout }, clock, end }: WatchdogOptions,
): Disposable | undefined {
  if (timeout === undefined) return undefined;
  return clock.after(timeout, () => end("timeout"));
}

function watchStall(
  { config: { stallTimeout }, clock, lastSignAt, end }: WatchdogOptions,
): Disposable | undefined {
  if (stallTimeout === undefined) return undefined;
  let timer: Disposable;
  const check = () => {
    const left = lastSignAt() + stallTimeout - clock.now();
    if (left > 0) timer = clock.after(left, check);
    else end("stalled");
  };
  timer = clock.after(stallTimeout, check);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

function watchUsage(
  { wantsUsage, process, clock, emit }: WatchdogOptions,
): Disposable | undefined {
  if (!wantsUsage || process.usage === undefined) return undefined;
  return every(clock, USAGE_MS, () => {
    const usage = process.usage?.();
    if (usage !== undefined) emit({ kind: "usage", usage });
  });
}

function watchSlowness(
  { config: { slowAfter }, clock, emit, pace, killsSlow, end }: WatchdogOptions,
): Disposable | undefined {
  if (slowAfter === undefined) return undefined;
  const startedAt = clock.now();
  const timer = every(clock, SLOW_CHECK_MS, () => {
    const elapsed = clock.now() - startedAt;
    const { median = Infinity } = pace;
    if (elapsed <= slowAfter * median) return;
    timer[Symbol.dispose]();
    emit({ kind: "slow", elapsed: Math.round(elapsed), median: Math.round(median) });
    if (killsSlow) end("slow");
  });
  return timer;
}

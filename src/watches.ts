/**
 * What is watched while an attempt runs: its limits, and what it takes of the machine.
 *
 * @module
 */
import { type Clock, every } from "./clock.ts";
import type { ResolvedConfig } from "./config.ts";
import type { AttemptEvent } from "./events.ts";
import type { WorkerProcess } from "./launchers/launcher.ts";
import type { EndedBy } from "./outcome.ts";
import type { Pace } from "./pace.ts";

/** How often it is looked at what the process takes of the machine. */
const USAGE_MS = 1_000;
/** How often it is looked at whether it is slow: others may have ended. */
const SLOW_CHECK_MS = 100;

/** Options of {@linkcode watchAttempt}. */
export interface WatchOptions {
  readonly process: WorkerProcess;
  readonly config: ResolvedConfig;
  readonly clock: Clock;
  readonly emit: (event: AttemptEvent) => void;
  /** How long others take. */
  readonly pace: Pace;
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
export function watchAttempt(options: WatchOptions): Disposable {
  const stack = new DisposableStack();
  for (const watch of [watchTimeout, watchStall, watchUsage, watchSlowness]) {
    stack.use(watch(options));
  }
  return stack;
}

function watchTimeout({ config: { timeout }, clock, end }: WatchOptions): Disposable | undefined {
  if (timeout === undefined) return undefined;
  return clock.after(timeout, () => end("timeout"));
}

function watchStall(
  { config: { stallTimeout }, clock, lastSignAt, end }: WatchOptions,
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
  { wantsUsage, process, clock, emit }: WatchOptions,
): Disposable | undefined {
  if (!wantsUsage || process.usage === undefined) return undefined;
  return every(clock, USAGE_MS, () => {
    const usage = process.usage?.();
    if (usage !== undefined) emit({ kind: "usage", usage });
  });
}

function watchSlowness(
  { config: { slowAfter }, clock, emit, pace, killsSlow, end }: WatchOptions,
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

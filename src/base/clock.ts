/**
 * Clocks, timers and waits. A clock is passed in wherever time matters, so that tests need not wait.
 *
 * @module
 */
import { lightTimer } from "./light_timers.ts";

/** A source of time and of timers. */
export interface Clock {
  /** Returns the milliseconds since 1970; never goes backwards during a run. */
  now(): number;
  /** Calls `callback` after `ms` milliseconds, however many, unless the returned timer is disposed of by then. */
  after(ms: number, callback: () => void): Disposable;
}

/** The longest timer that the platform has: it fires a longer one at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The real time. It is set by the wall clock at the start of the process, and monotonic from there on. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, callback) {
    if (ms > MAX_TIMER_MS) return afterLong(ms, callback);
    const light = lightTimer(ms, callback);
    if (light !== undefined) return light;
    const id = setTimeout(callback, ms);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  },
};

/** Waits for the longest timer, and then for what is left. */
function afterLong(ms: number, callback: () => void): Disposable {
  const at = systemClock.now() + ms;
  let timer = systemClock.after(MAX_TIMER_MS, () => {
    timer = systemClock.after(at - systemClock.now(), callback);
  });
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** Calls `callback` every `ms` milliseconds, until the returned timer is disposed of. */
export function every(clock: Clock, ms: number, callback: () => void): Disposable {
  let timer: Disposable;
  const arm = () => {
    timer = clock.after(ms, () => {
      arm();
      callback();
    });
  };
  arm();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

const NEVER = new AbortController().signal;

/** Resolves after `ms` milliseconds, or as soon as `signal` is aborted; never rejects. */
export async function sleep(clock: Clock, ms: number, signal = NEVER): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  using _timer = clock.after(ms, wake);
  signal.addEventListener("abort", wake);
  await promise;
  signal.removeEventListener("abort", wake);
}

/** Options of {@linkcode withTimeout}. */
export interface TimeoutOptions {
  /** Milliseconds to wait at most; time in which this process did not run does not count. */
  readonly ms: number;
  /** Measures them. */
  readonly clock: Clock;
}

/**
 * Resolves to the value of `promise`, or to `undefined` if it is still pending after `ms` milliseconds. Rejects if `promise`
 * rejects before that.
 */
export async function withTimeout<T>(
  promise: PromiseLike<T>,
  { ms, clock }: TimeoutOptions,
): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  using _timer = new SuspendableClock(clock).after(ms, () => resolve(undefined));
  return await Promise.race([promise, late]);
}

/** Time between two looks at the time while timers run, in milliseconds. */
const LOOK_MS = 100;
/** If there was no look for longer than this, the process did not run, or was too busy to read what came. */
const GAP_MS = 300;
/** After a gap, timers wait for this number of looks in time, so that what came in the meantime is read first … */
const LOOKS_IN_TIME = 3;
/** … and for no more than this number of looks, as a process can be busy for ever. */
const MAX_LOOKS = 20;

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  running?: Disposable;
  /** What the clock had left out when it was started. */
  leftOutMs: number;
}

/**
 * A clock that can be suspended: it leaves out the time in which it was, and its timers fire later by that time.
 *
 * It leaves out gaps as well: time in which this process did not run (SIGSTOP, a machine that slept, a frozen cgroup) or was
 * too busy to look at anything. After a gap, timers fire only when there was time to read what came during the gap. So no
 * limit is judged before that.
 */
export class SuspendableClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new Set<Timer>();
  #suspendedAt: number | undefined;
  #leftOutMs = 0;
  /** The next look; there is one while timers run. */
  #look: Disposable | undefined;
  /** When the next look was asked for. */
  #askedAt = 0;
  /** When somebody last asked for the time. */
  #seenAt = 0;
  /** How many more looks in time the timers wait for after a gap, and how many looks they have waited for. */
  #wait = { inTime: 0, all: 0 };

  constructor(base: Clock) {
    this.#base = base;
  }

  /** See {@linkcode Clock.now}. */
  now(): number {
    return (this.#suspendedAt ?? this.#noticeGap()) - this.#leftOutMs;
  }

  /** See {@linkcode Clock.after}. */
  after(ms: number, callback: () => void): Disposable {
    const timer: Timer = { at: this.now() + ms, callback, leftOutMs: 0 };
    this.#timers.add(timer);
    if (this.#suspendedAt === undefined) {
      if (this.#look === undefined) this.#beginLooking(this.#base.now());
      this.#start(timer, ms);
    }
    return {
      [Symbol.dispose]: () => {
        timer.running?.[Symbol.dispose]();
        this.#remove(timer);
      },
    };
  }

  /** Suspends it; does nothing if it is suspended already. */
  suspend(): void {
    if (this.#suspendedAt !== undefined) return;
    this.#suspendedAt = this.#noticeGap();
    this.#stopLooking();
    for (const timer of this.#timers) {
      timer.running?.[Symbol.dispose]();
      timer.running = undefined;
    }
  }

  /** Resumes it; does nothing if it is not suspended. */
  resume(): void {
    if (this.#suspendedAt === undefined) return;
    const now = this.#base.now();
    this.#leftOutMs += now - this.#suspendedAt;
    this.#suspendedAt = undefined;
    if (this.#timers.size > 0) this.#beginLooking(now);
    this.#startAll();
  }

  get #isWaiting(): boolean {
    return this.#wait.inTime > 0;
  }

  #start(timer: Timer, ms: number): void {
    timer.leftOutMs = this.#leftOutMs;
    timer.running = this.#base.after(ms, () => {
      timer.running = undefined;
      const now = this.now();
      if (this.#isWaiting) return;
      if (this.#isDue(timer, now)) this.#fire(timer);
      else this.#start(timer, timer.at - now);
    });
  }

  /** Returns whether a timer is over when that of the base is: there may have been a gap. */
  #isDue({ at, leftOutMs }: Timer, now: number): boolean {
    return leftOutMs === this.#leftOutMs || at <= now;
  }

  #fire(timer: Timer): void {
    this.#remove(timer);
    timer.callback();
  }

  /** Starts the timers that do not run. */
  #startAll(): void {
    const now = this.now();
    for (const timer of this.#timers) {
      if (timer.running === undefined) this.#start(timer, Math.max(0, timer.at - now));
    }
  }

  #remove(timer: Timer): void {
    this.#timers.delete(timer);
    if (this.#timers.size === 0) this.#stopLooking();
  }

  /** Begins before the first timer is started: a gap between the two would not be noticed. */
  #beginLooking(now: number): void {
    this.#seenAt = now;
    this.#lookAgain(now);
  }

  #lookAgain(now: number): void {
    this.#askedAt = now;
    this.#look = this.#base.after(LOOK_MS, () => this.#onLook());
  }

  #onLook(): void {
    const now = this.#noticeGap();
    const isInTime = now - this.#askedAt <= GAP_MS;
    this.#lookAgain(now);
    if (!this.#isWaiting) return;
    this.#wait.all++;
    if (isInTime) this.#wait.inTime--;
    if (this.#wait.all >= MAX_LOOKS) this.#wait.inTime = 0;
    if (!this.#isWaiting) this.#goOn();
  }

  /** Fires the timers that waited. If they were started instead, a process that is busy for ever would never fire them. */
  #goOn(): void {
    const now = this.now();
    const due = Array.from(this.#timers)
      .filter((timer) => timer.running === undefined && this.#isDue(timer, now))
      .sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#timers.has(timer)) this.#fire(timer);
    if (this.#suspendedAt === undefined) this.#startAll();
  }

  #stopLooking(): void {
    this.#look?.[Symbol.dispose]();
    this.#look = undefined;
    this.#wait = { inTime: 0, all: 0 };
  }

  /** Leaves out the time that passed since somebody asked for it, if that is a gap. Returns the time of the base. */
  #noticeGap(): number {
    const now = this.#base.now();
    if (this.#look === undefined) return now;
    const passed = now - this.#seenAt;
    this.#seenAt = now;
    if (now - this.#askedAt <= GAP_MS) return now;
    if (passed > GAP_MS) this.#leftOutMs += passed - LOOK_MS;
    this.#wait = { inTime: LOOKS_IN_TIME, all: this.#isWaiting ? this.#wait.all : 0 };
    return now;
  }
}

/** The time in which this process ran: {@linkcode systemClock} without gaps. For waiting for other processes here. */
export const awakeClock: Clock = new SuspendableClock(systemClock);

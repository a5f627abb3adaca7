/**
 * The end of processes, the only implementation in TypeScript: a signal, SIGCONT, the grace period, SIGKILL.
 *
 * {@linkcode TERMINATE} is its counterpart for a shell.
 *
 * @module
 */
import { type Clock, sleep } from "../base/clock.ts";

const POLL_MS = 25;
/** Milliseconds after SIGKILL until a process is given up: one that waits in the kernel cannot be killed. */
const KILL_PATIENCE_MS = 1_000;
/** The looks that find the target alive before it is given up: on a loaded machine, there are few of them in that time. */
const KILL_LOOKS = 20;

/** Processes that can be ended together, such as the group of a worker. */
export interface Terminable {
  /** Milliseconds after SIGKILL until it is given up; 1,000 if left out, and longer on a loaded machine. */
  readonly killPatience?: number;
  /** Signals all of its processes; does nothing if there are none. */
  kill(signal: Deno.Signal): void;
  /** Whether any of its processes is alive. */
  groupIsAlive(): boolean;
  /** Searches for its processes; awaited before each call of `groupIsAlive` while they are being ended. */
  search?(): Promise<void>;
}

/** Options of {@linkcode Termination}. */
export interface TerminationOptions {
  readonly clock: Clock;
  /** Milliseconds from the first signal to SIGKILL. */
  readonly gracePeriod: number;
  /** Milliseconds between two looks at the target; 25 if left out. */
  readonly pollInterval?: number;
  /** Gives the target up as soon as it is aborted. */
  readonly abandon?: AbortSignal;
}

/** Ends one target; does nothing before {@linkcode Termination.signal} or {@linkcode Termination.kill} is called. */
export class Termination {
  readonly #target: Terminable;
  readonly #options: TerminationOptions;
  #isOverdue = false;
  #killedAt = Infinity;
  #forced = false;
  #gaveUp = false;
  #done: Promise<void> | undefined;

  constructor(target: Terminable, options: TerminationOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Whether SIGKILL was needed. */
  get forced(): boolean {
    return this.#forced;
  }

  /** Whether the target was still alive at the end: it cannot be killed, or may not be. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** Resolves when the target is gone or given up; undefined before the first signal. */
  get done(): Promise<void> | undefined {
    return this.#done;
  }

  /** Signals the target and wakes it if it is suspended; the grace period counts from the first call. */
  signal(signal: Deno.Signal): void {
    this.#target.kill(signal);
    // A suspended process does not act on a signal before it is continued.
    this.#target.kill("SIGCONT");
    if (this.#done !== undefined) return;
    this.#done = this.#watchWithDeadline();
  }

  /** Kills the target now. */
  kill(): void {
    if (this.#forced || !this.#target.groupIsAlive()) return;
    this.#forced = true;
    this.#killedAt = this.#options.clock.now();
    this.#target.kill("SIGKILL");
    this.#done ??= this.#watch();
  }

  /** The deadline is a timer, not a comparison of times: the clock may leave out time, and its timers know that. */
  async #watchWithDeadline(): Promise<void> {
    const { clock, gracePeriod } = this.#options;
    using _deadline = clock.after(gracePeriod, () => void (this.#isOverdue = true));
    await this.#watch();
  }

  async #watch(): Promise<void> {
    const { clock, pollInterval = POLL_MS, abandon } = this.#options;
    const { killPatience } = this.#target;
    const patience = killPatience ?? KILL_PATIENCE_MS;
    let looksLeft = killPatience === undefined ? KILL_LOOKS : 0;
    for (;;) {
      if (this.#target.search !== undefined) await this.#target.search();
      if (!this.#target.groupIsAlive()) return;
      if (this.#isOverdue) this.kill();
      if (this.#forced) looksLeft--;
      const isOver = looksLeft <= 0 && clock.now() >= this.#killedAt + patience;
      this.#gaveUp = isOver || abandon?.aborted === true;
      if (this.#gaveUp) return;
      await sleep(clock, pollInterval, abandon);
    }
  }
}

/** Options of {@linkcode ProcessSearch}. */
export interface ProcessSearchOptions<T> {
  /** See {@linkcode Terminable.killPatience}. */
  readonly killPatience?: number;
  /** Finds the living processes, or groups of them; undefined if that is not known at the moment. */
  find(): readonly T[] | undefined | Promise<readonly T[] | undefined>;
  /** Signals some of them. */
  signal(found: readonly T[], signal: Deno.Signal): void | Promise<void>;
}

/**
 * Processes that have to be searched for, as a target of {@linkcode Termination}. Each search hands on the signals that were
 * asked for: to each process once, so that one that turns up late gets them as well; SIGKILL every time.
 */
export class ProcessSearch<T> implements Terminable {
  readonly killPatience?: number;
  readonly #options: ProcessSearchOptions<T>;
  /** The signals that were asked for, and the processes that got them. */
  readonly #signals = new Map<Deno.Signal, Set<T>>();
  #isAlive = true;

  constructor(options: ProcessSearchOptions<T>) {
    this.#options = options;
    this.killPatience = options.killPatience;
  }

  /** See {@linkcode Terminable.kill}; the signal is sent with the next search. */
  kill(signal: Deno.Signal): void {
    if (signal === "SIGKILL") this.#signals.clear();
    this.#signals.set(signal, new Set());
  }

  /** See {@linkcode Terminable.groupIsAlive}: returns what the last search found, or true if that is not known. */
  groupIsAlive(): boolean {
    return this.#isAlive;
  }

  /** See {@linkcode Terminable.search}. */
  async search(): Promise<void> {
    const found = await this.#options.find();
    this.#isAlive = found === undefined || found.length > 0;
    for (const [signal, reached] of this.#signals) {
      const next = found?.filter((one) => !reached.has(one)) ?? [];
      if (next.length > 0) await this.#options.signal(next, signal);
      if (signal !== "SIGKILL") { for (const one of next) reached.add(one); }
    }
  }
}

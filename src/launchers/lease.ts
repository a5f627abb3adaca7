/**
 * The lease between an executor and an agent or a pilot: how long each waits for a sign of the other, and the signs themselves.
 *
 * @module
 */
import { awakeClock, type Clock, every, systemClock } from "../base/clock.ts";
import { duration, type ValueType } from "../model/value_types.ts";

/** The lease if none is given, in milliseconds. */
export const DEFAULT_LEASE_MS = 15_000;

/** With a shorter lease, a sign that is a little late would come too late. */
const MIN_LEASE_MS = 2_000;

/** The type of leases. */
export const LEASE: ValueType<number> = duration(MIN_LEASE_MS);

/** Agents count whole seconds; their lease and their grace period may each last up to two seconds longer. */
const ROUNDING_MS = 4_000;
/** The seconds of an agent on a busy machine may last longer than ours. */
const SLOWNESS = 1.1;

/** Returns the milliseconds from the last sign that an agent or a pilot may have received until its workers must have ended. */
export function fenceMs({ lease, gracePeriod }: { lease: number; gracePeriod: number }): number {
  return SLOWNESS * (lease + gracePeriod) + ROUNDING_MS;
}

/** Signs per lease: one that is late does no harm if the next one is in time. */
const SIGNS_PER_LEASE = 3;

/** Options of {@linkcode Heartbeat}. */
export interface HeartbeatOptions {
  /** Milliseconds without a sign after which the other side counts as gone. */
  lease: number;
  /** Gives a sign to the other side. */
  ping: () => void;
  /** When the other side gave its last sign, by `clock`; undefined while nobody reads its signs. */
  lastSignAt: () => number | undefined;
  /** Called once if no sign came for a lease. */
  onSilence: () => void;
  /**
   * Measures the silence. With {@linkcode systemClock}, time in which this process did not run counts, too.
   *
   * @default {awakeClock}
   */
  clock?: Clock;
}

/** How often the last sign of the other side is looked at, in milliseconds: more often than it is given if the lease is long. */
const LOOK_MS = 1_000;

/** Gives signs to the other side at regular times, and notices if it gives none. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timers = new DisposableStack();
  /** When the present silence may have begun at the earliest. */
  #since = 0;
  #lookedAt = 0;
  #wasLate = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Starts the signs; the first one is given after a third of the lease. */
  start(): void {
    const { lease, ping, clock = awakeClock } = this.#options;
    const interval = lease / SIGNS_PER_LEASE;
    this.#since = this.#lookedAt = clock.now();
    this.#timers.use(every(systemClock, interval, ping));
    this.#timers.use(every(clock, Math.min(LOOK_MS, interval), () => this.#check(clock.now())));
  }

  /** Stops the signs. */
  stop(): void {
    this.#timers.dispose();
    this.#timers = new DisposableStack();
  }

  #check(now: number): void {
    const { lease, lastSignAt, onSilence } = this.#options;
    // Signs that came while this process did not run are read before they are looked for; once, as it may be late for ever.
    const isLate = now - this.#lookedAt > 2 * LOOK_MS;
    const isFirst = isLate && !this.#wasLate;
    this.#lookedAt = now;
    this.#wasLate = isLate;
    if (isFirst) return;
    const signAt = Math.max(this.#since, lastSignAt() ?? now);
    if (now - signAt <= lease) return;
    this.stop();
    onSilence();
  }
}

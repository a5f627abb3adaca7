/**
 * The lease between an executor and an agent: how long each waits for a sign of the other, and the signs themselves.
 *
 * @module
 */
import { awakeClock, every, systemClock } from "../base/clock.ts";
import { between, MAX_DURATION_MS, type ValueType } from "../model/value_types.ts";

/** The lease if none is given, in milliseconds. */
export const DEFAULT_LEASE_MS = 15_000;

/** With a shorter lease, a sign that is a little late would come too late. */
const MIN_LEASE_MS = 2_000;

/** The type of leases. */
export const LEASE: ValueType<number> = between({
  min: MIN_LEASE_MS,
  max: MAX_DURATION_MS,
  unit: "milliseconds",
});

/** Agents count whole seconds; their lease and their grace period may each last up to two seconds longer. */
const ROUNDING_MS = 4_000;
/** The seconds of an agent on a busy machine may last longer than ours. */
const SLOWNESS = 1.1;

/** Returns the milliseconds from the last sign that an agent may have received until its worker must have ended. */
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
  /** When the other side gave its last sign, by {@linkcode awakeClock}; undefined while nobody reads its signs. */
  lastSignAt: () => number | undefined;
  /** Called once if no sign came for a lease. */
  onSilence: () => void;
}

/** Gives signs to the other side at regular times, and notices if it gives none. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timers = new DisposableStack();
  /** When the present silence may have begun at the earliest. */
  #since = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Starts the signs; the first one is given after a third of the lease. */
  start(): void {
    const { lease, ping } = this.#options;
    const interval = lease / SIGNS_PER_LEASE;
    this.#since = awakeClock.now();
    this.#timers.use(every(systemClock, interval, ping));
    // Signs that came while this process did not run are read before this looks for them.
    this.#timers.use(every(awakeClock, interval, () => this.#check()));
  }

  /** Stops the signs. */
  stop(): void {
    this.#timers.dispose();
    this.#timers = new DisposableStack();
  }

  #check(): void {
    const { lease, lastSignAt, onSilence } = this.#options;
    const now = awakeClock.now();
    const signAt = Math.max(this.#since, lastSignAt() ?? now);
    if (now - signAt <= lease) return;
    this.stop();
    onSilence();
  }
}

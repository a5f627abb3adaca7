/**
 * How long an agent and its executor wait for a word of each other.
 *
 * @module
 */

/** Milliseconds, where nobody says another number. */
export const DEFAULT_LEASE_MS = 15_000;

/** In less, a word that is a little late is one too late. */
const MIN_LEASE_MS = 2_000;

/**
 * Gives the lease back.
 *
 * @throws {RangeError} If it is out of its bounds.
 */
export function checkedLease(lease: number): number {
  if (lease >= MIN_LEASE_MS && lease <= 2 ** 31 - 1) return lease;
  throw new RangeError(
    `Cannot run workers elsewhere as lease must be a number of milliseconds from ${MIN_LEASE_MS}: current value is ${
      Deno.inspect(lease)
    }`,
  );
}

/** Agents count whole seconds, lease and grace each up to two more than they are … */
const ROUNDING_MS = 4_000;
/** … and on a busy machine theirs are longer than ours. */
const SLOWNESS = 1.1;

/** Milliseconds from the last word that an agent may have heard until its worker has ended. */
export function fenceMs({ lease, gracePeriod }: { lease: number; gracePeriod: number }): number {
  return SLOWNESS * (lease + gracePeriod) + ROUNDING_MS;
}

/** Words per lease: one that is late is made good by the next. */
const WORDS = 3;

/** Options of {@linkcode Heartbeat}. */
export interface HeartbeatOptions {
  /** Milliseconds without a sign after which the other side counts as gone. */
  lease: number;
  /** Gives a sign to the other side. */
  ping: () => void;
  /** When the other side gave its last sign, by `performance.now()`; nothing while nobody listens. */
  lastSignAt: () => number | undefined;
  /** Called once when none came for a lease. */
  onSilence: () => void;
}

/** Gives signs, and listens for them. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Silence counts from here on. */
  #since = 0;
  #lastTick = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Begins. */
  start(): void {
    this.#since = this.#lastTick = performance.now();
    this.#timer = setInterval(() => this.#tick(), this.#options.lease / WORDS);
  }

  /** Ends. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { lease, ping, lastSignAt, onSilence } = this.#options;
    const now = performance.now();
    // This process stood still itself: Ctrl-Z, a machine that slept. What was said meanwhile is still to be read.
    if (now - this.#lastTick > lease) this.#since = now;
    this.#lastTick = now;
    ping();
    const heardAt = Math.max(this.#since, lastSignAt() ?? now);
    if (now - heardAt <= lease) return;
    this.stop();
    onSilence();
  }
}

/**
 * The lease between an agent and its conductor.
 *
 * @module
 */

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

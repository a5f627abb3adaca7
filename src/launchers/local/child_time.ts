/**
 * CPU time of workers that have ended, from the sum that the kernel keeps of all children of this process.
 *
 * @module
 */

/** What is known of a worker that has ended. */
export interface EndedWorker {
  /** Its CPU time at the last look, in clock ticks. */
  readonly seen: number;
  /** How long it went on after that look, in milliseconds. */
  readonly unseenMs: number;
  /** How many processors it used by then. */
  readonly pace: number;
  /** Called with its CPU time up to its end, in clock ticks. */
  readonly settle: (ticks: number) => void;
}

/**
 * Shares out the CPU time of children that were reaped. That of one worker is exact to a tick. If several have ended since the
 * last time, what they used after their last look is shared out by their pace before it.
 */
export class ChildTime {
  readonly #read: () => number | undefined;
  readonly #processors: number;
  /** The sum up to which all was shared out. */
  #base: number | undefined;
  /** The sum at the last look. */
  #last: number | undefined;
  #ended: EndedWorker[] = [];
  /** Milliseconds of workers that have ended, and were too short to ask. */
  #othersMs = 0;

  /**
   * @param read Returns the CPU time of all children that were reaped, in clock ticks.
   * @param options The number of processors.
   */
  constructor(
    read: () => number | undefined,
    { processors = navigator.hardwareConcurrency }: { processors?: number } = {},
  ) {
    this.#read = read;
    this.#processors = processors;
  }

  /** Takes all that was reaped so far for that of others: no worker has run for a while. */
  begin(): void {
    if (this.#ended.length > 0) return;
    this.#base = this.#last = this.#read();
    this.#othersMs = 0;
  }

  /** Notes the sum at a look. What was not shared out by the look before belonged to no worker. */
  look(): void {
    const now = this.#read();
    if (this.#ended.length === 0) {
      this.#base = Math.max(this.#base ?? 0, this.#last ?? now ?? 0);
      this.#othersMs = 0;
    }
    this.#last = now;
  }

  /** Notes a worker that has ended. */
  end(worker: EndedWorker): void {
    this.#ended.push(worker);
  }

  /** Notes a worker that has ended soon after its start, and needs no figure. */
  endShort(ms: number): void {
    this.#othersMs += ms;
  }

  /** Shares out what was reaped since the last time among the workers that have ended. */
  settle(): void {
    const ended = this.#ended;
    if (ended.length === 0) return;
    this.#ended = [];
    const sum = this.#read();
    const base = this.#base;
    const seen = ended.reduce((sum, worker) => sum + worker.seen, 0);
    const unseen = sum === undefined || base === undefined ? -1 : sum - base - seen;
    // Children that it had left are not among those that were reaped.
    const isKnown = unseen >= 0;
    const shares = ended.map(({ pace, unseenMs }) => Math.max(0.01, pace) * (unseenMs + 1));
    const all = shares.reduce((sum, share) => sum + share, this.#othersMs);
    let claimed = seen;
    for (const [index, { seen, unseenMs, pace, settle }] of ended.entries()) {
      const most = Math.ceil(this.#processors * unseenMs / TICK_MS) + 1;
      const ticks = isKnown
        ? Math.min(most, Math.round(unseen * shares[index]! / all))
        : Math.round(pace * unseenMs / TICK_MS);
      claimed += ticks;
      settle(seen + ticks);
    }
    if (isKnown) this.#base = base! + Math.min(claimed, sum! - base!);
    else this.#base = sum;
    this.#othersMs = 0;
  }
}

/** Milliseconds of a clock tick. */
const TICK_MS = 10;

/**
 * Pool of workers that can be resized and paused while it runs.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import { systemClock } from "../base/clock.ts";

/** Workers whose loops begin at once; other things of the executor come between any further ones. */
const BATCH = 64;
/** Workers that may be without a process at a time. More of them would only wait for these, and need memory. */
const MAX_STARTING = 1_000;
/** A timer that is late by this number of milliseconds shows that the executor is busy with the workers that it has. */
const BEHIND_MS = 10;
/**
 * After this time, further workers start even so, unless some have become free meanwhile: those that run may wait for
 * others.
 */
const MAX_BEHIND_MS = 250;
/** It is at least this many times the longest delay. In each, the executor learns only of some workers that have ended. */
const DELAYS = 10;

/** Workers of a batch whose processes are looked at: does the executor know of those that have ended? */
const PROBES = 8;
/** The time between two looks at them, in milliseconds. */
const PROBE_MS = 5;

/**
 * Tells the pool whether a worker is occupied: it has a process, whose id is given if it is new, or waits to try its range
 * again.
 */
export type Occupied = (isOccupied: boolean, pid?: number) => void;

/** The loop of a worker. It calls `occupied` when the worker becomes occupied, and when its range has ended. */
export type WorkerLoop = (worker: number, occupied: Occupied) => Promise<void>;

/**
 * Runs one loop per worker, and changes their number while they run. In a large pool, the loop of a worker begins when those
 * before it are occupied, and not while workers become free faster than the executor can start processes: a pool needs memory
 * for the workers that have something to do, whatever its size.
 */
export class Pool {
  readonly #work: WorkerLoop;
  readonly #isUnnoticed: (pid: number) => boolean;
  /** The workers whose loops run. */
  readonly #running = new Set<number>();
  /** Those of them that are occupied. */
  readonly #occupied = new Set<number>();
  /** Workers below `#next` that are wanted, and whose loops have ended. */
  readonly #ended = new Set<number>();
  /** Workers that were told that they are not wanted, and whose loops still run. */
  readonly #dismissed = new Set<number>();
  /** The first worker that was never started, as far as is known. */
  #next = 0;
  /** Whether a loop has ended for lack of work, and nobody has called {@linkcode Pool.wake} since. */
  #isDry = false;
  /** Whether a worker has become free since the last batch was due. */
  #isFreed = false;
  /** The processes of some workers of the last batch. */
  readonly #probes = new Map<number, number>();
  /** The time of the next batch. */
  #nextBatch: Disposable | undefined;
  #size: number;
  #failed = Promise.withResolvers<void>();
  #allEnded = Promise.withResolvers<void>();

  /**
   * @param size The number of workers.
   * @param work Runs the worker with that index until there is no more work or {@linkcode Pool.wants} returns false.
   * @param options `isUnnoticed` returns whether the process with that id has ended, and nobody has taken notice.
   */
  constructor(
    size: number,
    work: WorkerLoop,
    { isUnnoticed = () => false }: { isUnnoticed?: (pid: number) => boolean } = {},
  ) {
    this.#size = size;
    this.#work = work;
    this.#isUnnoticed = isUnnoticed;
  }

  /** The number of workers that are wanted now. */
  get size(): number {
    return this.#size;
  }

  /** Returns whether the worker with that index should take more work. If it should not, its loop must end. */
  wants(worker: number): boolean {
    const isWanted = worker < this.#size;
    if (!isWanted) this.#dismissed.add(worker);
    return isWanted;
  }

  /** Runs all workers. Resolves when the last one ends; rejects as soon as one fails. */
  async run(): Promise<void> {
    this.wake();
    await Promise.race([this.#failed.promise, this.settled()]);
  }

  /** Changes the number of workers. Surplus workers go on until they ask {@linkcode Pool.wants}. */
  resize(size: number): void {
    this.#size = size;
    this.#next = Math.min(this.#next, size);
    for (const worker of this.#ended) if (worker >= size) this.#ended.delete(worker);
    this.wake();
  }

  /** Starts the workers that are wanted and do not run: new ones, and those that ended for lack of work. */
  wake(): void {
    this.#isDry = false;
    this.#fill();
  }

  /** Resolves when all workers have ended, even if some failed. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await this.#allEnded.promise;
  }

  /** Starts a batch of workers, and others later. */
  #fill(): void {
    for (let count = 0; count < BATCH && this.#hasRoom; count++) {
      const worker = this.#takeIdle();
      if (worker === undefined) return;
      this.#start(worker);
    }
    this.#fillLater();
  }

  get #hasRoom(): boolean {
    return !this.#isDry && this.#running.size - this.#occupied.size < MAX_STARTING;
  }

  /** Starts the next batch when the executor has done what the last one has brought about, and is no longer behind. */
  #fillLater(): void {
    if (this.#nextBatch !== undefined || !this.#hasRoom) return;
    if (this.#ended.size === 0 && this.#next >= this.#size) return;
    this.#isFreed = false;
    const fill = () => {
      this.#nextBatch = undefined;
      this.#probes.clear();
      this.#fill();
    };
    const begunAt = systemClock.now();
    let longest = 0;
    const look = () => {
      const dueAt = systemClock.now();
      this.#nextBatch = systemClock.after(0, () => {
        const now = systemClock.now();
        const delay = now - dueAt;
        longest = Math.max(longest, delay);
        const giveUpAt = begunAt + Math.max(MAX_BEHIND_MS, DELAYS * longest);
        if (delay >= BEHIND_MS && (this.#isFreed || now < giveUpAt)) return look();
        if (!this.#hasUnseenEnds) return fill();
        this.#nextBatch = systemClock.after(PROBE_MS, look);
      });
    };
    this.#nextBatch = systemClock.after(0, look);
  }

  /**
   * Whether processes of the last batch have ended, and the executor has not learned of that. More of them would only make that
   * take longer.
   */
  get #hasUnseenEnds(): boolean {
    return this.#probes.values().some(this.#isUnnoticed);
  }

  /** Returns a wanted worker that does not run. */
  #takeIdle(): number | undefined {
    for (const worker of this.#ended) {
      this.#ended.delete(worker);
      if (!this.#running.has(worker)) return worker;
    }
    while (this.#next < this.#size) {
      const worker = this.#next++;
      if (!this.#running.has(worker)) return worker;
    }
    return undefined;
  }

  #start(worker: number): void {
    this.#running.add(worker);
    const occupied: Occupied = (isOccupied, pid) => {
      this.#isFreed ||= !isOccupied;
      if (!isOccupied) {
        this.#probes.delete(worker);
        return void this.#occupied.delete(worker);
      }
      const isProbe = pid !== undefined && this.#probes.size < PROBES &&
        !this.#occupied.has(worker);
      if (isProbe) this.#probes.set(worker, pid);
      this.#occupied.add(worker);
      this.#fillLater();
    };
    this.#work(worker, occupied).catch((error) => this.#failed.reject(error)).then(() =>
      this.#end(worker)
    );
  }

  #end(worker: number): void {
    this.#running.delete(worker);
    this.#occupied.delete(worker);
    this.#probes.delete(worker);
    const wasDismissed = this.#dismissed.delete(worker);
    if (worker < this.#size) {
      this.#ended.add(worker);
      // One that was not wanted for a while says nothing of the work that is left.
      if (wasDismissed) this.#fill();
      else this.#isDry = true;
    }
    if (this.#running.size > 0) return;
    this.#nextBatch?.[Symbol.dispose]();
    this.#nextBatch = undefined;
    this.#allEnded.resolve();
    this.#allEnded = Promise.withResolvers();
  }
}

/** Holds new work back while the run is paused, and turns it away once the run drains. */
export class Gate {
  /** Aborted when no more work may start. */
  readonly draining: AbortSignal;
  #opened: PromiseWithResolvers<void> | undefined;

  /** Creates an open gate. */
  constructor(draining: AbortSignal) {
    this.draining = draining;
  }

  /** Whether the gate is closed. */
  get isClosed(): boolean {
    return this.#opened !== undefined;
  }

  /** Closes the gate. */
  close(): void {
    this.#opened ??= Promise.withResolvers();
  }

  /** Opens the gate for everybody who waits. */
  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  /** Waits while the gate is closed. Returns whether new work may start. */
  async pass(): Promise<boolean> {
    while (this.#opened !== undefined && !this.draining.aborted) {
      await unlessAborted(this.#opened.promise, this.draining);
    }
    return !this.draining.aborted;
  }
}

/**
 * Room in memory for attempts at ranges that ran out of it.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import { type Clock, sleep } from "../base/clock.ts";

/** The free memory must be this multiple of what an attempt needs: others grow meanwhile. */
const MARGIN = 1.25;
/** Time between two looks at what is free, in milliseconds. An attempt that ends is a reason for one, too. */
const LOOK_MS = 1_000;

/** What an attempt needs. */
export interface MemoryNeed {
  /** The most memory that it is known to have had before, in bytes. */
  readonly bytes: number;
  /** Whether it is to run while no other attempt does, as it ran out of memory more than once. */
  readonly isAlone: boolean;
}

/** Options of {@linkcode MemoryRoom}. */
export interface MemoryRoomOptions {
  readonly clock: Clock;
  /** Returns the bytes of memory that are free, or undefined if that is not known. */
  readonly free: () => number | undefined;
}

/**
 * Makes an attempt at a range that ran out of memory wait until there is room for it, or no other attempt runs. Others go on
 * starting meanwhile. An attempt that waits does not run, so that one of those that wait always goes on at last.
 */
export class MemoryRoom {
  readonly #options: MemoryRoomOptions;
  #running = 0;
  /** What the attempts need that were let in and run. */
  #reserved = 0;
  /** Resolves when an attempt has ended; undefined while nobody waits for that. */
  #changed: PromiseWithResolvers<void> | undefined;

  /** Creates the room of one run. */
  constructor(options: MemoryRoomOptions) {
    this.#options = options;
  }

  /** Counts an attempt as running, until {@linkcode MemoryRoom.leave} is called. */
  enter(): void {
    this.#running++;
  }

  /** Ends what `enter` or `wait` has begun. */
  leave(need?: MemoryNeed): void {
    this.#running--;
    this.#reserved -= need?.bytes ?? 0;
    this.#changed?.resolve();
    this.#changed = undefined;
  }

  /**
   * Waits for room, and counts the attempt as running then. Returns false if `signal` is aborted first. `onWait` is called
   * before the first wait.
   */
  async wait(
    need: MemoryNeed,
    { signal, onWait }: { signal: AbortSignal; onWait: () => void },
  ): Promise<boolean> {
    let hasWaited = false;
    while (!signal.aborted) {
      if (this.#hasRoom(need)) {
        this.#running++;
        this.#reserved += need.bytes;
        return true;
      }
      if (!hasWaited) onWait();
      hasWaited = true;
      await this.#next(signal);
    }
    return false;
  }

  #hasRoom({ bytes, isAlone }: MemoryNeed): boolean {
    if (this.#running === 0) return true;
    if (isAlone) return false;
    const free = this.#options.free() ?? 0;
    return free >= MARGIN * bytes + this.#reserved;
  }

  /** Waits for the end of an attempt, or for the next look. */
  async #next(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    this.#changed ??= Promise.withResolvers();
    const look = sleep(this.#options.clock, LOOK_MS, over.signal);
    await unlessAborted(Promise.race([this.#changed.promise, look]), signal);
    over.abort();
  }
}

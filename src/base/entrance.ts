/**
 * Entrance of a server: newcomers, which have asked for nothing yet, are bounded in number and time, so that they never take
 * the open files that this process needs for its work.
 *
 * @module
 */
import { type Clock, sleep, SuspendableClock } from "./clock.ts";

/** Time for a newcomer to ask, in milliseconds: a program asks at once, but its machine or its network may be slow. */
const ASK_MS = 5_000;
/** The oldest newcomer has to leave for a new one after this time, in milliseconds: most have asked by then. */
const LEAVE_MS = 100;
/** Time between two looks whether there is room, in milliseconds. */
const ROOM_MS = 20;
/** Pause after an error of accept(2), such as too few descriptors, in milliseconds. */
const ACCEPT_PAUSE_MS = 200;

/** Options of {@linkcode Entrance}. */
export interface EntranceOptions {
  /** Measures the time of newcomers. */
  readonly clock: Clock;
  /** Returns whether a newcomer has to leave before another connection is accepted. */
  readonly isFull: () => boolean;
}

/** Options of {@linkcode Entrance.acceptAll}. */
export interface AcceptOptions<Connection> {
  readonly listener: { accept(): Promise<Connection> };
  /** Takes a connection; does not wait. */
  readonly serve: (connection: Connection) => void;
  /** Ends it. The listener has to be closed, too. */
  readonly signal: AbortSignal;
}

interface Newcomer {
  readonly since: number;
  /** Whether its time was over at the beginning of the last pause. */
  isDue: boolean;
  readonly timer: Disposable;
  readonly drop: () => void;
}

/** Accepts connections, and drops newcomers that hold others up. */
export class Entrance {
  readonly #base: Clock;
  /** The time in which this process ran: what newcomers sent is read before they are dropped. */
  readonly #clock: Clock;
  readonly #isFull: () => boolean;
  /** In the order in which they came. */
  readonly #newcomers = new Set<Newcomer>();

  /** Accepts nothing before {@linkcode Entrance.acceptAll}. */
  constructor({ clock, isFull }: EntranceOptions) {
    this.#base = clock;
    this.#clock = new SuspendableClock(clock);
    this.#isFull = isFull;
  }

  /** The number of newcomers. */
  get size(): number {
    return this.#newcomers.size;
  }

  /** Adds a newcomer until it is disposed of: when it has asked, or is gone. `drop` closes its connection. */
  add(drop: () => void): Disposable {
    const newcomer: Newcomer = {
      since: this.#clock.now(),
      isDue: false,
      timer: this.#clock.after(ASK_MS, () => this.#drop(newcomer)),
      drop,
    };
    this.#newcomers.add(newcomer);
    return { [Symbol.dispose]: () => this.#remove(newcomer) };
  }

  /** Accepts connections until the signal is aborted. */
  async acceptAll<Connection extends Disposable>(
    { listener, serve, signal }: AcceptOptions<Connection>,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#room(signal);
        const connection = await listener.accept();
        if (signal.aborted) connection[Symbol.dispose]();
        else serve(connection);
      } catch {
        // Most likely, there are too few descriptors: those of newcomers go first.
        while (!signal.aborted && this.#dropOldest());
        await this.#pause(ACCEPT_PAUSE_MS, signal);
      }
    }
  }

  /** Drops all newcomers. */
  close(): void {
    for (const newcomer of this.#newcomers) this.#drop(newcomer);
  }

  /** Resolves when there is room for another connection, or no newcomer is left that could make room. */
  async #room(signal: AbortSignal): Promise<void> {
    while (this.size > 0 && this.#isFull() && !signal.aborted) {
      if (!this.#dropOldest()) await this.#pause(ROOM_MS, signal);
    }
  }

  /**
   * Waits for the next look. Newcomers whose time is over have to leave then: what they have sent is read before, also if this
   * process had no time for that.
   */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    for (const newcomer of this.#newcomers) {
      if (now - newcomer.since < LEAVE_MS) break;
      newcomer.isDue = true;
    }
    await sleep(this.#base, ms, signal);
  }

  /** Drops the newcomer that came first, if it has to leave; returns whether it did. */
  #dropOldest(): boolean {
    const [oldest] = this.#newcomers;
    if (oldest?.isDue !== true) return false;
    this.#drop(oldest);
    return true;
  }

  #drop(newcomer: Newcomer): void {
    this.#remove(newcomer);
    newcomer.drop();
  }

  #remove(newcomer: Newcomer): void {
    this.#newcomers.delete(newcomer);
    newcomer.timer[Symbol.dispose]();
  }
}

/**
 * Pace at which the output of many workers is read.
 *
 * @module
 */
import { atNextBeat } from "../base/beat.ts";
import type { Clock } from "../base/clock.ts";
import { INTERVAL_MS } from "./progress_tracker.ts";

/** With fewer workers than this, output is read as it comes. With this number, each stream is read once in a beat. */
const MIN_WORKERS = 16;
/** With twice as many workers, each stream is read once in two beats, and so on, up to this number of beats: 0.4 seconds. */
const MAX_BEATS = 4;
/** With many more workers, all of them together are read so often in a beat, but each at least once in a second. */
const READS_OF_A_BEAT = 250;
const MOST_BEATS = 10;
/** The number of workers, one after the other, that are read at the same beat. Their panels are side by side. */
const BLOCK = 8;
/** A read of this size shows that a worker prints much: its pipe could fill up while nobody reads it. */
const MUCH_BYTES = 1024;

/** The number of workers in this process whose output is read. */
let workers = 0;
/** The number of those that were ever read. */
let started = 0;

/**
 * Lets the stdout of a worker rest after each read, if there are many workers: what it prints meanwhile waits in its pipe,
 * and is read at once. To be woken up for each line of each worker would cost more than all else that is done with it. (Row
 * watch of bench/.) Workers that print much do not rest.
 */
export class ReadPace {
  readonly #clock: Clock;
  /** Tells at which of several beats it is read: a frame of the grid should not have to show the news of all at once. */
  readonly #block = Math.floor(started++ / BLOCK);
  #isOn = false;
  #beat: Disposable | undefined;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the stream rests at the moment. */
  get isResting(): boolean {
    return this.#wake !== undefined;
  }

  /** Begins. Until {@linkcode ReadPace.stop}, the worker counts as one whose output is read. */
  start(): void {
    this.#isOn = true;
    workers++;
  }

  /** Returns what to wait for after a read of `size` bytes; undefined if the next read is due. */
  rest(size: number): Promise<void> | undefined {
    const most = Math.max(MAX_BEATS, Math.min(MOST_BEATS, workers / READS_OF_A_BEAT));
    const beats = Math.floor(Math.min(most, workers / MIN_WORKERS));
    if (!this.#isOn || beats === 0) return undefined;
    if (size >= MUCH_BYTES) {
      this.stop();
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const isDue = (beat: number) => (beat + this.#block) % beats === 0;
    this.#beat = atNextBeat(this.#clock, INTERVAL_MS, () => this.wake(), isDue);
    return promise;
  }

  /** Ends the rest now. */
  wake(): void {
    this.#beat?.[Symbol.dispose]();
    this.#beat = undefined;
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Ends the rest, and lets the stream rest no more. */
  stop(): void {
    if (this.#isOn) workers--;
    this.#isOn = false;
    this.wake();
  }
}

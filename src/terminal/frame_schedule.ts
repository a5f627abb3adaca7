/**
 * Timer that limits how often frames are drawn.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";

/** Time from the start to the first frame: a run that ends earlier shows its summary only. */
const FIRST_FRAME_MS = 50;
/** The shortest time between two frames: at most ten frames a second. */
const FRAME_MS = 100;
/** The rate above which frames become rarer, as nobody reads a large screen that fast. (Row watch of bench/.) */
const BYTES_PER_MS = 8;
/** The longest time between two frames that are wanted: at least four frames a second. */
const MAX_FRAME_MS = 250;
/** Time between two frames without any event, so that the clocks on the screen go on. */
const IDLE_FRAME_MS = 1_000;

/** Calls a function when a frame is due: soon after it was requested, but no more often than the limits allow. */
export class FrameSchedule {
  readonly #clock: Clock;
  readonly #draw: () => void;
  #isOn = false;
  #timer: Disposable | undefined;
  #dueAt = Infinity;
  #earliest = 0;

  constructor(clock: Clock, draw: () => void) {
    this.#clock = clock;
    this.#draw = draw;
  }

  /** Starts drawing; the first frame comes 50 ms after `since`, a time of the clock, if that is not over. */
  start(since = this.#clock.now()): void {
    this.#isOn = true;
    this.#earliest = since + FIRST_FRAME_MS;
    this.request();
  }

  /** Stops drawing. */
  stop(): void {
    this.#isOn = false;
    this.#cancel();
  }

  /** Requests a frame in `delay` milliseconds, or as soon after that as the limits allow. */
  request(delay = 0): void {
    const now = this.#clock.now();
    const at = Math.max(now + delay, this.#earliest);
    if (!this.#isOn || at >= this.#dueAt) return;
    this.#cancel();
    this.#dueAt = at;
    this.#timer = this.#clock.after(at - now, () => this.#tick());
  }

  /** Records the size of the frame that was drawn: the larger it is, the later the next one is due. */
  drawn(bytes: number): void {
    const pause = Math.min(MAX_FRAME_MS, Math.max(FRAME_MS, bytes / BYTES_PER_MS));
    this.#earliest = Math.max(this.#earliest, this.#clock.now() + pause);
  }

  /** Draws the next frame after `ms` milliseconds and none before, whatever the size of the last one was. */
  postpone(ms: number): void {
    this.#earliest = this.#clock.now() + ms;
    this.#cancel();
    this.request();
  }

  #tick(): void {
    this.#dueAt = Infinity;
    this.#earliest = this.#clock.now() + FRAME_MS;
    this.#draw();
    this.request(IDLE_FRAME_MS);
  }

  #cancel(): void {
    this.#timer?.[Symbol.dispose]();
    this.#dueAt = Infinity;
  }
}

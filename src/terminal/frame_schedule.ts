/**
 * When frames are drawn.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";

/** Time from the start to the first frame: a run that is over by then shows its end alone. */
const FIRST_FRAME_MS = 200;
/** Time between two frames: ten a second at most … */
const FRAME_MS = 100;
/** … and less often where much changes, as on a large screen that nobody reads so fast: 6 KB a second … */
const BYTES_PER_MS = 6;
/** … but four a second in any case. (Row watch of bench/.) */
const MAX_FRAME_MS = 250;
/** Without events, the clocks on the screen go on. */
const IDLE_FRAME_MS = 1_000;

/** Calls back when a frame is due: soon after it is wanted, but no more often than frames may be. */
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

  /** Frames are drawn from now on, the first one after a moment. */
  start(): void {
    this.#isOn = true;
    this.#earliest = this.#clock.now() + FIRST_FRAME_MS;
    this.request();
  }

  /** Draws no more frames. */
  stop(): void {
    this.#isOn = false;
    this.#cancel();
  }

  /** Sees to it that a frame is drawn after `delay` milliseconds at the latest. */
  request(delay = 0): void {
    const now = this.#clock.now();
    const at = Math.max(now + delay, this.#earliest);
    if (!this.#isOn || at >= this.#dueAt) return;
    this.#cancel();
    this.#dueAt = at;
    this.#timer = this.#clock.after(at - now, () => this.#tick());
  }

  /** A frame took so many bytes: the next one waits for as long as they are worth. */
  drawn(bytes: number): void {
    const pause = Math.min(MAX_FRAME_MS, Math.max(FRAME_MS, bytes / BYTES_PER_MS));
    this.#earliest = Math.max(this.#earliest, this.#clock.now() + pause);
  }

  /** Draws nothing for so many milliseconds, and then a frame, however much the last one was. */
  hold(ms: number): void {
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

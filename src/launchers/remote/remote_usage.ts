/**
 * Usage of a worker on another machine, as its agent tells it.
 *
 * @module
 */
import { awakeClock, type Clock } from "../../base/clock.ts";
import type { ResourceUse, Usage } from "../../model/types.ts";
import { ProcessTree } from "../local/process_tree.ts";

/** Milliseconds from the start of a worker to the first question. A worker that is new may end before the next one … */
const FIRST_MS = 50;
/** … so there is another one whenever the time that it has run has grown by this factor … */
const GROWTH = 2.5;
/** … or this time has passed, in milliseconds. */
const LOOK_MS = 1_000;
/** If an answer takes long, the next question comes after this multiple of that time … */
const PACE = 10;
/** … but at the latest after so many milliseconds: the answer may only have waited for a reader of the worker's output. */
const MAX_MS = 10_000;

/**
 * Asks an agent what its worker uses, and adds up the answers. The next question waits for the answer: an agent that cannot
 * measure gives none.
 */
export class RemoteUsage implements Disposable {
  readonly #ask: () => void;
  readonly #clock: Clock;
  #tree: ProcessTree | undefined;
  #askedAt = 0;
  #timer: Disposable | undefined;

  /** @param ask Asks the agent. */
  constructor(ask: () => void, clock: Clock = awakeClock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** Begins to ask, as the worker has started. */
  start(pid: number): void {
    this.#tree = new ProcessTree(pid, this.#clock.now());
    this.#askAfter(FIRST_MS);
  }

  /**
   * Takes notice of an answer: the CPU time of all processes in clock ticks, their resident memory, and the peak of one of them,
   * both in kilobytes. It is empty if the worker had just ended, or not yet begun.
   */
  note(answer: readonly string[]): void {
    if (this.#tree === undefined || this.#timer === undefined) return;
    const [ticks = NaN, rss = NaN, peak = NaN] = answer.map(parseCount);
    const at = this.#clock.now();
    if (!Number.isNaN(ticks + rss + peak)) {
      this.#tree.note({ at, ticks, rss: 1024 * rss, peak: 1024 * peak });
    }
    const pace = Math.min(MAX_MS, Math.max(LOOK_MS, PACE * (at - this.#askedAt)));
    this.#askAfter(Math.min(pace, (GROWTH - 1) * (at - this.#tree.startedAt)));
  }

  /** Takes notice of the CPU time of the worker and the children that it waited for, in clock ticks, at its end. */
  noteEnd(ticks: string): void {
    this[Symbol.dispose]();
    const count = parseCount(ticks);
    if (!Number.isNaN(count)) this.#tree?.noteEnd(count);
  }

  /** Returns what the worker uses at present; undefined if that is not known. */
  usage(): Usage | undefined {
    return this.#tree?.usage();
  }

  /** Returns what the worker has used since its start; undefined if that is not known. */
  used(): ResourceUse | undefined {
    return this.#tree?.used(this.#clock.now());
  }

  /** Asks no more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #askAfter(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      this.#askedAt = this.#clock.now();
      this.#ask();
    });
  }
}

/** Parses a count; returns NaN for anything else. */
function parseCount(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}

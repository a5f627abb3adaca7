/**
 * Patience of a run with callbacks that do not answer: a warning after some time, and an end when the run is stopped.
 *
 * @module
 */
import { onAbort, unlessAborted } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import type { StopSwitch } from "./stop/switch.ts";

/** Time after which a callback that has not answered is a warning, in milliseconds. */
const NOTICE_MS = 10_000;
/** Time that is waited for anything after the run was killed, in milliseconds. */
const KILLED_MS = 1_000;

/** Options of {@linkcode Patience}. */
export interface PatienceOptions {
  readonly clock: Clock;
  readonly stop: StopSwitch;
  /** Milliseconds that a callback has after the run was stopped. */
  readonly gracePeriod: number;
  readonly warn: (text: string) => void;
}

/** A callback that is waited for. */
export interface Awaited {
  /** Its name, such as `launcher.open()`. There is one warning for each name. */
  readonly name: string;
  /** What waits for it, such as `worker 0 waits for it`. */
  readonly effect: string;
  /** More milliseconds that it may take before that is a warning. */
  readonly allowance?: number;
  /** Whether it is not waited for any longer when the run drains. */
  readonly endsWithDrain?: boolean;
}

/** Waits for callbacks. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #noticed = new Set<string>();

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * Waits for a callback, and warns if it takes long. Rejects as it does.
   *
   * @throws {Error} If the run was stopped, and the grace period after that has passed, or a second after it was
   * killed.
   */
  async answer<T>(answer: PromiseLike<T>, awaited: Awaited): Promise<T> {
    const { name, effect, allowance = 0, endsWithDrain = false } = awaited;
    const { clock, warn } = this.#options;
    const ms = NOTICE_MS + allowance;
    using _notice = clock.after(ms, () => {
      if (this.#noticed.has(name)) return;
      this.#noticed.add(name);
      warn(`${name} has not answered in ${ms / 1000} seconds: ${effect}`);
    });
    const settled = await this.untilCut(answer, { endsWithDrain });
    if (settled !== undefined) return settled.value;
    throw new UnansweredError(`${name} had not answered when the run was stopped`);
  }

  /**
   * Waits for a promise. Resolves to `undefined` if the run was stopped, and the grace period after that has passed, or a
   * second after it was killed.
   */
  async untilCut<T>(
    promise: PromiseLike<T>,
    { endsWithDrain = false }: Pick<Awaited, "endsWithDrain"> = {},
  ): Promise<{ readonly value: T } | undefined> {
    const { clock, gracePeriod, stop: { draining, stopping, killing } } = this.#options;
    const deadline = new AbortController();
    using stack = new DisposableStack();
    const setDeadline = (signal: AbortSignal, ms: number) => {
      const start = () => void stack.use(clock.after(ms, () => deadline.abort()));
      stack.use(onAbort(signal, start));
    };
    setDeadline(killing, KILLED_MS);
    setDeadline(endsWithDrain ? draining : stopping, gracePeriod);
    return await unlessAborted(promise.then((value) => ({ value })), deadline.signal);
  }
}

/** Thrown for a callback that did not answer until the run was over. */
class UnansweredError extends Error {
  /** The name of the class. */
  override readonly name = "UnansweredError";
}

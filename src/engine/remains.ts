/**
 * Remains of an attempt: what its worker left in groups and sessions of its own, which ends before the range is tried again.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import { Termination } from "../launchers/termination.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { Stoppable } from "./stop/switch.ts";

/** Options of {@linkcode Remains}. */
export interface RemainsOptions {
  readonly clock: Clock;
  readonly gracePeriod: number;
  /** Publishes an event of the attempt. */
  readonly emit: (event: AttemptEvent) => void;
  /** Whether it was published that the attempt left processes behind. */
  readonly isKnown: boolean;
}

/** Ends the remains of an attempt. */
export class Remains implements Stoppable {
  readonly #process: WorkerProcess;
  readonly #options: RemainsOptions;
  readonly #termination: Termination;
  #isKilled = false;
  /** See {@linkcode Stoppable.cleaned}. */
  readonly cleaned: Promise<void>;

  /** Creates the remains of an attempt whose process has ended, and begins to end them. */
  constructor(process: WorkerProcess, options: RemainsOptions) {
    this.#process = process;
    this.#options = options;
    this.#termination = new Termination(process, options);
    // A launcher that fails here must not keep the range from being tried again.
    this.cleaned = this.#end().catch(() => {});
  }

  /**
   * Whether some of them are alive at the end, as they cannot be killed. A launcher with a `killPatience` promises that nothing
   * runs when that is over.
   */
  get survive(): boolean {
    return this.#termination.gaveUp && this.#process.killPatience === undefined;
  }

  /** Does nothing: they are asked to end in any case. */
  stop(): void {}

  /** Kills them. */
  kill(): void {
    this.#isKilled = true;
    this.#termination.kill();
  }

  /** Suspends them. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Continues them. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  async #end(): Promise<void> {
    const process = this.#process;
    process.claimAll?.();
    await process.search?.();
    if (!process.groupIsAlive()) return;
    this.#termination.signal("SIGTERM");
    if (this.#isKilled) this.#termination.kill();
    await this.#termination.done;
    const { emit, isKnown } = this.#options;
    if (!isKnown) emit({ kind: "leaked", forced: this.#termination.forced });
  }
}

/**
 * The end of a process group: a signal, some time, and SIGKILL.
 *
 * @module
 */
import { type Clock, sleep } from "../../base/clock.ts";
import type { WorkerProcess } from "../../launchers/launcher.ts";

const POLL_MS = 25;
/** How long after a SIGKILL a group may linger before it is given up: one in the kernel cannot be killed. */
const KILLED_MS = 1_000;

/** Options of {@linkcode Termination}. */
export interface TerminationOptions {
  clock: Clock;
  /** Milliseconds from the signal to SIGKILL. */
  gracePeriod: number;
}

/** Ends one group; does nothing until it is told to. */
export class Termination {
  readonly #process: WorkerProcess;
  readonly #options: TerminationOptions;
  #killAt = Infinity;
  #forced = false;
  #gaveUp = false;
  #done: Promise<void> | undefined;

  constructor(process: WorkerProcess, options: TerminationOptions) {
    this.#process = process;
    this.#options = options;
  }

  /** Whether SIGKILL was needed. */
  get forced(): boolean {
    return this.#forced;
  }

  /** Whether the group is alive after all: it cannot be killed, or may not be. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /** Resolves when the group is gone or given up; absent before the first signal. */
  get done(): Promise<void> | undefined {
    return this.#done;
  }

  /** Signals the group; the grace period counts from the first time. */
  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
    // A process that stands still, by Ctrl-Z for instance, would not notice.
    this.#process.kill("SIGCONT");
    if (this.#done !== undefined) return;
    this.#killAt = this.#options.clock.now() + this.#options.gracePeriod;
    this.#done = this.#watch();
  }

  /** Kills the group now. */
  kill(): void {
    if (this.#forced || !this.#process.groupIsAlive()) return;
    this.#forced = true;
    this.#killAt = this.#options.clock.now();
    this.#process.kill("SIGKILL");
    this.#done ??= this.#watch();
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    while (this.#process.groupIsAlive()) {
      const now = clock.now();
      if (now >= this.#killAt) this.kill();
      this.#gaveUp = now >= this.#killAt + (this.#process.killPatience ?? KILLED_MS);
      if (this.#gaveUp) return;
      await sleep(clock, POLL_MS);
    }
  }
}

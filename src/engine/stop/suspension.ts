/**
 * Suspension of a run by Ctrl-Z: its workers, its clock, its reporters.
 *
 * @module
 */
import { type Clock, sleep, type SuspendableClock, withTimeout } from "../../base/clock.ts";
import type { EventBus } from "../event_bus.ts";
import type { StopSwitch } from "./switch.ts";

/** How long reporters may take to leave the terminal usable, in milliseconds. */
const REPORTERS_MS = 500;
/** How long a signal may take to reach its listeners, in milliseconds. */
const SETTLE_MS = 100;

/** Options of {@linkcode Suspension}. */
export interface SuspensionOptions {
  readonly clock: SuspendableClock;
  /** A clock that is not suspended. */
  readonly wallClock: Clock;
  readonly stop: StopSwitch;
  readonly bus: EventBus;
}

/** Suspends and resumes a run. */
export class Suspension {
  readonly #options: SuspensionOptions;
  #isSuspended = false;

  constructor(options: SuspensionOptions) {
    this.#options = options;
  }

  /**
   * Suspends the workers and the clock, and makes reporters leave the terminal usable. Resolves to whether this process is to
   * be suspended as well, which it is not if the run was resumed in the meantime.
   */
  async suspend(): Promise<boolean> {
    if (this.#isSuspended) return false;
    this.#isSuspended = true;
    const { clock, wallClock, bus, stop } = this.#options;
    clock.suspend();
    stop.suspend();
    bus.publish({ kind: "run-suspended" });
    await withTimeout(bus.suspend(), { ms: REPORTERS_MS, clock: wallClock });
    // A SIGCONT that has reached this process already must be handled first; later it would be lost.
    await sleep(wallClock, SETTLE_MS);
    return this.#isSuspended;
  }

  /** Resumes the run; does nothing if it is not suspended. */
  resume(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    const { clock, bus, stop } = this.#options;
    stop.resume();
    clock.resume();
    bus.publish({ kind: "run-continued" });
  }
}

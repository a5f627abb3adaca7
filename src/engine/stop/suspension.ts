/**
 * A run that stands still, by Ctrl-Z.
 *
 * @module
 */
import { unlessAborted } from "../../base/abort.ts";
import { type Clock, sleep } from "../../base/clock.ts";
import type { EventBus } from "../event_bus.ts";
import type { StopSwitch } from "./switch.ts";
import type { SuspendableClock } from "../../base/clock.ts";

/** How long reporters may take to leave the terminal usable, in milliseconds. */
const PATIENCE_MS = 500;
/** How long a signal may be on its way to those who listen to it, in milliseconds. */
const SETTLE_MS = 100;

/** What stands still, and what tells of it. */
export interface SuspensionOptions {
  readonly clock: SuspendableClock;
  /** Goes on meanwhile. */
  readonly wallClock: Clock;
  readonly stop: StopSwitch;
  readonly publisher: EventBus;
}

/** Makes workers and clocks stand still, and go on. */
export class Suspension {
  readonly #options: SuspensionOptions;
  #isSuspended = false;

  constructor(options: SuspensionOptions) {
    this.#options = options;
  }

  /**
   * Makes all stand still, and reporters leave the terminal usable. Says whether this process is to stand still as well:
   * not when it was told to go on meanwhile.
   */
  async suspend(): Promise<boolean> {
    if (this.#isSuspended) return false;
    this.#isSuspended = true;
    const { clock, wallClock, publisher, stop } = this.#options;
    clock.suspend();
    stop.suspend();
    publisher.publish({ kind: "run-suspended" });
    const patience = new AbortController();
    using _timer = wallClock.after(PATIENCE_MS, () => patience.abort());
    await unlessAborted(publisher.suspend(), patience.signal);
    // A SIGCONT that has reached this process already has its say first: afterwards it would be lost.
    await sleep(wallClock, SETTLE_MS);
    return this.#isSuspended;
  }

  /** Lets all go on. */
  resume(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    const { clock, publisher, stop } = this.#options;
    stop.resume();
    clock.resume();
    publisher.publish({ kind: "run-continued" });
  }
}

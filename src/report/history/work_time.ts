/**
 * Conversion of time of day to work time, which `history.ts` defines.
 *
 * @module
 */
import type { Break } from "./history.ts";

/** Follows the times of a job's events, and leaves out breaks. Work time never goes backwards. */
export class WorkTime {
  /** The time of day at which work time would be 0 if there had been no break. */
  #origin = 0;
  /** The time of day of the last event. */
  #lastAt = 0;
  #now = 0;
  #suspendedAt: number | undefined;

  /** The work time of the last event. */
  get now(): number {
    return this.#now;
  }

  /** Whether the run is suspended. */
  get isSuspended(): boolean {
    return this.#suspendedAt !== undefined;
  }

  /** Begins a run: at 0, or at the last event of the run before. */
  begin(t: number, isFirst: boolean): Break | undefined {
    const ms = Math.max(0, t - this.#lastAt);
    this.#suspendedAt = undefined;
    this.#origin = t - this.#now;
    this.#lastAt = t;
    return isFirst ? undefined : { kind: "resumed", at: this.#now, ms };
  }

  /** Advances to the time of an event, and returns its work time. */
  advance(t: number): number {
    this.#now = this.at(t);
    this.#lastAt = t;
    return this.#now;
  }

  /** Returns the work time at a time of day of this run, which may be before the last event. */
  before(t: number, startedAt: number): number {
    return Math.max(startedAt, Math.min(this.at(t), t - this.#origin));
  }

  /** Returns the work time at a time of day, which must not be before the last event. */
  at(t: number): number {
    return Math.max(this.#now, (this.#suspendedAt ?? t) - this.#origin);
  }

  /** Begins a suspension. */
  suspend(t: number): void {
    this.#suspendedAt ??= t;
  }

  /** Ends a suspension. Returns the break, or undefined if the run was not suspended. */
  resume(t: number): Break | undefined {
    if (this.#suspendedAt === undefined) return undefined;
    const ms = Math.max(0, t - this.#suspendedAt);
    this.#origin += ms;
    this.#suspendedAt = undefined;
    return { kind: "suspended", at: this.#now, ms };
  }
}

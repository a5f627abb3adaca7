/**
 * From the time of day to work time; see `history.ts`.
 *
 * @module
 */
import type { Break } from "./history.ts";

/** Follows the events of a job, and leaves out the time for which nothing could be done. Never goes backwards. */
export class WorkTime {
  /** The time of day at which work time would be 0, had there been no break. */
  #origin = 0;
  /** The time of day of the last event. */
  #heard = 0;
  #now = 0;
  #suspendedAt: number | undefined;

  /** The work time of the last event. */
  get now(): number {
    return this.#now;
  }

  /** Whether all stands still. */
  get isSuspended(): boolean {
    return this.#suspendedAt !== undefined;
  }

  /** A run begins: at 0, or where the one before was heard of last. */
  begin(t: number, isFirst: boolean): Break | undefined {
    const ms = Math.max(0, t - this.#heard);
    this.#suspendedAt = undefined;
    this.#origin = t - this.#now;
    this.#heard = t;
    return isFirst ? undefined : { kind: "resumed", at: this.#now, ms };
  }

  /** Takes the time of an event. */
  hear(t: number): number {
    this.#now = this.at(t);
    this.#heard = t;
    return this.#now;
  }

  /** The work time at a time of day that is not before that of the last event. */
  at(t: number): number {
    return Math.max(this.#now, (this.#suspendedAt ?? t) - this.#origin);
  }

  /** All stands still. */
  suspend(t: number): void {
    this.#suspendedAt ??= t;
  }

  /** All goes on. */
  resume(t: number): Break | undefined {
    if (this.#suspendedAt === undefined) return undefined;
    const ms = Math.max(0, t - this.#suspendedAt);
    this.#origin += ms;
    this.#suspendedAt = undefined;
    return { kind: "suspended", at: this.#now, ms };
  }
}

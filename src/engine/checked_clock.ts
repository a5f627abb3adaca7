/**
 * Clock of a program that may tell what is no time.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { errorMessage, showValue } from "../base/errors.ts";
import { ConfigError, requireMethod } from "../model/value_types.ts";

/**
 * Returns a clock, if it is one.
 *
 * @throws {ConfigError} If it lacks a method, or does not tell the time.
 */
export function checkClock(clock: Clock): Clock {
  if (clock === systemClock) return clock;
  for (const method of ["now", "after"]) requireMethod(clock, { name: "clock", method });
  const fault = findFault(clock);
  if (fault === undefined) return clock;
  throw new ConfigError("clock.now()", { wanted: "the milliseconds since 1970", ...fault });
}

function findFault(clock: Clock): { value: unknown; reason?: string } | undefined {
  try {
    const value: unknown = clock.now();
    return isTime(value) ? undefined : { value };
  } catch (error) {
    return { value: undefined, reason: errorMessage(error) };
  }
}

/** Asks a clock that was right when it was checked. It stands still while the clock does not tell the time. */
export class CheckedClock implements Clock {
  readonly #clock: Clock;
  readonly #warn: (text: string) => void;
  #last = 0;
  #hasWarned = false;

  /** `warn` is called once, if the clock fails. */
  constructor(clock: Clock, warn: (text: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** See {@linkcode Clock.now}. */
  now(): number {
    try {
      const now: unknown = this.#clock.now();
      if (isTime(now)) this.#last = now;
      else this.#fail("now", `it returned ${showValue(now)}`);
    } catch (error) {
      this.#fail("now", errorMessage(error));
    }
    return this.#last;
  }

  /** See {@linkcode Clock.after}. */
  after(ms: number, callback: () => void): Disposable {
    try {
      return this.#clock.after(ms, callback);
    } catch (error) {
      this.#fail("after", errorMessage(error));
      return systemClock.after(ms, callback);
    }
  }

  #fail(method: string, message: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#warn(`clock.${method}() failed, times may be wrong: ${message}`);
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

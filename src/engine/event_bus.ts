/**
 * Event bus of a run: reduces each event to the next state and reports both.
 *
 * @module
 */
import { type Clock, withTimeout } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import {
  type AttemptEvent,
  type AttemptRef,
  type EventBody,
  FORMAT_VERSION,
  type RunEvent,
} from "../model/events.ts";
import { reduce } from "../model/reduce.ts";
import type { Reporter, RunHandle } from "../model/reporter.ts";
import { INITIAL_STATE, type RunState } from "../model/state.ts";

/** Time that a reporter has to close, unless it waits for a reader, in milliseconds. */
const CLOSE_MS = 10_000;

/** Delivers each event to every reporter before the next event. A reporter that fails is dropped. */
export class EventBus {
  readonly #clock: Clock;
  readonly #reporters: Set<Reporter>;
  /** Events that were published while another one was being delivered. */
  readonly #queue: EventBody[] = [];
  #isDelivering = false;
  #state = INITIAL_STATE;

  /** Creates a bus whose events carry the time of `clock`. */
  constructor(reporters: readonly Reporter[], clock: Clock) {
    this.#reporters = new Set(reporters);
    this.#clock = clock;
  }

  /** Whether any reporter asks for events `usage`. */
  get wantsUsage(): boolean {
    return Array.from(this.#reporters).some(({ wantsUsage }) => wantsUsage);
  }

  /** The state after the last event. */
  get state(): RunState {
    return this.#state;
  }

  /** Gives the handle of the run to the reporters that ask for it. */
  control(handle: RunHandle): void {
    for (const reporter of this.#reporters) {
      this.#guard(reporter, () => reporter.control?.(handle));
    }
  }

  /** Publishes an event with the current time. */
  publish(body: EventBody): void {
    this.#queue.push(body);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#deliver({ v: FORMAT_VERSION, t: Math.round(this.#clock.now()), ...next });
    }
    this.#isDelivering = false;
  }

  /** Returns a function that publishes the events of one attempt. */
  forAttempt(ref: AttemptRef): (event: AttemptEvent) => void {
    return (event) => this.publish({ ...ref, ...event });
  }

  /** Waits until every reporter has written everything. */
  async close(): Promise<void> {
    const reporters = Array.from(this.#reporters);
    const closed = await Promise.allSettled(reporters.map((reporter) => this.#close(reporter)));
    for (const [index, { status, ...result }] of closed.entries()) {
      if (status === "rejected" && "reason" in result) this.#drop(reporters[index]!, result.reason);
    }
  }

  async #close(reporter: Reporter): Promise<void> {
    const closed = Promise.resolve(reporter.close?.()).then(() => true);
    if (reporter.waitsForReader) return void await closed;
    if (await withTimeout(closed, { ms: CLOSE_MS, clock: this.#clock })) return;
    throw new Error(`close() has not resolved after ${CLOSE_MS / 1000} seconds`);
  }

  /** Waits until every reporter has restored the terminal for the time of a suspension. */
  async suspend(): Promise<void> {
    await Promise.all(
      Array.from(this.#reporters, async (reporter) => {
        try {
          await reporter.suspend?.();
        } catch (error) {
          this.#drop(reporter, error);
        }
      }),
    );
  }

  /** Makes every reporter restore the terminal without waiting. */
  abandon(): void {
    for (const reporter of this.#reporters) this.#guard(reporter, () => reporter.abandon?.());
  }

  #deliver(event: RunEvent): void {
    const state = this.#state = reduce(this.#state, event);
    for (const reporter of this.#reporters) {
      this.#guard(reporter, () => reporter.report(event, state));
    }
  }

  #guard(reporter: Reporter, call: () => unknown): void {
    try {
      const result = call();
      // Nobody awaits an async report(), and its rejection must not end the process.
      if (result instanceof Promise) result.catch((error) => this.#drop(reporter, error));
    } catch (error) {
      this.#drop(reporter, error);
    }
  }

  #drop(reporter: Reporter, error: unknown): void {
    if (!this.#reporters.delete(reporter)) return;
    try {
      reporter.abandon?.();
    } catch {
      // The first error is the one that is reported.
    }
    const name = reporter.constructor?.name ?? "reporter";
    this.publish({ kind: "reporter-failed", reporter: name, message: errorMessage(error) });
  }
}

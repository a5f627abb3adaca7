/**
 * The one place where events become state and reach those who watch.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { EventBody, RunEvent } from "./events.ts";
import type { Reporter } from "./reporters/reporter.ts";
import { fold, INITIAL_STATE, type RunState } from "./state.ts";

/** Folds events and hands them to reporters; a reporter that fails is dropped. */
export class Publisher {
  /** The state after the last event. */
  state: RunState = INITIAL_STATE;

  readonly #clock: Clock;
  readonly #reporters: Set<Reporter>;

  constructor(reporters: readonly Reporter[], clock: Clock) {
    this.#reporters = new Set(reporters);
    this.#clock = clock;
  }

  /** Publishes an event as of now. */
  publish(body: EventBody): void {
    const event: RunEvent = { v: 1, t: Math.round(this.#clock.now()), ...body };
    const state = this.state = fold(this.state, event);
    for (const reporter of this.#reporters) {
      this.#guard(reporter, () => reporter.report(event, state));
    }
  }

  /** Waits until every reporter has written what it has to write. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#reporters, async (reporter) => {
      try {
        await reporter.close?.();
      } catch (error) {
        this.#drop(reporter, error);
      }
    }));
  }

  /** Has every reporter leave the terminal usable, at once. */
  abandon(): void {
    for (const reporter of this.#reporters) this.#guard(reporter, () => reporter.abandon?.());
  }

  #guard(reporter: Reporter, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#drop(reporter, error);
    }
  }

  #drop(reporter: Reporter, error: unknown): void {
    this.#reporters.delete(reporter);
    try {
      reporter.abandon?.();
    } catch {
      // It has failed already.
    }
    const message = error instanceof Error ? error.message : String(error);
    this.publish({ kind: "reporter-failed", reporter: reporter.constructor.name, message });
  }
}

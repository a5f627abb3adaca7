/**
 * The one place where events become state and reach those who watch.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { RunHandle } from "../model/reporter.ts";
import { errorMessage } from "../base/errors.ts";
import type { EventBody, RunEvent } from "../model/events.ts";
import { reduce } from "../model/reduce.ts";
import type { Reporter } from "../model/reporter.ts";
import { INITIAL_STATE, type RunState } from "../model/state.ts";

/** Folds events and hands them to reporters, each event to all before the next one; a reporter that fails is dropped. */
export class EventBus {
  readonly #clock: Clock;
  readonly #reporters: Set<Reporter>;
  /** Published while another event was being handed out. */
  readonly #queue: EventBody[] = [];
  #isDelivering = false;
  #state = INITIAL_STATE;

  constructor(reporters: readonly Reporter[], clock: Clock) {
    this.#reporters = new Set(reporters);
    this.#clock = clock;
  }

  /** Whether any reporter wants to know what workers take of the machine. */
  get wantsUsage(): boolean {
    return Array.from(this.#reporters).some(({ wantsUsage }) => wantsUsage);
  }

  /** The state after the last event. */
  get state(): RunState {
    return this.#state;
  }

  /** Hands controls to the reporters that ask for them. */
  control(controls: RunHandle): void {
    for (const reporter of this.#reporters) {
      this.#guard(reporter, () => reporter.control?.(controls));
    }
  }

  /** Publishes an event as of now. */
  publish(body: EventBody): void {
    this.#queue.push(body);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#deliver({ v: 1, t: Math.round(this.#clock.now()), ...next });
    }
    this.#isDelivering = false;
  }

  /** Waits until every reporter has written what it has to write. */
  async close(): Promise<void> {
    const reporters = Array.from(this.#reporters);
    const closed = await Promise.allSettled(
      reporters.map(async (reporter) => await reporter.close?.()),
    );
    for (const [index, { status, ...result }] of closed.entries()) {
      if (status === "rejected" && "reason" in result) this.#drop(reporters[index]!, result.reason);
    }
  }

  /** Waits until every reporter has left the terminal usable for a while. */
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

  /** Makes every reporter restore the terminal, at once. */
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
      // Nobody waits for an async report(), but it may not take the process down.
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
      // It has failed already.
    }
    const name = reporter.constructor?.name ?? "reporter";
    this.publish({ kind: "reporter-failed", reporter: name, message: errorMessage(error) });
  }
}

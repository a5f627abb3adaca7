/**
 * Event bus of a run: reduces each event to the next state and reports both.
 *
 * @module
 */
import { type Clock, withTimeout } from "../base/clock.ts";
import { errorMessage, showValue } from "../base/errors.ts";
import { caught } from "../base/promises.ts";
import type { AttemptEvent, EventBody } from "../model/event_body.ts";
import { type AttemptRef, FORMAT_VERSION, type RunEvent } from "../model/events.ts";
import { reduce } from "../model/reduce.ts";
import type { Reporter, RunHandle } from "../model/reporter.ts";
import type { Output, OutputRun } from "../output/output.ts";
import { INITIAL_STATE, type RunState } from "../model/state.ts";

/** Time that a reporter has to close, in milliseconds; one that waits for a reader is a warning then. */
const CLOSE_MS = 10_000;

/** Delivers each event to every reporter before the next event. A reporter that fails is dropped. */
export class EventBus {
  readonly #clock: Clock;
  readonly #reporters: Set<Reporter>;
  /** Events that were published while another one was being delivered. */
  readonly #queue: EventBody[] = [];
  #isDelivering = false;
  /** Events that wait for `run-started`, which is the first one that anybody gets. */
  #early: EventBody[] | undefined;
  /** Reporters that were asked to close. They get no more events. */
  readonly #asked = new Set<Reporter>();
  /** Those of them that have closed. */
  readonly #closed = new Set<Reporter>();
  /** Resolves when reporters that have not closed are not waited for any longer. */
  readonly #cut = Promise.withResolvers<false>();
  #state = INITIAL_STATE;

  /** Creates a bus whose events carry the time of `clock`. */
  constructor(reporters: readonly Reporter[], clock: Clock) {
    this.#reporters = new Set(reporters);
    this.#clock = clock;
  }

  /** Whether any reporter asks for events `usage`. */
  get wantsUsage(): boolean {
    let isWanted = false;
    for (const reporter of this.#reporters) {
      this.#guard(reporter, () => {
        isWanted ||= reporter.wantsUsage === true;
      });
    }
    return isWanted;
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

  /** Returns the functions through which an output must write to stdout and stderr, where a reporter draws there. */
  share(output: Output | undefined): Pick<OutputRun, "print" | "printError"> {
    const print = output?.writesStdout ? this.#share("shareStdout") : undefined;
    return { print, printError: output?.writesStderr ? this.#share("shareStderr") : undefined };
  }

  #share(
    method: "shareStdout" | "shareStderr",
  ): ((bytes: Uint8Array) => Promise<void>) | undefined {
    let print: ((bytes: Uint8Array) => Promise<void>) | undefined;
    for (const reporter of this.#reporters) {
      this.#guard(reporter, () => {
        const shared: unknown = reporter[method]?.();
        if (shared !== undefined && typeof shared !== "function") {
          throw new TypeError(
            `${method}() must return a function: it returned ${showValue(shared)}`,
          );
        }
        print ??= shared as typeof print;
      });
    }
    return print;
  }

  /** From now on, events wait until `run-started` has been delivered. */
  holdUntilStart(): void {
    this.#early = [];
  }

  /** Publishes an event with the current time. */
  publish(body: EventBody): void {
    if (this.#early !== undefined && body.kind !== "run-started") {
      this.#early.push(body);
      return;
    }
    this.#queue.push(body, ...this.#early ?? []);
    this.#early = undefined;
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

  /**
   * Waits until every reporter has written everything. A reporter that is asked to close gets no more events. One that
   * waits for its reader is a warning after some time.
   */
  async close(): Promise<void> {
    const isFirst = ({ path, waitsForReader }: Reporter) => path !== undefined && !waitsForReader;
    const all = Array.from(this.#reporters);
    await this.#closeAll(all.filter(isFirst));
    await this.#closeAll(all.filter((reporter) => !isFirst(reporter)));
  }

  async #closeAll(reporters: readonly Reporter[]): Promise<void> {
    await Promise.all(reporters.map(async (reporter) => {
      try {
        if (reporter.close === undefined) return;
        this.#asked.add(reporter);
        if (await this.#close(reporter)) this.#closed.add(reporter);
      } catch (error) {
        this.#drop(reporter, error);
      }
    }));
  }

  /** Drops the reporters that have not closed, as the run was stopped meanwhile. */
  cutClosing(): void {
    for (const reporter of this.#asked) {
      if (this.#closed.has(reporter)) continue;
      this.#drop(
        reporter,
        "it had not closed when the run was stopped: the end of what it writes is missing",
      );
    }
    this.#cut.resolve(false);
  }

  /** Closes a reporter; resolves to whether it has closed before that was cut. */
  async #close(reporter: Reporter): Promise<boolean> {
    const closing = Promise.resolve(reporter.close?.()).then(() => true);
    const closed = Promise.race([closing, this.#cut.promise]);
    const seconds = CLOSE_MS / 1000;
    const answer = await withTimeout(closed, { ms: CLOSE_MS, clock: this.#clock });
    if (answer !== undefined) return answer;
    if (!reporter.waitsForReader) {
      throw new Error(`close() has not resolved after ${seconds} seconds`);
    }
    this.publish({
      kind: "warning",
      text: `${
        nameOf(reporter)
      } has not closed ${seconds} seconds after the work: the run waits for its reader, until it is stopped`,
    });
    return await closed;
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
      if (this.#asked.has(reporter)) continue;
      this.#guard(reporter, () => reporter.report(event, state));
    }
  }

  #guard(reporter: Reporter, call: () => unknown): void {
    try {
      const result = call();
      // Nobody awaits an async report(), and its rejection must not end the process.
      if (result !== undefined) caught(result, (error) => this.#drop(reporter, error));
    } catch (error) {
      this.#drop(reporter, error);
    }
  }

  #drop(reporter: Reporter, error: unknown): void {
    if (!this.#reporters.delete(reporter)) return;
    try {
      // The first error is the one that is reported.
      caught(reporter.abandon?.(), () => {});
    } catch {
      // The same.
    }
    const message = errorMessage(error);
    const { path } = reporter;
    this.publish({ kind: "reporter-failed", reporter: nameOf(reporter), message, path });
  }
}

/** Returns the name of a reporter's class. One that is no instance of a class of its own has none. */
function nameOf(reporter: Reporter): string {
  const name: unknown = reporter.constructor?.name;
  return typeof name === "string" && name !== "" && name !== "Object" ? name : "a reporter";
}

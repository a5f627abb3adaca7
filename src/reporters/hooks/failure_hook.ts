/**
 * Reporter that runs a command line of the person for each range that failed for good.
 *
 * @module
 */
import { onAbort } from "../../base/abort.ts";
import { awakeClock } from "../../base/clock.ts";
import type { RunEvent } from "../../model/events.ts";
import { failureOf, isFailure } from "../../model/range_failures.ts";
import type { Reporter } from "../../model/reporter.ts";
import type { RunState } from "../../model/state.ts";
import type { RangeFailure } from "../../model/types.ts";
import { plural } from "../wording.ts";
import { failureCall, type HookFacts } from "./hook_call.ts";
import type { HookGuard } from "./hook_guard.ts";
import { runHook } from "./hook_process.ts";

/** Options of {@linkcode FailureHook}. */
export interface FailureHookOptions extends HookFacts {
  /** The time that each hook has, and that all of them have after the end of the work, in milliseconds. */
  readonly limit: number;
  /** Ends them if this process is killed after the end of the run. */
  readonly guard: HookGuard;
  /** Prints what hooks print, in whole lines. */
  readonly print: (lines: string) => void;
  /** Prints a sentence about the hook. */
  readonly note: (text: string) => void;
}

/** The most hooks that run at once. */
const MAX_RUNNING = 4;
/** The most failures that wait for their hook. */
const MAX_WAITING = 100;

/** Runs hooks beside the workers, a few at once. Failures that come faster than hooks end are counted and get none. */
export class FailureHook implements Reporter {
  readonly #options: FailureHookOptions;
  readonly #waiting: RangeFailure[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #expired = new AbortController();
  readonly #killed = new AbortController();
  #runId = "";
  #failures = 0;
  #called = 0;
  #faults = 0;

  /** Starts nothing before the first failure. */
  constructor(options: FailureHookOptions) {
    this.#options = options;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    if (!isFailure(event)) return;
    this.#runId = state.runId;
    this.#failures++;
    const failure = this.#waiting.length < MAX_WAITING ? failureOf(event, state) : undefined;
    if (failure === undefined) return;
    this.#waiting.push(failure);
    this.#startNext();
  }

  /**
   * Call it after the end of the run. Resolves when no hook runs: those that wait or run have the limit of time together, and
   * are killed when `kill` is aborted.
   */
  async settle(kill: AbortSignal): Promise<void> {
    using _kill = onAbort(kill, () => this.abandon());
    using _limit = awakeClock.after(this.#options.limit, () => {
      this.#waiting.length = 0;
      this.#expired.abort();
    });
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#tellCounts();
  }

  /** Kills the hooks that run. */
  abandon(): void {
    this.#waiting.length = 0;
    this.#killed.abort();
  }

  #startNext(): void {
    while (this.#running.size < MAX_RUNNING) {
      const failure = this.#waiting.shift();
      if (failure === undefined) return;
      const running = this.#run(failure).finally(() => {
        this.#running.delete(running);
        this.#startNext();
      });
      this.#running.add(running);
    }
  }

  async #run(failure: RangeFailure): Promise<void> {
    const { limit, guard, print, note } = this.#options;
    const call = failureCall(failure, { ...this.#options, runId: this.#runId });
    const [expire, kill] = [this.#expired.signal, this.#killed.signal];
    const fault = await runHook(call, { limit, expire, kill, guard, print });
    if (!kill.aborted) this.#called++;
    if (fault === undefined) return;
    this.#faults++;
    // Thousands of failures may have the same fault.
    if (this.#faults === 1) note(`--on-failure ${fault}`);
  }

  #tellCounts(): void {
    const { note } = this.#options;
    if (this.#faults > 1) note(`--on-failure went wrong for ${plural(this.#faults, "failure")}`);
    const missed = this.#failures - this.#called;
    if (missed === 0) return;
    const total = plural(this.#failures, "failure");
    note(`--on-failure was not run to its end for ${missed} of ${total}: there was no time`);
  }
}

/**
 * Handle of a run for the program that started it and for reporters.
 *
 * @module
 */
import type { RunHandle } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import type { RunSummary } from "../model/types.ts";
import { ConfigError } from "../model/value_types.ts";
import type { CancelTarget } from "./cancellations.ts";
import type { EventBus } from "./event_bus.ts";
import type { Run } from "./run.ts";

/** Passes calls on to a run; its functions need no `this`. Calls that come before the run has started wait for that. */
export class RunControl implements RunHandle {
  readonly #bus: EventBus;
  readonly #summary = Promise.withResolvers<RunSummary>();
  readonly #waiting: ((run: Run) => void)[] = [];
  readonly #ending = new AbortController();
  #run: Run | undefined;

  /** Creates the handle of a run whose events go through `bus`. */
  constructor(bus: EventBus) {
    this.#bus = bus;
  }

  /** See {@linkcode RunHandle.state}. */
  get state(): RunState {
    return this.#bus.state;
  }

  /** See {@linkcode RunHandle.summary}. */
  get summary(): Promise<RunSummary> {
    return this.#summary.promise;
  }

  /** Aborted when a call asks the run to end, even before it has started. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Makes calls take effect on a run that has started. */
  attach(run: Run): void {
    this.#run = run;
    for (const call of this.#waiting.splice(0)) call(run);
  }

  /** Settles the summary as `run` does. */
  settle(run: Promise<RunSummary>): void {
    this.#summary.resolve(run);
  }

  /** See {@linkcode RunHandle.drain}. */
  readonly drain = (): void => {
    this.#ending.abort();
    this.#call((run) => run.stop({ how: "drain", cause: { kind: "request" } }));
  };

  /** See {@linkcode RunHandle.stop}. */
  readonly stop = (how: "stop" | "kill" = "stop"): void => {
    if (how !== "stop" && how !== "kill") {
      const wanted = '"stop" or "kill"';
      throw new ConfigError("how", { wanted, value: how, task: "stop the run" });
    }
    this.#ending.abort();
    this.#call((run) => run.stop({ how, cause: { kind: "request" } }));
  };

  /** See {@linkcode RunHandle.pause}. */
  readonly pause = (): void => {
    this.#call((run) => run.setPaused(true));
  };

  /** See {@linkcode RunHandle.continue}. */
  readonly continue = (): void => {
    this.#call((run) => run.setPaused(false));
  };

  /** See {@linkcode RunHandle.setWorkers}. */
  readonly setWorkers = (count: number): void => {
    if (!Number.isSafeInteger(count) || count < 1) {
      const task = "change the number of workers";
      throw new ConfigError("count", { wanted: "a positive integer", value: count, task });
    }
    this.#call((run) => run.setWorkers(count));
  };

  /** See {@linkcode RunHandle.cancel}. */
  readonly cancel = (range: CancelTarget): void => {
    const item = typeof range === "object" && range !== null ? range.item : undefined;
    const isItem = typeof item === "string" || isCount(item);
    if (!isItem && !isCount(range)) {
      const wanted = "a non-negative integer, or an item as in { item: 3 }";
      throw new ConfigError("range", { wanted, value: range, task: "cancel the range" });
    }
    this.#call((run) => run.cancel(range));
  };

  #call(call: (run: Run) => void): void {
    if (this.#run === undefined) this.#waiting.push(call);
    else call(this.#run);
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && value as number >= 0;
}

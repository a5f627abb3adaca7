/**
 * Policy of load: an attempt starts only while few enough threads run.
 *
 * @module
 */
import { countYoung, type StartHold, type StartPolicy, type StartRequest } from "./policy.ts";

/** Time in which an attempt may not have begun to work, in milliseconds: it counts as a thread. */
const SETTLE_MS = 200;
/** Time between two looks at the load, in milliseconds. */
const LOOK_MS = 100;

/** Options of {@linkcode LoadLimit}. */
export interface LoadLimitOptions {
  /** There must be fewer threads than this number. */
  readonly limit: number;
  /** Returns the number of threads that run or wait for a CPU. */
  readonly threads: () => number;
}

/** Holds attempts back while too many threads run. */
export class LoadLimit implements StartPolicy {
  readonly #options: LoadLimitOptions;

  constructor(options: LoadLimitOptions) {
    this.#options = options;
  }

  /** See {@linkcode StartPolicy.check}. */
  check({ now, running }: StartRequest): StartHold | undefined {
    const { limit } = this.#options;
    const threads = this.#options.threads() + countYoung(running, { now, ms: SETTLE_MS });
    return threads < limit
      ? undefined
      : { waitsFor: { kind: "load", threads, limit }, ms: LOOK_MS };
  }
}

/**
 * Policy of memory: a process starts only while enough of it is free.
 *
 * @module
 */
import { countYoung, type StartHold, type StartPolicy, type StartRequest } from "./policy.ts";

/** Time in which a process may not have taken the memory yet that it is going to need, in milliseconds. */
const SETTLE_MS = 1_000;
/** Time between two looks at the memory, in milliseconds. */
const LOOK_MS = 100;

/** Options of {@linkcode FreeMemory}. */
export interface FreeMemoryOptions {
  /** The bytes that must be free. */
  readonly wanted: number;
  /** Returns the bytes that are free now. */
  readonly free: () => number;
}

/** Holds processes back while less memory is free than each of those that start may need. */
export class FreeMemory implements StartPolicy {
  readonly #options: FreeMemoryOptions;

  constructor(options: FreeMemoryOptions) {
    this.#options = options;
  }

  /** See {@linkcode StartPolicy.check}. What has started just now counts as if it had taken nothing. */
  check({ now, isProcess, running }: StartRequest): StartHold | undefined {
    // The process of a resident worker has its memory already. It would wait for itself.
    if (!isProcess) return undefined;
    const processes = running.filter((start) => start.isProcess);
    const young = countYoung(processes, { now, ms: SETTLE_MS });
    const wanted = this.#options.wanted * (1 + young);
    const free = this.#options.free();
    return free >= wanted ? undefined : { waitsFor: { kind: "memory", free, wanted }, ms: LOOK_MS };
  }
}

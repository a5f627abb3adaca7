/**
 * The state of the Slurm job that steps belong to.
 *
 * @module
 */
import { sleep, systemClock } from "../../base/clock.ts";
import { type Answer, runSlurm } from "./commands.ts";

/**
 * Whether steps can begin: `open` if they can, and also if Slurm does not answer; `held` if they cannot now, as the job is
 * suspended, about to end, or about to be started again; `gone` if they never can again.
 */
export type JobState = "open" | "held" | "gone";

/** How often a job that is held is looked at, in milliseconds. */
const POLL_MS = 1_000;

const GONE = new Set([
  "BOOT_FAIL",
  "CANCELLED",
  "COMPLETED",
  "DEADLINE",
  "FAILED",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "PREEMPTED",
  "REVOKED",
  "TIMEOUT",
]);

/** Parses the answer of `scontrol show job`. */
export function parseJobState({ success, stdout, stderr }: Answer): JobState {
  if (!success) return /Invalid job id/i.test(stderr) ? "gone" : "open";
  const field = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(stdout)?.[1];
  const state = field("JobState");
  if (state === undefined) return "open";
  if (GONE.has(state)) return "gone";
  // A job that is being preempted runs on for a while, but Slurm is about to end it.
  const isPreempted = (field("PreemptTime") ?? "None") !== "None";
  return state === "RUNNING" && !isPreempted ? "open" : "held";
}

/** Keeps track of a job's state, which it looks at only after something went wrong. */
export class SlurmJob {
  readonly #id: string | undefined;
  readonly #disposed = new AbortController();
  #state: Promise<JobState> = Promise.resolve("open");
  /** The look that is going on, and the one after it. */
  #look: Promise<JobState> = this.#state;
  #nextLook: Promise<JobState> | undefined;
  #released: Promise<JobState> | undefined;

  /** @param id The job's id; without one, steps are jobs of their own, and this one is always open. */
  constructor(id: string | undefined) {
    this.#id = id;
  }

  /** The state at the last look. */
  get state(): Promise<JobState> {
    return this.#state;
  }

  /** Why no step can begin any more, if the job is gone. */
  get goneReason(): string {
    return `the allocation ${this.#id} is gone`;
  }

  /** Looks at the job again, after the look that is going on: many steps may fail at the same time. */
  refresh(): Promise<JobState> {
    const id = this.#id;
    if (id === undefined) return this.#state;
    this.#nextLook ??= this.#look.then(() => {
      this.#nextLook = undefined;
      const args = ["show", "job", "--oneliner", id];
      return this.#look = runSlurm("scontrol", args).then(parseJobState);
    });
    return this.#state = this.#nextLook;
  }

  /** Resolves when the job is not held any more, or this is disposed of. */
  released(): Promise<JobState> {
    return this.#released ??= this.#awaitRelease().finally(() => this.#released = undefined);
  }

  /** Stops to look at the job. */
  [Symbol.dispose](): void {
    this.#disposed.abort();
  }

  async #awaitRelease(): Promise<JobState> {
    const { signal } = this.#disposed;
    let state = await this.#state;
    while (state === "held" && !signal.aborted) {
      await sleep(systemClock, POLL_MS, signal);
      state = await this.refresh();
    }
    return state;
  }
}

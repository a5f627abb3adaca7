/**
 * What becomes of the job that steps belong to.
 *
 * @module
 */
import { type Answer, ask } from "./commands.ts";

/**
 * Steps can begin (`open`, also when Slurm does not tell), or not now (`held`: suspended, about to end, or to be started
 * anew), or never again (`gone`).
 */
export type JobState = "open" | "held" | "gone";

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

/** Reads what `scontrol show job` said. */
export function parseJobState({ success, stdout, stderr }: Answer): JobState {
  if (!success) return /Invalid job id/i.test(stderr) ? "gone" : "open";
  const fact = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(stdout)?.[1];
  const state = fact("JobState");
  if (state === undefined) return "open";
  if (GONE.has(state)) return "gone";
  // It still runs, but Slurm is about to end it, as another one has precedence.
  const isPreempted = (fact("PreemptTime") ?? "None") !== "None";
  return state === "RUNNING" && !isPreempted ? "open" : "held";
}

/** Looks after the job, once something went wrong in it. */
export class SlurmJob {
  readonly #id: string | undefined;
  #look: Promise<JobState> = Promise.resolve("open");
  #change: Promise<JobState> | undefined;
  #isWanted = true;

  /** @param id Its number; without one, steps are jobs of their own, and this one is always open. */
  constructor(id: string | undefined) {
    this.#id = id;
  }

  /** What the last look at it told. */
  get fate(): Promise<JobState> {
    return this.#look;
  }

  /** Why no step can begin, once that is for ever. */
  get obituary(): string {
    return `the allocation ${this.#id} is gone`;
  }

  /** Has another look at it. */
  look(): Promise<JobState> {
    if (this.#id === undefined) return this.#look;
    const args = ["show", "job", "--oneliner", this.#id];
    return this.#look = ask("scontrol", args).then(parseJobState);
  }

  /** Resolves when it is not held any more, or nobody wants to know. */
  changed(): Promise<JobState> {
    return this.#change ??= this.#changed().finally(() => this.#change = undefined);
  }

  /** Nobody wants to know any more. */
  forget(): void {
    this.#isWanted = false;
  }

  async #changed(): Promise<JobState> {
    let fate = await this.fate;
    while (fate === "held" && this.#isWanted) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      fate = await this.look();
    }
    return fate;
  }
}

/**
 * Processes of an attempt that have left its process group: those of its session, those that carry its id in their
 * environment, and the descendants of all of these. The workers of an executor that is itself a worker carry both ids.
 *
 * @module
 */
import { seesProcesses } from "../../base/proc.ts";
import { huntYoungest } from "./fork_chain.ts";
import { look, lookNext, lookNow, type ProcessTable, signalProcess } from "./process_table.ts";
import type { SeenProcess } from "./seen_process.ts";

/** Options of {@linkcode AttemptProcesses}. */
export interface AttemptProcessesOptions {
  /** The process that led the group and the session. */
  readonly leader: number;
  /** Whether it has ended, so that its number may be that of another process. */
  readonly hasEnded: boolean;
  /** When it was started, by `performance.now()`. */
  readonly startedAt: number;
  /** The value of `EXECUTOR_ATTEMPT_ID` in the environment of the attempt. */
  readonly attemptId: string | undefined;
}

/**
 * Looks that must see no process, if there were some: when one starts another and exits, a look may come between the two, above
 * all on a busy machine.
 */
const QUIET_LOOKS = 4;

/** Finds these processes, and signals them. A process is identified by its id and its start before it is signalled. */
export class AttemptProcesses {
  readonly #options: AttemptProcessesOptions;
  readonly #leaderStart: number | undefined;
  /** Every process that was found so far, dead or alive, by its id. */
  readonly #known = new Map<number, SeenProcess>();
  /** The signals that were asked for, and the processes that got them. */
  readonly #signals = new Map<Deno.Signal, Set<SeenProcess>>();
  /** Those that the last look saw outside of the group. */
  #living: readonly SeenProcess[] = [];
  /** Those of them that belong to an executor among the workers, which ends them when it is asked to end. */
  #withheld: ReadonlySet<SeenProcess> = new Set();
  /** Whether a look has seen one that was not there at the look before, though they were asked to end by then. */
  #multiplies = false;
  /** How many looks in a row have seen none. */
  #quietLooks = 0;

  /**
   * Records the processes that there are now: one that gets another parent later cannot be told from others. If the leader
   * has ended, it is too late for that, and the first search is enough.
   */
  constructor(options: AttemptProcessesOptions) {
    this.#options = options;
    if (options.hasEnded) return;
    const recent = lookNow();
    // A look that is a few milliseconds old does not show a worker that is younger. A zombie is in no look at all. So that
    // a worker is missing is no reason for another look: with a thousand zombies, that would hold up the executor for long.
    const isYounger = recent !== undefined && recent.begunAt < options.startedAt;
    const table = isYounger ? look() : recent;
    if (table === undefined) return;
    this.#leaderStart = table.get(options.leader)?.start;
    this.#take(table);
  }

  /** Whether any of them is alive, as far as the last look shows. */
  get areAlive(): boolean {
    return this.#living.length > 0 ||
      (this.#known.size > 0 && this.#quietLooks < QUIET_LOOKS);
  }

  /**
   * Signals those that are known. Those that turn up later get the signal with the next search. If the worker is itself an
   * executor, only SIGKILL is sent to its workers, too: it ends them when it is asked to end. Once it and its reaper are gone,
   * what they have left gets the other signals as well.
   */
  signal(signal: Deno.Signal): void {
    if (signal === "SIGKILL") this.#signals.clear();
    this.#signals.set(signal, new Set());
    this.#handOn();
  }

  /** Looks for them again. */
  async search(): Promise<void> {
    const table = await lookNext();
    if (table === undefined) return;
    const count = this.#known.size;
    this.#take(table);
    this.#multiplies ||= this.#signals.size > 0 && this.#known.size > count;
    this.#handOn();
    const hasFound = this.#hunt() || this.#living.length > 0;
    this.#quietLooks = hasFound ? 0 : this.#quietLooks + 1;
  }

  /** Kills those that start others faster than a look can see. Returns whether there were any. */
  #hunt(): boolean {
    const { attemptId } = this.#options;
    const isDue = this.#multiplies && this.#signals.has("SIGKILL");
    return isDue && attemptId !== undefined && seesProcesses() && huntYoungest(attemptId);
  }

  #take(table: ProcessTable): void {
    const group = this.#ownsGroup(table) ? this.#options.leader : undefined;
    this.#living = Array.from(table.withDescendants(this.#roots(table)))
      .filter((process) => process.pid !== Deno.pid && !process.isForeign)
      .filter((process) => process.group !== group)
      // The same object stands for a process in all looks.
      .map((process) => this.#remember(process));
    this.#withheld = new Set(this.#living.filter((process) => this.#hasExecutor(process, table)));
  }

  *#roots(table: ProcessTable): Generator<SeenProcess> {
    const { leader, attemptId } = this.#options;
    if (this.#ownsGroup(table)) {
      yield* table.where("session", leader);
      yield* table.where("group", leader);
    }
    if (attemptId !== undefined) yield* table.inAttempt(attemptId);
    for (const { pid, start } of this.#known.values()) {
      const process = table.get(pid);
      if (process?.start === start) yield process;
    }
  }

  /**
   * Returns whether group and session are still those of the attempt. When both are gone, another process may get their
   * number.
   */
  #ownsGroup(table: ProcessTable): boolean {
    const leader = table.get(this.#options.leader);
    return leader === undefined || leader.start === this.#leaderStart;
  }

  #remember(process: SeenProcess): SeenProcess {
    const known = this.#known.get(process.pid);
    if (known?.start === process.start) return known;
    this.#known.set(process.pid, process);
    return process;
  }

  #handOn(): void {
    for (const [signal, reached] of this.#signals) {
      for (const process of this.#living) {
        if (signal !== "SIGKILL" && (reached.has(process) || this.#withheld.has(process))) continue;
        reached.add(process);
        signalProcess(process, signal);
      }
    }
  }

  /**
   * Returns whether a process belongs to another executor, and that one or its reaper is alive to end it. Such an executor carries
   * the last of the outer ids. Its reaper carries an empty id, and gets SIGKILL only.
   */
  #hasExecutor({ attemptId, outerIds }: SeenProcess, table: ProcessTable): boolean {
    const ours = this.#options.attemptId;
    if (ours === undefined || attemptId === undefined || attemptId === ours) return false;
    const outer = outerIds.at(-1);
    return outer === undefined || table.where("attemptId", outer).length > 0 ||
      table.where("reaperOf", outer).length > 0;
  }
}

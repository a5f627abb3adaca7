/**
 * Resident workers of a run: one process each, which is replaced when it has ended or has lived long enough.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import type { AttemptEnd } from "../../model/events.ts";
import type { AttemptLog } from "../../output/log_directory.ts";
import type { StartedProcess } from "../process_starter.ts";
import type { StopSwitch } from "../stop/switch.ts";
import type { Leak } from "../supervised_process.ts";
import { ResidentProcess, type ResidentProcessOptions } from "./resident_process.ts";

/** After so many processes of one worker that never answered, the run is given up if no process of any worker has. */
const HOPELESS_TRIES = 3;

/** Options of {@linkcode ResidentWorkers}. */
export interface ResidentWorkersOptions extends
  Pick<
    ResidentProcessOptions,
    "clock" | "gracePeriod" | "readyTimeout" | "keepsOutput" | "warnOfAnswer"
  > {
  readonly clock: Clock;
  /** The ranges that a process takes before it is replaced. */
  readonly lifespan?: number;
  readonly stop: StopSwitch;
  readonly warn: (text: string) => void;
}

/** How the process of a worker is started, or a process that runs is prepared for one more range. */
export interface ResidentStart {
  /** Starts a process, the one of that number for the worker. Returns undefined if the run is stopped first. */
  start(number: number): Promise<StartedProcess | undefined>;
  /** Prepares the log and the outputs of a range. Returns undefined if the run is stopped first. */
  continue(): Promise<{ readonly log?: AttemptLog } | undefined>;
  /** Is called if a process left others behind, which were ended. */
  onLeaked(process: ResidentProcess, leak: Leak): void;
}

/** A process that is ready to take a range. */
export interface ReadyProcess {
  readonly process: ResidentProcess;
  readonly log?: AttemptLog;
}

/** The process of a worker. */
interface Slot {
  /** The number of its process, from 1. */
  readonly number: number;
  readonly process: ResidentProcess;
  /** Resolves when nothing is left of it. */
  readonly cleaned: Promise<void>;
}

/** Keeps the processes of all workers. */
export class ResidentWorkers {
  readonly #options: ResidentWorkersOptions;
  readonly #slots = new Map<number, Slot>();
  readonly #numbers = new Map<number, number>();
  /** The number of processes that are being started. */
  #starting = 0;
  /** Whether a process that was closed had answered. */
  #hasAnswered = false;
  /** How processes ended that never answered, and how many of each worker did. */
  readonly #unreadyEnds = new Set<string>();
  readonly #unready = new Map<number, number>();
  #unclaimedBytes = 0;
  /** How processes failed after their last answer, and how many did. */
  readonly #lateFailures = new Map<string, number>();

  constructor(options: ResidentWorkersOptions) {
    this.#options = options;
  }

  /** Number of bytes that processes have printed after the answer to their last range, and that belong to none. */
  get unclaimedBytes(): number {
    return this.#unclaimedBytes;
  }

  /** How processes failed after their last answer, in words, with the number of those that did. */
  get lateFailures(): ReadonlyMap<string, number> {
    return this.#lateFailures;
  }

  /** The number of processes that were started. */
  get tries(): number {
    return this.#numbers.values().reduce((sum, number) => sum + number, 0);
  }

  /**
   * Notes how an attempt of a worker ended. Returns whether its process never answered, and all others would end the same way:
   * none has ever answered, several in a row have ended alike, and none is still starting.
   */
  isHopeless(worker: number, { cause, exit, launchFailures = 0 }: AttemptEnd): boolean {
    // A process that was not launched could not answer.
    if (launchFailures === 0 || exit?.kind === "launch-failed") return false;
    if (cause?.kind !== "launch") return false;
    const unready = (this.#unready.get(worker) ?? 0) + 1;
    this.#unready.set(worker, unready);
    this.#unreadyEnds.add(cause.message);
    const slots = Array.from(this.#slots.values(), ({ process }) => process);
    return !this.#hasAnswered && this.#starting === 0 && this.#unreadyEnds.size === 1 &&
      unready >= HOPELESS_TRIES &&
      !slots.some(({ isReady, isAlive }) => isReady || isAlive);
  }

  /** Returns the process of a worker, if it has one. */
  processOf(worker: number): ResidentProcess | undefined {
    return this.#slots.get(worker)?.process;
  }

  /** Returns whether the next range of a worker goes to a process that it has. */
  hasProcess(worker: number): boolean {
    const slot = this.#slots.get(worker);
    return slot !== undefined && this.#lasts(slot.process);
  }

  /** Returns the number of the process that the next range of a worker goes to. */
  nextNumber(worker: number): number {
    const slot = this.#slots.get(worker);
    return slot !== undefined && this.#lasts(slot.process)
      ? slot.number
      : (this.#numbers.get(worker) ?? 0) + 1;
  }

  /** Returns a process for the next range of a worker; undefined if the run is stopped before it has started. */
  async open(worker: number, starting: ResidentStart): Promise<ReadyProcess | undefined> {
    const slot = this.#slots.get(worker);
    if (slot !== undefined && this.#lasts(slot.process)) {
      const prepared = await starting.continue();
      return prepared && { process: slot.process, log: prepared.log };
    }
    await this.close(worker);
    const number = this.nextNumber(worker);
    this.#numbers.set(worker, number);
    this.#starting++;
    const started = await starting.start(number).finally(() => this.#starting--);
    if (started === undefined) return undefined;
    const { stop, warn } = this.#options;
    const process: ResidentProcess = new ResidentProcess(started.process, {
      ...this.#options,
      onLeaked: (leak) => starting.onLeaked(process, leak),
      warn,
    });
    const cleaned = stop.watch(process.supervised).then(() => {
      started[Symbol.dispose]();
      started.slot?.[Symbol.dispose]();
    });
    this.#slots.set(worker, { number, process, cleaned });
    return { process, log: started.log };
  }

  /** Ends the process of a worker, if it has one. Resolves when nothing of it is left. */
  async close(worker: number): Promise<void> {
    const slot = this.#slots.get(worker);
    if (slot === undefined) return;
    const { process, cleaned } = slot;
    // While it ends, another worker may ask whether any has answered.
    this.#hasAnswered ||= process.isReady;
    this.#slots.delete(worker);
    await process.close();
    await cleaned;
    // A run that is stopped keeps nothing of what ends without an answer.
    if (this.#options.stop.stopping.aborted) return;
    this.#unclaimedBytes += process.unclaimedBytes;
    const { lateFailure } = process;
    if (lateFailure === undefined) return;
    this.#lateFailures.set(lateFailure, (this.#lateFailures.get(lateFailure) ?? 0) + 1);
  }

  #lasts(process: ResidentProcess): boolean {
    const { lifespan = Infinity } = this.#options;
    // What it was sent, no other process may take before that is decided.
    return process.unanswered > 0 || (process.isAlive && process.ranges < lifespan);
  }
}

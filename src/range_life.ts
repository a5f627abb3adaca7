/**
 * One range from its first attempt to its end.
 *
 * @module
 */
import { unlessAborted } from "./abort.ts";
import { Attempt } from "./attempt.ts";
import { type Clock, sleep } from "./clock.ts";
import { type GetCommand, resolveCommand } from "./command.ts";
import type { ResolvedConfig } from "./config.ts";
import { errorMessage } from "./error_message.ts";
import type { AttemptEnd, AttemptEvent, AttemptRef } from "./events.ts";
import { type Launcher, LaunchError, type WorkerProcess } from "./launchers/launcher.ts";
import { isDone, type TerminalStatus } from "./models.ts";
import type { Publisher } from "./publisher.ts";
import type { ItemRange } from "./ranges.ts";
import { backoff } from "./retry.ts";
import type { StopSwitch } from "./stop/switch.ts";

/** What all ranges of a run share. */
export interface RangeContext {
  readonly config: ResolvedConfig;
  readonly getCommand: GetCommand;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly publisher: Publisher;
  readonly stop: StopSwitch;
}

/** An attempt's end, and what the next one must know. */
interface AttemptResult {
  end: AttemptEnd;
  /** Whether another one would come to the same. */
  permanent: boolean;
  /** Resolves when no process of it is left. */
  cleaned?: Promise<void>;
}

/** Takes one range through its attempts, in the slot of one worker. */
export class RangeLife {
  readonly #worker: number;
  readonly #range: ItemRange;
  readonly #context: RangeContext;
  #attempt = 0;
  /** The first item that is not safely done. */
  #nextIndex: number;

  constructor(worker: number, range: ItemRange, context: RangeContext) {
    this.#worker = worker;
    this.#range = range;
    this.#context = context;
    this.#nextIndex = range.startIndex;
  }

  /** Runs the range to its end. */
  async toEnd(): Promise<void> {
    const { config, stop } = this.#context;
    for (;;) {
      const result = await this.#runAttempt();
      this.#advance(result.end);
      const isLast = this.#nextIndex === this.#range.endIndex || result.permanent ||
        this.#attempt > config.maxRetries || stop.draining.aborted;
      if (!isLast) await this.#backOff(result);
      if (isLast || stop.draining.aborted) return this.#end(result.end);
    }
  }

  get #ref(): AttemptRef {
    return { worker: this.#worker, range: this.#range.index, attempt: this.#attempt };
  }

  async #runAttempt(): Promise<AttemptResult> {
    const { publisher } = this.#context;
    this.#attempt++;
    publisher.publish({
      ...this.#ref,
      kind: "attempt-started",
      startIndex: this.#nextIndex,
      endIndex: this.#range.endIndex,
    });
    const result = await this.#launch();
    publisher.publish({ ...this.#ref, kind: "attempt-ended", ...result.end });
    return result;
  }

  async #launch(): Promise<AttemptResult> {
    try {
      const process = await this.#start();
      return process === undefined ? notRun("FAILED", "stopped") : await this.#supervise(process);
    } catch (error) {
      const permanent = error instanceof LaunchError && error.permanent;
      return notRun("CRASHED", errorMessage(error), permanent);
    }
  }

  /** Starts the process of an attempt; nothing when the run is stopped before. */
  async #start(): Promise<WorkerProcess | undefined> {
    const { getCommand, launcher, publisher, stop } = this.#context;
    const { workers, runId, totalItems } = publisher.state;
    const worker = workers[this.#worker]!;
    const command = await unlessAborted(
      resolveCommand(getCommand, worker, { runId, totalItems }),
      stop.draining,
    );
    if (command === undefined) return undefined;
    const process = await launcher.launch(command);
    const argv = [command.command, ...command.args];
    publisher.publish({ ...this.#ref, kind: "spawned", pid: process.pid, argv });
    return process;
  }

  async #supervise(process: WorkerProcess): Promise<AttemptResult> {
    const { config, clock, publisher, stop } = this.#context;
    const ref = this.#ref;
    const size = this.#range.endIndex - this.#nextIndex;
    const emit = (event: AttemptEvent) => publisher.publish({ ...ref, ...event });
    const attempt = new Attempt(process, { size, config, clock, emit });
    const cleaned = stop.watch(attempt);
    return { end: await attempt.ended, permanent: false, cleaned };
  }

  /** Counts what an attempt has safely done. */
  #advance({ status, progress }: AttemptEnd): void {
    const { endIndex } = this.#range;
    if (isDone(status)) {
      this.#nextIndex = endIndex;
      return;
    }
    // A worker that says more than there is cannot be taken at its word.
    const isCredible = this.#nextIndex + progress <= endIndex;
    if (this.#context.config.retryFrom === "checkpoint" && isCredible) this.#nextIndex += progress;
  }

  async #backOff({ cleaned }: AttemptResult): Promise<void> {
    const { config, publisher, clock, stop } = this.#context;
    const delay = backoff(config.retryDelay, { attempt: this.#attempt, random: Math.random() });
    publisher.publish({ ...this.#ref, kind: "retry-scheduled", delay, nextIndex: this.#nextIndex });
    await sleep(clock, delay, stop.draining);
    await cleaned;
  }

  #end({ status, reason }: AttemptEnd): void {
    const { startIndex, endIndex } = this.#range;
    // A worker that crashed when all its items were safely done left nothing to be done again.
    const wasComplete = this.#nextIndex === endIndex && status === "CRASHED";
    this.#context.publisher.publish({
      ...this.#ref,
      kind: "range-ended",
      status: wasComplete ? "FINISHED" : status,
      reason: wasComplete ? undefined : reason,
      startIndex,
      endIndex,
      nextIndex: this.#nextIndex,
    });
  }
}

function notRun(status: TerminalStatus, reason: string, permanent = false): AttemptResult {
  return { end: { status, reason, progress: 0 }, permanent };
}

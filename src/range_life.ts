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
import type { Gate } from "./gate.ts";
import {
  type Launcher,
  LaunchError,
  type Placement,
  type WorkerProcess,
} from "./launchers/launcher.ts";
import type { LogDirectory } from "./log_directory.ts";
import { isDone, type TerminalStatus } from "./models.ts";
import type { Pace } from "./pace.ts";
import { CrashSites } from "./crash_sites.ts";
import type { Occupancy } from "./occupancy.ts";
import type { Outputs, RangeOutputs } from "./output/outputs.ts";
import type { Publisher } from "./publisher.ts";
import type { RangePart } from "./range_source.ts";
import { itemsOf, type OutstandingRange } from "./ranges.ts";
import { backoff } from "./retry.ts";
import { type Started, startProcess } from "./start_process.ts";
import type { StopSwitch } from "./stop/switch.ts";

/** What all ranges of a run share. */
export interface RangeContext {
  readonly config: ResolvedConfig;
  readonly getCommand: GetCommand;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly publisher: Publisher;
  readonly stop: StopSwitch;
  readonly gate: Gate;
  readonly occupancy: Occupancy;
  readonly pace: Pace;
  readonly logs?: LogDirectory;
  readonly outputs?: Outputs;
  /** Makes ranges of parts of one; says what they are. */
  readonly addRanges: (parts: readonly RangePart[]) => readonly OutstandingRange[];
}

/** A process that has no place after so many milliseconds is shown to wait for one. */
const PLACING_MS = 2_000;

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
  readonly #context: RangeContext;
  readonly #output: RangeOutputs | undefined;
  readonly #crashSites = new CrashSites();
  #range: OutstandingRange;
  #attempt: number;
  /** The first item that is not safely done. */
  #nextIndex: number;
  /** Whether the attempt has said any progress. */
  #hasSpoken = false;
  /** Attempts that it is not charged for, of both kinds. */
  #lost = 0;
  #launchFailures = 0;

  constructor(worker: number, range: OutstandingRange, context: RangeContext) {
    this.#worker = worker;
    this.#range = range;
    this.#context = context;
    this.#output = context.outputs?.range(range.index);
    this.#attempt = range.attempts;
    this.#nextIndex = range.nextIndex;
  }

  /** Runs the range to its end. */
  async toEnd(): Promise<void> {
    const { stop } = this.#context;
    for (;;) {
      const result = await this.#runAttempt();
      this.#noteCrash(result.end);
      this.#advance(result.end);
      const isLast = this.#nextIndex === this.#range.endIndex || result.permanent ||
        !this.#mayGoOn(result.end) || stop.draining.aborted;
      if (!isLast) await this.#backOff(result);
      if (isLast || stop.draining.aborted) return await this.#end(result.end);
    }
  }

  get #ref(): AttemptRef {
    return { worker: this.#worker, range: this.#range.index, attempt: this.#attempt };
  }

  /** Neither the attempts of earlier runs nor those that were lost, or never ran, count against the retries. */
  get #maxAttempt(): number {
    const free = this.#range.attempts + this.#lost + this.#launchFailures;
    return free + this.#context.config.maxRetries + 1;
  }

  /** Whether there may be another attempt: each kind of failure has a limit of its own. */
  #mayGoOn({ lost = 0, launchFailures = 0 }: AttemptEnd): boolean {
    const { maxLost, maxLaunchFailures } = this.#context.config;
    this.#lost += lost;
    this.#launchFailures += launchFailures;
    if (lost > 0) return this.#lost <= maxLost;
    if (launchFailures > 0) return this.#launchFailures <= maxLaunchFailures;
    return this.#attempt < this.#maxAttempt;
  }

  get #isLastAttempt(): boolean {
    return this.#attempt === this.#maxAttempt;
  }

  async #runAttempt(): Promise<AttemptResult> {
    const { publisher } = this.#context;
    const { endIndex } = this.#range;
    this.#attempt++;
    this.#hasSpoken = false;
    publisher.publish({
      ...this.#ref,
      kind: "attempt-started",
      startIndex: this.#nextIndex,
      endIndex,
      items: itemsOf(this.#range, [this.#nextIndex, endIndex]),
      maxAttempt: this.#maxAttempt,
    });
    const result = await this.#launch();
    publisher.publish({ ...this.#ref, kind: "attempt-ended", ...result.end });
    return result;
  }

  async #launch(): Promise<AttemptResult> {
    try {
      const started = await this.#start();
      return started === undefined ? notRun("FAILED", "stopped") : await this.#supervise(started);
    } catch (error) {
      const permanent = error instanceof LaunchError && error.permanent;
      return notRun("CRASHED", errorMessage(error), permanent);
    }
  }

  /** Starts the process of an attempt; nothing when the run is stopped before. */
  async #start(): Promise<Started | undefined> {
    const { getCommand, publisher, stop } = this.#context;
    const { workers, runId, ...state } = publisher.state;
    const worker = workers[this.#worker]!;
    const totalItems = state.isTotalKnown ? state.totalItems : undefined;
    const command = await unlessAborted(
      resolveCommand(getCommand, worker, { runId, totalItems }),
      stop.draining,
    );
    if (command === undefined) return undefined;
    const started = await startProcess(command, {
      ...this.#context,
      ref: this.#ref,
      begin: () =>
        this.#output?.begin({ worker, continues: this.#nextIndex > this.#range.startIndex }),
      signal: stop.draining,
      onDelay: (reason) => publisher.publish({ ...this.#ref, kind: "launch-delayed", reason }),
    });
    if (started === undefined) return undefined;
    this.#tellSpawned(started.process, [command.command, ...command.args]);
    return started;
  }

  /** Publishes that it runs, as soon as it does. */
  async #tellSpawned(process: WorkerProcess, argv: readonly string[]): Promise<void> {
    const { publisher, clock } = this.#context;
    const ref = this.#ref;
    const tell = ({ pid = process.pid, node, id }: Partial<Placement>) =>
      publisher.publish({ ...ref, kind: "spawned", pid, argv, node, engineId: id });
    if (process.placement === undefined) return tell({});
    const reason = "waits for its place";
    using _timer = clock.after(
      PLACING_MS,
      () => publisher.publish({ ...ref, kind: "launch-delayed", reason }),
    );
    const placement = await process.placement;
    if (placement !== undefined) tell(placement);
  }

  async #supervise({ process, log }: Started): Promise<AttemptResult> {
    const { config, clock, occupancy, pace, publisher, stop } = this.#context;
    using _place = occupancy.enter();
    const ref = this.#ref;
    const size = this.#range.endIndex - this.#nextIndex;
    const emit = (event: AttemptEvent) => {
      this.#hasSpoken ||= event.kind === "progress" && event.share === undefined;
      publisher.publish({ ...ref, ...event });
    };
    const startedAt = clock.now();
    const attempt = new Attempt(process, {
      size,
      config,
      clock,
      emit,
      log,
      output: this.#output,
      wantsUsage: publisher.wantsUsage,
      pace,
      killsSlow: config.killSlow && !this.#isLastAttempt,
    });
    const cleaned = stop.watch(attempt);
    const end = await attempt.ended;
    if (isDone(end.status)) pace.add(clock.now() - startedAt);
    const permanent = end.exit?.kind === "launch-failed" && end.exit.permanent === true;
    return { end, permanent, cleaned };
  }

  /** Notes at which item an attempt came to its end, unless somebody or something else had it end. */
  #noteCrash({ status, reason, progress, lost = 0, launchFailures = 0 }: AttemptEnd): void {
    if (isDone(status) || lost > 0 || launchFailures > 0) return;
    const isOwn = this.#hasSpoken && reason !== "stopped" && reason !== "slow";
    const item = this.#nextIndex + progress;
    this.#crashSites.add(isOwn && item < this.#range.endIndex ? item : undefined);
  }

  /** Counts what an attempt has safely done. */
  #advance({ status, reason, progress, share }: AttemptEnd): void {
    const { endIndex } = this.#range;
    if (isDone(status)) {
      this.#nextIndex = endIndex;
      return;
    }
    // A worker that says more than there is cannot be taken at its word, and a share names no items.
    const isCredible = share === undefined && this.#nextIndex + progress <= endIndex &&
      reason !== "output lost";
    if (this.#context.config.retryFrom === "checkpoint" && isCredible) this.#nextIndex += progress;
  }

  async #backOff({ cleaned }: AttemptResult): Promise<void> {
    const { config, publisher, clock, gate, stop } = this.#context;
    const failed = this.#attempt - this.#range.attempts;
    const delay = backoff(config.retryDelay, { attempt: failed, random: Math.random() });
    publisher.publish({ ...this.#ref, kind: "retry-scheduled", delay, nextIndex: this.#nextIndex });
    await sleep(clock, delay, stop.draining);
    await cleaned;
    await gate.pass(stop.draining);
  }

  async #end({ status, reason, exit }: AttemptEnd): Promise<void> {
    const { isolate } = this.#context.config;
    // Of a single item, it is plain which one it is.
    const isSingle = this.#range.endIndex - this.#range.startIndex === 1;
    const suspect = isSingle || isDone(status) ? undefined : this.#crashSites.common;
    if (suspect !== undefined && isolate) this.#splitAround(suspect);
    const { startIndex, endIndex } = this.#range;
    const isIncomplete = reason === "stopped" || reason === "output lost";
    const counts = !isIncomplete || this.#nextIndex > startIndex;
    await this.#output?.end({ status, reason, exit, counts });
    // A worker that crashed when all its items were safely done left nothing to be done again …
    const saidAll = this.#nextIndex === endIndex;
    const wasComplete = saidAll && status === "CRASHED";
    // … and one that says it FAILED in spite of it cannot be taken at its word.
    const isContradictory = saidAll && status === "FAILED";
    this.#context.publisher.publish({
      ...this.#ref,
      kind: "range-ended",
      status: wasComplete ? "FINISHED" : status,
      reason: wasComplete ? undefined : reason,
      startIndex,
      endIndex,
      nextIndex: isContradictory ? startIndex : this.#nextIndex,
      suspect,
    });
  }

  /** Leaves an item, and those before it that are safely done, in the range; all others become ranges of their own. */
  #splitAround(item: number): void {
    const { startIndex, endIndex } = this.#range;
    const part = (from: number, to: number): RangePart[] =>
      from === to ? [] : [{
        startIndex: from,
        endIndex: to,
        items: itemsOf(this.#range, [from, to]),
      }];
    const parts = [...part(this.#nextIndex, item), ...part(item + 1, endIndex)];
    const [kept] = part(this.#nextIndex === item ? startIndex : item, item + 1);
    this.#range = { ...this.#range, ...kept };
    this.#nextIndex = item;
    const into = this.#context.addRanges(parts).map((range) => ({
      range: range.index,
      startIndex: range.startIndex,
      endIndex: range.endIndex,
    }));
    const { startIndex: keptStart, endIndex: keptEnd } = this.#range;
    this.#context.publisher.publish({
      ...{ ...this.#ref, kind: "range-split", startIndex: keptStart, endIndex: keptEnd, into },
    });
  }
}

function notRun(status: TerminalStatus, reason: string, permanent = false): AttemptResult {
  return { end: { status, reason, progress: 0 }, permanent };
}

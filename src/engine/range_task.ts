/**
 * One range, from its first attempt to its end.
 *
 * @module
 */
import { type Clock, sleep } from "../base/clock.ts";
import type { AttemptEnd, AttemptRef } from "../model/events.ts";
import { type OutstandingRange, type RangePart, sliceItems, splitAround } from "../model/ranges.ts";
import { isDone } from "../model/statuses.ts";
import type { RangeFanout } from "../output/output_fanout.ts";
import type { AttemptResult, AttemptRunner } from "./attempt_runner.ts";
import type { EventBus } from "./event_bus.ts";
import type { Gate } from "./pool.ts";
import { CrashSites, type RetryPolicy } from "./retry_policy.ts";

/** Options of {@linkcode RangeTask}. */
export interface RangeTaskOptions {
  /** The worker that takes the range. */
  readonly worker: number;
  readonly attempts: AttemptRunner;
  readonly retryPolicy: RetryPolicy;
  /** Whether a retry begins after the items that are safely done. */
  readonly keepsCheckpoints: boolean;
  /** Makes ranges of the parts around a fatal item; absent if such a range is to fail as a whole. */
  readonly isolate?: (parts: readonly RangePart[]) => readonly OutstandingRange[];
  /** Takes the output of the attempts. */
  readonly output?: RangeFanout;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** Holds back retries. */
  readonly gate: Gate;
}

/** Takes one range through its attempts. */
export class RangeTask {
  readonly #options: RangeTaskOptions;
  readonly #crashSites = new CrashSites();
  #range: OutstandingRange;
  /** The number of the current attempt. */
  #attempt: number;
  /** The first item that is not safely done. */
  #nextIndex: number;

  /** Creates the task; {@linkcode RangeTask.run} runs it. */
  constructor(range: OutstandingRange, options: RangeTaskOptions) {
    this.#options = options;
    this.#range = range;
    this.#attempt = range.attempts;
    this.#nextIndex = range.nextIndex;
  }

  /** Runs attempts until one ends well or no other one may follow. */
  async run(): Promise<void> {
    const { gate: { draining }, retryPolicy } = this.#options;
    for (;;) {
      const result = await this.#runAttempt();
      this.#noteCrash(result.end);
      this.#advance(result.end);
      const isLast = this.#nextIndex === this.#range.endIndex || result.permanent ||
        !retryPolicy.allowsRetry(this.#attempt, result.end) || draining.aborted;
      if (isLast || !await this.#waitForRetry(result)) return await this.#end(result.end);
    }
  }

  get #ref(): AttemptRef {
    return { worker: this.#options.worker, range: this.#range.index, attempt: this.#attempt };
  }

  async #runAttempt(): Promise<AttemptResult> {
    const { attempts, bus, output, retryPolicy: { maxAttempt } } = this.#options;
    const { startIndex, endIndex } = this.#range;
    this.#attempt++;
    bus.publish({
      ...this.#ref,
      kind: "attempt-started",
      startIndex: this.#nextIndex,
      endIndex,
      items: sliceItems(this.#range, [this.#nextIndex, endIndex]),
      maxAttempt,
    });
    const result = await attempts.run({
      ref: this.#ref,
      size: endIndex - this.#nextIndex,
      continues: this.#nextIndex > startIndex,
      isLast: this.#attempt === maxAttempt,
      output,
    });
    bus.publish({ ...this.#ref, kind: "attempt-ended", ...result.end });
    return result;
  }

  /** Notes the item at which an attempt failed, unless its end has nothing to do with the items. */
  #noteCrash(
    { status, reason = "", progress, share, lost = 0, launchFailures = 0 }: AttemptEnd,
  ): void {
    if (isDone(status) || lost > 0 || launchFailures > 0) return;
    const isOwn = share === undefined && !["stopped", "slow", "output lost"].includes(reason);
    const item = this.#nextIndex + progress;
    this.#crashSites.add(isOwn && item < this.#range.endIndex ? item : undefined);
  }

  /** Moves past the items that an attempt has safely done. */
  #advance({ status, reason, progress, share }: AttemptEnd): void {
    const { endIndex } = this.#range;
    if (isDone(status)) {
      this.#nextIndex = endIndex;
      return;
    }
    // A share names no items, and progress past the range cannot be true.
    const isCredible = share === undefined && this.#nextIndex + progress <= endIndex &&
      reason !== "output lost";
    if (this.#options.keepsCheckpoints && isCredible) this.#nextIndex += progress;
  }

  /** Waits until the next attempt may begin. Returns false if the run is stopped first. */
  async #waitForRetry({ cleaned }: AttemptResult): Promise<boolean> {
    const { bus, clock, gate, retryPolicy } = this.#options;
    const delay = retryPolicy.delayAfter(this.#attempt);
    bus.publish({ ...this.#ref, kind: "retry-scheduled", delay, nextIndex: this.#nextIndex });
    await sleep(clock, delay, gate.draining);
    await cleaned;
    return await gate.pass();
  }

  async #end({ status, reason, exit }: AttemptEnd): Promise<void> {
    const { bus, output } = this.#options;
    const suspect = isDone(status) ? undefined : this.#suspect;
    const isSplit = suspect !== undefined && this.#splitAround(suspect);
    const { startIndex, endIndex } = this.#range;
    const isIncomplete = reason === "stopped" || reason === "output lost" || isSplit;
    const counts = !isIncomplete || this.#nextIndex > startIndex;
    await output?.end({ status, reason, exit, counts });
    const isAllDone = this.#nextIndex === endIndex;
    // A crash after the last item left nothing to do again, but a worker that reports FAILED then contradicts itself.
    const isFinished = isAllDone && status === "CRASHED";
    const isContradictory = isAllDone && status === "FAILED";
    bus.publish({
      ...this.#ref,
      kind: "range-ended",
      status: isFinished ? "FINISHED" : status,
      reason: isFinished ? undefined : reason,
      startIndex,
      endIndex,
      nextIndex: isContradictory ? startIndex : this.#nextIndex,
      suspect,
    });
  }

  /** The item at which all attempts failed, as far as their progress shows. */
  get #suspect(): number | undefined {
    const { startIndex, endIndex } = this.#range;
    const hasProgress = this.#options.attempts.hasReportedProgress || this.#nextIndex > startIndex;
    // A range of one item needs no suspect.
    return endIndex - startIndex > 1 && hasProgress ? this.#crashSites.common : undefined;
  }

  /** Gives the items around a fatal one to other ranges. Returns false if that is not wanted or not possible. */
  #splitAround(item: number): boolean {
    const { bus, isolate } = this.#options;
    const nextIndex = this.#nextIndex;
    // Items that are done, but do not border on the fatal one, would be in none of the ranges.
    const isSplittable = nextIndex === this.#range.startIndex || nextIndex === item;
    if (isolate === undefined || !isSplittable) return false;
    const { kept, parts } = splitAround(this.#range, { item, nextIndex });
    this.#range = kept;
    this.#nextIndex = kept.nextIndex;
    const into = isolate(parts).map(({ index: range, startIndex, endIndex }) => ({
      range,
      startIndex,
      endIndex,
    }));
    const { startIndex, endIndex } = kept;
    bus.publish({ ...this.#ref, kind: "range-split", startIndex, endIndex, into });
    return true;
  }
}

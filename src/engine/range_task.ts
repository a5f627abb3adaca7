/**
 * One range from its first attempt to its end.
 *
 * @module
 */
import { type AttemptResult, type RangeContext, runAttempt } from "./attempt_runner.ts";
import { RetryPolicy } from "./retry_policy.ts";
import { sleep } from "../base/clock.ts";
import { CrashSites } from "./retry_policy.ts";
import type { AttemptEnd, AttemptRef } from "../model/events.ts";
import { isDone } from "../model/statuses.ts";
import type { RangeFanout } from "../output/output_fanout.ts";
import { type OutstandingRange, sliceItems } from "../model/ranges.ts";
import { backoff } from "./retry_policy.ts";
import { splitAround } from "../model/ranges.ts";

/** Takes one range through its attempts, in the slot of one worker. */
export class RangeTask {
  readonly #worker: number;
  readonly #context: RangeContext;
  readonly #output: RangeFanout | undefined;
  readonly #chances: RetryPolicy;
  readonly #crashSites = new CrashSites();
  #range: OutstandingRange;
  #attempt: number;
  /** The first item that is not safely done. */
  #nextIndex: number;

  constructor(worker: number, range: OutstandingRange, context: RangeContext) {
    this.#worker = worker;
    this.#range = range;
    this.#context = context;
    this.#output = context.outputs?.range(range.index);
    this.#chances = new RetryPolicy(range.attempts, context.config);
    this.#attempt = range.attempts;
    this.#nextIndex = range.nextIndex;
  }

  /** Runs the range to its end. */
  async run(): Promise<void> {
    const { stop } = this.#context;
    for (;;) {
      const result = await this.#runAttempt();
      this.#noteCrash(result.end);
      this.#advance(result.end);
      const isLast = this.#nextIndex === this.#range.endIndex || result.permanent ||
        !this.#chances.take(this.#attempt, result.end) || stop.draining.aborted;
      if (!isLast) await this.#backOff(result);
      if (isLast || stop.draining.aborted) return await this.#end(result.end);
    }
  }

  get #ref(): AttemptRef {
    return { worker: this.#worker, range: this.#range.index, attempt: this.#attempt };
  }

  async #runAttempt(): Promise<AttemptResult> {
    const { publisher } = this.#context;
    const { endIndex } = this.#range;
    this.#attempt++;
    publisher.publish({
      ...this.#ref,
      kind: "attempt-started",
      startIndex: this.#nextIndex,
      endIndex,
      items: sliceItems(this.#range, [this.#nextIndex, endIndex]),
      maxAttempt: this.#chances.maxAttempt,
    });
    const result = await runAttempt({
      ref: this.#ref,
      size: endIndex - this.#nextIndex,
      continues: this.#nextIndex > this.#range.startIndex,
      output: this.#output,
      isLast: this.#attempt === this.#chances.maxAttempt,
    }, this.#context);
    publisher.publish({ ...this.#ref, kind: "attempt-ended", ...result.end });
    return result;
  }

  /** Notes at which item an attempt came to its end, unless somebody or something else had it end. */
  #noteCrash(
    { status, reason = "", progress, share, lost = 0, launchFailures = 0 }: AttemptEnd,
  ): void {
    if (isDone(status) || lost > 0 || launchFailures > 0) return;
    const isOwn = share === undefined && !["stopped", "slow", "output lost"].includes(reason);
    const item = this.#nextIndex + progress;
    this.#crashSites.add(isOwn && item < this.#range.endIndex ? item : undefined);
  }

  /** The item at which all attempts ended, as far as progress can tell. */
  get #suspect(): number | undefined {
    const { startIndex, endIndex } = this.#range;
    // Of a single item, it is plain which one it is; and workers may say nothing at all of their progress.
    const isTold = this.#context.speech.isHeard || this.#nextIndex > startIndex;
    return endIndex - startIndex > 1 && isTold ? this.#crashSites.common : undefined;
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
    const suspect = isDone(status) ? undefined : this.#suspect;
    const isSplit = suspect !== undefined && this.#splitAround(suspect);
    const { startIndex, endIndex } = this.#range;
    const isIncomplete = reason === "stopped" || reason === "output lost" || isSplit;
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

  /** Gives all items but one, and those that are safely done, to other ranges, where that is wanted; says whether it did. */
  #splitAround(item: number): boolean {
    const { addRanges, config, publisher } = this.#context;
    const nextIndex = this.#nextIndex;
    // What was safely done before items that are not has no place in either.
    const isWhole = nextIndex === this.#range.startIndex || nextIndex === item;
    if (!config.isolate || !isWhole) return false;
    const { kept, parts } = splitAround(this.#range, { item, nextIndex });
    this.#range = kept;
    this.#nextIndex = kept.nextIndex;
    const into = addRanges(parts).map(({ index: range, startIndex, endIndex }) => ({
      range,
      startIndex,
      endIndex,
    }));
    const { startIndex, endIndex } = kept;
    publisher.publish({ ...this.#ref, kind: "range-split", startIndex, endIndex, into });
    return true;
  }
}

/**
 * One range, from its first attempt to its end.
 *
 * @module
 */
import { linkSignals, unlessAborted } from "../base/abort.ts";
import { type Clock, sleep } from "../base/clock.ts";
import type { CauseOf } from "../model/cause.ts";
import { shortenTexts } from "../model/details.ts";
import type { AttemptEnd, AttemptRef } from "../model/events.ts";
import { attemptIdOf } from "../model/names.ts";
import { type OutstandingRange, type RangePart, sliceItems, splitAround } from "../model/ranges.ts";
import { isDone, isFailed, type TerminalStatus } from "../model/statuses.ts";
import type { RangeFanout } from "../output/output_fanout.ts";
import type { AttemptResult, AttemptRunner } from "./attempt_runner.ts";
import type { EventBus } from "./event_bus.ts";
import type { MemoryNeed } from "./memory_room.ts";
import type { Gate } from "./pool.ts";
import { CrashSites, isTemporary, type RetryPolicy } from "./retry_policy.ts";

/** Options of {@linkcode RangeTask}. */
export interface RangeTaskOptions {
  /** The worker that takes the range. */
  readonly worker: number;
  /** Aborted when the range is cancelled. */
  readonly cancelled: AbortSignal;
  /** Is called when an attempt has a process, and when the range waits for its next attempt. */
  readonly onOccupied: (pid?: number) => void;
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
  /** Runs the ranges that its worker was sent as well, before a retry. */
  readonly takeSent?: () => Promise<void>;
  /** Waits until a retry may start. Resolves to false if the run is stopped first. Absent if nothing limits starts. */
  readonly start?: () => Promise<boolean>;
  /** The milliseconds that the range is expected to take; absent if nothing is known. */
  readonly expected?: number;
  /** Is called when an attempt has ended. */
  readonly onAttemptEnded?: () => void;
  /** Returns why the range is not done though its worker ended well; absent if its worker's word is enough. */
  readonly findMissing?: () => CauseOf<"file-missing"> | undefined;
  /** Is called when the range has ended for good, or is left as the run was stopped. */
  readonly onEnded?: (status: TerminalStatus | "PENDING") => void;
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
  /** What the next attempt needs, if an earlier one ran out of memory. */
  #memoryNeed: MemoryNeed | undefined;

  /** Creates the task; {@linkcode RangeTask.run} runs it. */
  constructor(range: OutstandingRange, options: RangeTaskOptions) {
    this.#options = options;
    this.#range = range;
    this.#attempt = range.attempts;
    this.#nextIndex = range.nextIndex;
  }

  /** Runs attempts until one ends well, no other one may follow, or the run is stopped. */
  async run(): Promise<void> {
    const { retryPolicy } = this.#options;
    for (;;) {
      const result = await this.#runAttempt();
      const { end, permanent } = result;
      // Nothing comes between this and the end of a range that is done: its items would not count meanwhile.
      this.#publishEnd(end);
      if (end.status === "PENDING") return await this.#release();
      const isLast = isDone(end.status) || permanent || end.cause?.kind === "cancelled" ||
        !retryPolicy.allowsRetry(this.#attempt, end);
      if (isLast) return await this.#end({ ...end, status: end.status });
      const next = await this.#waitForRetry(result);
      if (next === "none") return await this.#end({ ...end, status: end.status });
      if (next === "cancelled") {
        return await this.#end({ ...end, status: "FAILED", cause: { kind: "cancelled" } });
      }
      if (next === "stopped") return await this.#release();
    }
  }

  get #ref(): AttemptRef {
    return { worker: this.#options.worker, range: this.#range.index, attempt: this.#attempt };
  }

  async #runAttempt(): Promise<AttemptResult> {
    const { attempts, bus, cancelled, onOccupied, output, retryPolicy } = this.#options;
    const { maxAttempt } = retryPolicy;
    const { startIndex, endIndex } = this.#range;
    this.#attempt++;
    bus.publish({
      ...this.#ref,
      kind: "attempt-started",
      attemptId: attemptIdOf(bus.state.runId, this.#ref),
      startIndex: this.#nextIndex,
      endIndex,
      items: sliceItems(this.#range, [this.#nextIndex, endIndex]),
      maxAttempt,
      expected: this.#options.expected,
      process: attempts.processNumber(this.#ref.worker),
    });
    const result = await attempts.run({
      ref: this.#ref,
      size: endIndex - this.#nextIndex,
      continues: this.#nextIndex > startIndex,
      memoryNeed: this.#memoryNeed,
      mayBeSlow: !retryPolicy.retriesSlow(this.#attempt),
      onStarted: onOccupied,
      cancelled,
      output,
    });
    this.#options.onAttemptEnded?.();
    const end = boundTexts(await this.#keep(this.#confirm(result.end)));
    this.#noteCrash(end);
    this.#noteMemory(end);
    this.#advance(end);
    return { ...result, end };
  }

  #publishEnd(end: AttemptEnd): void {
    const nextIndex = end.status === "PENDING" ? this.#nextIndex : undefined;
    this.#options.bus.publish({ ...this.#ref, kind: "attempt-ended", ...end, nextIndex });
  }

  /** Finds out whether an attempt that ended well has done what it was to do. */
  #confirm(end: AttemptEnd): AttemptEnd {
    const cause = isDone(end.status) ? this.#options.findMissing?.() : undefined;
    return cause === undefined ? end : { ...end, status: "FAILED", cause };
  }

  /** Waits until the output of an attempt that ended well is kept: without it, the range is not done. */
  async #keep(end: AttemptEnd): Promise<AttemptEnd> {
    const { output } = this.#options;
    if (output === undefined || !isDone(end.status)) return end;
    const { status, cause, exit } = end;
    const lost = await output.keep({ status, cause, exit, counts: true });
    return lost === undefined ? end : { ...end, status: "CRASHED", cause: lost };
  }

  /** Notes the item at which an attempt failed, unless its end has nothing to do with the items. */
  #noteCrash({ status, cause, progress, share, lost = 0, launchFailures = 0 }: AttemptEnd): void {
    if (!isFailed(status) || lost > 0 || launchFailures > 0 || isTemporary({ cause })) return;
    const isOwn = share === undefined && cause?.kind !== "slow" && cause?.kind !== "output-lost" &&
      cause?.kind !== "cancelled";
    const item = this.#nextIndex + progress;
    this.#crashSites.add(isOwn && item < this.#range.endIndex ? item : undefined);
  }

  /** Notes what another attempt needs, if this one has ended as there was no memory left. More room is no help at a limit of its own. */
  #noteMemory({ cause, usage }: AttemptEnd): void {
    if (cause?.kind !== "out-of-memory" || cause.by === "limit") return;
    // What was seen of it may be little: it may have grown faster than it was looked at. So the largest of all counts.
    const { largest } = this.#options.bus.state;
    const bytes = Math.max(usage?.peakRss ?? 0, largest?.peakRss ?? 0);
    const isAlone = bytes === 0 || this.#memoryNeed !== undefined;
    this.#memoryNeed = { bytes, isAlone };
  }

  /** Moves past the items that an attempt has safely done. */
  #advance({ status, cause, reported, progress, share }: AttemptEnd): void {
    const { startIndex, endIndex } = this.#range;
    if (isDone(status)) {
      this.#nextIndex = endIndex;
      return;
    }
    const reached = this.#nextIndex + progress;
    // A share names no items, and progress past the range cannot be true.
    const isLost = cause?.kind === "output-lost";
    // What the attempts before have printed may be lost with it.
    if (isLost) this.#nextIndex = startIndex;
    const isCredible = share === undefined && reached <= endIndex && !isLost;
    if (!this.#options.keepsCheckpoints || !isCredible) return;
    // A worker that reports FAILED after its last item contradicts itself, and so does one without its file: no checkpoint of
    // the range can be trusted.
    const isContradictory = reached === endIndex &&
      (reported === "FAILED" || cause?.kind === "file-missing");
    this.#nextIndex = isContradictory ? startIndex : reached;
  }

  /**
   * Waits until the next attempt may begin, or the range is cancelled. Resolves to `stopped` if the run is stopped first, and
   * to `none` if the last attempt cannot be ended: two attempts never run at the same time.
   */
  async #waitForRetry(
    { endRemains }: AttemptResult,
  ): Promise<"next" | "none" | "cancelled" | "stopped"> {
    const { bus, cancelled, clock, gate, onOccupied, retryPolicy, start, takeSent } = this.#options;
    const delay = retryPolicy.delayAfter(this.#attempt);
    bus.publish({ ...this.#ref, kind: "retry-scheduled", delay, nextIndex: this.#nextIndex });
    onOccupied();
    const ending = endRemains?.();
    using ended = linkSignals(gate.draining, cancelled);
    const delayed = sleep(clock, delay, ended.signal);
    await takeSent?.();
    await delayed;
    const hasEnded = await ending !== false;
    if (cancelled.aborted) return this.#afterCancel;
    if (!hasEnded) return "none";
    const isNext = start !== undefined
      ? await start()
      : await unlessAborted(gate.pass(), cancelled) ?? !gate.draining.aborted;
    if (!cancelled.aborted) return isNext ? "next" : "stopped";
    // Its turn may have come at the same moment: others may have it.
    this.#options.onAttemptEnded?.();
    return this.#afterCancel;
  }

  /**
   * What follows for a range that is cancelled while it waits: its end. If its worker has worked on other ranges meanwhile, as a
   * resident one may, the next attempt comes first, which starts nothing: the worker has this range again then.
   */
  get #afterCancel(): "cancelled" | "next" {
    const { bus, worker } = this.#options;
    const isCurrent = bus.state.workers[worker]?.extraData.range === this.#range.index;
    return isCurrent ? "cancelled" : "next";
  }

  /** Leaves the range to a later run, as this one is stopped. */
  async #release(): Promise<void> {
    const { output } = this.#options;
    const counts = this.#nextIndex > this.#range.startIndex;
    await output?.end({ status: "PENDING", cause: { kind: "stopped" }, counts });
    output?.published();
    this.#options.onEnded?.("PENDING");
  }

  async #end({ status, cause, exit }: AttemptEnd & { status: TerminalStatus }): Promise<void> {
    const { bus, output } = this.#options;
    const suspect = isDone(status) || cause?.kind === "cancelled" ? undefined : this.#suspect;
    const isSplit = suspect !== undefined && this.#splitAround(suspect);
    const { startIndex, endIndex } = this.#range;
    const items = sliceItems(this.#range, [startIndex, endIndex]);
    if (!isDone(status)) {
      const isIncomplete = cause?.kind === "output-lost" || isSplit;
      const counts = !isIncomplete || this.#nextIndex > startIndex;
      await output?.end({ status, cause, exit, counts });
    }
    bus.publish({
      ...this.#ref,
      kind: "range-ended",
      status,
      cause,
      startIndex,
      endIndex,
      items,
      nextIndex: this.#nextIndex,
      suspect,
    });
    const { range, attempt: attempts } = this.#ref;
    const facts = { range, startIndex, endIndex, items, attempts };
    output?.published(isDone(status) ? { ...facts, status } : undefined);
    this.#options.onEnded?.(status);
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

/** Cuts the texts of an end, such as the message of an error: a record has them for each failure. */
function boundTexts(end: AttemptEnd): AttemptEnd {
  const { cause, exit } = end;
  return { ...end, cause: cause && shortenTexts(cause), exit: exit && shortenTexts(exit) };
}

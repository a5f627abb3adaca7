/**
 * Builder of a history from events.
 *
 * @module
 */
import { isOfAttempt } from "../../model/event_head.ts";
import type { AttemptRef, RunEvent } from "../../model/events.ts";
import { FAILURE_LOG_LINES } from "../../model/range_failures.ts";
import { reduce } from "../../model/reduce.ts";
import { UNKNOWN_CAUSE } from "../../model/cause.ts";
import { type Estimate, estimate } from "../../model/estimate.ts";
import { isFailed } from "../../model/statuses.ts";
import { addCounters, type WorkerState, ZERO_COUNTERS } from "../../model/types.ts";
import {
  clampedProgress,
  hasOneItemEach,
  INITIAL_STATE,
  isRunning,
  resumedRanges,
  type RunState,
  wholeItems,
  wholeRangeItems,
} from "../../model/state.ts";
import { Checkpoints } from "../records/checkpoints.ts";
import { type EndedItems, OpenFailures } from "../records/open_failures.ts";
import { AttemptRecords } from "./attempt_records.ts";
import { FailureGroups } from "./failure_groups.ts";
import type { Break, Mark, RunFacts, RunHistory, Session } from "./history.ts";
import { Samples } from "./samples.ts";
import { displayText } from "./display_text.ts";
import type { HistoryChanges } from "./wire.ts";
import { WorkTime } from "./work_time.ts";

/** Maximal numbers of warnings and marks that are kept. */
const MAX_WARNINGS = 100;
const MAX_MARKS = 1_000;
const MAX_TEXT = 1_000;

/** Options of {@linkcode HistoryBuilder}. */
export interface HistoryBuilderOptions {
  /**
   * Title of the run.
   *
   * @default {the program that the workers run}
   */
  title?: string;
}

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

/**
 * Builds the history of a job, event by event. Memory grows with the number of attempts only, by a record of bounded size for
 * each.
 */
export class HistoryBuilder {
  readonly #title: string | undefined;
  readonly #time = new WorkTime();
  readonly #attempts = new AttemptRecords();
  readonly #failures = new FailureGroups();
  /** The failures that no later run has settled, by the index of the last attempt. */
  readonly #open = new OpenFailures<number>();
  readonly #checkpoints = new Checkpoints();
  readonly #samples = new Samples();
  readonly #sessions: Session[] = [];
  readonly #breaks: Break[] = [];
  readonly #marks: Mark[] = [];
  #state = INITIAL_STATE;
  /** Warnings and counters of earlier runs. */
  #earlier = { warnings: [] as readonly string[], counters: ZERO_COUNTERS };
  #command: readonly string[] | undefined;
  #startedAt = 0;
  #lastEventAt = 0;
  #doneItems = 0;
  /** Items that were safely done when the present run began. */
  #doneBefore = 0;
  #numWorkers = 0;
  /** Whether attempts are told when they have ended, and so later than they began. */
  #isToldLate = false;
  #hasEndsOnly = false;

  constructor({ title }: HistoryBuilderOptions = {}) {
    this.#title = title === undefined ? undefined : displayText(title, MAX_TEXT);
  }

  /** The title: that which was given, or the name of the program that the workers run. */
  get title(): string {
    return this.#title ?? programName(this.#command) ?? "executor";
  }

  /** The largest number of workers that the present run has had. */
  get numWorkers(): number {
    return this.#numWorkers;
  }

  /** Adds the next event. The state after it is computed if it is not given. */
  add(event: RunEvent, state: RunState = reduce(this.#state, event)): void {
    const before = this.#state;
    this.#state = state;
    if (event.kind === "run-started") this.#begin(event, before);
    for (const done of this.#checkpoints.take(event)) this.#settle(done);
    this.#numWorkers = Math.max(this.#numWorkers, state.numWorkers);
    this.#lastEventAt = event.t;
    const isPast = this.#isToldLate && event.kind === "attempt-started";
    const at = isPast ? this.#past(event.t) : this.#time.advance(event.t);
    if (isOfAttempt(event)) this.#addToAttempt(event, at);
    else this.#addToRun(event, at);
    this.#count(before, event);
    // A run that resumes a list learns little by little what is done of it.
    this.#samples.add(this.#time.now, Math.max(this.#doneItems, this.#doneBefore));
  }

  #past(t: number): number {
    return this.#time.before(t, this.#sessions.at(-1)?.startedAt ?? 0);
  }

  /** Marks the run as lost if it has not ended, and its running attempts with it. */
  markLost(): void {
    const session = this.#sessions.at(-1);
    if (session === undefined || session.endedAt !== undefined) return;
    const endedAt = this.#time.now;
    this.#sessions[this.#sessions.length - 1] = { ...session, endedAt, isLost: true };
    this.#attempts.markLost(endedAt);
    for (const done of this.#checkpoints.cut()) this.#settle(done);
  }

  /** Returns the history up to a time of day, by default that of the last event. */
  history(t?: number): RunHistory {
    return {
      ...this.#facts(t),
      attempts: this.#attempts.records,
      failures: this.#failures.groups,
      samples: this.#samples.points,
    };
  }

  /** Returns the changes since the last call. */
  drainChanges(t?: number): HistoryChanges {
    return {
      facts: this.#facts(t),
      attempts: this.#attempts.drainChanged(),
      failures: this.#failures.drainChanged(),
      samples: this.#samples.drainChanged(),
    };
  }

  #facts(t?: number): RunFacts {
    const { totalItems, ranges, areRangesKnown, counts, counters, warnings } = this.#state;
    const areRangesCut = this.#state.rangeTime !== undefined;
    const isLost = this.#sessions.at(-1)?.isLost;
    const isOver = this.#state.endedAt !== undefined;
    return {
      title: this.title,
      command: this.#command,
      totalItems,
      ranges,
      hasOneItemEach: hasOneItemEach(this.#state),
      areRangesKnown,
      ...(areRangesCut && !isLost && !isOver && { areRangesCut }),
      phase: isLost ? "lost" : isOver ? "ended" : "running",
      isSuspended: this.#time.isSuspended,
      startedAt: this.#startedAt,
      endedAt: this.#state.endedAt,
      ...(this.#hasEndsOnly && { hasEndsOnly: true }),
      now: t === undefined || isLost || isOver ? this.#time.now : this.#time.at(t),
      counts,
      doneItems: wholeItems(this.#doneItems),
      ...this.#estimate(t),
      sessions: this.#sessions,
      breaks: this.#breaks,
      marks: this.#marks,
      counters: addCounters(this.#earlier.counters, counters),
      warnings: [...this.#earlier.warnings, ...warnings].slice(0, MAX_WARNINGS)
        .map((text) => displayText(text, MAX_TEXT)),
    };
  }

  /** Returns rate and ETA at a time of day; none if the run is over. */
  #estimate(t = this.#lastEventAt): Estimate {
    const isLost = this.#sessions.at(-1)?.isLost;
    return isLost || this.#state.endedAt !== undefined ? {} : estimate(this.#state, t);
  }

  #begin(event: Event<"run-started">, before: RunState): void {
    const { t, runId, command, numWorkers, endsOnly = false } = event;
    this.markLost();
    this.#doneBefore = event.items === undefined ? 0 : before.doneItems;
    this.#open.beginRun();
    this.#isToldLate = endsOnly;
    this.#hasEndsOnly ||= endsOnly;
    this.#numWorkers = 0;
    const isFirst = this.#sessions.length === 0;
    const gap = this.#time.begin(t, isFirst);
    if (gap !== undefined) this.#breaks.push(gap);
    if (isFirst) this.#startedAt = t;
    this.#command = command?.map((word) => displayText(word, MAX_TEXT));
    const { warnings, counters } = this.#earlier;
    this.#earlier = {
      warnings: [...warnings, ...before.warnings].slice(0, MAX_WARNINGS),
      counters: addCounters(counters, before.counters),
    };
    const startedAt = this.#time.now;
    this.#sessions.push({
      runId,
      startedAt,
      numWorkers,
      resumedRanges: resumedRanges(this.#state),
      isLost: false,
    });
  }

  #addToRun(event: RunEvent, at: number): void {
    switch (event.kind) {
      case "run-stopping":
        return this.#mark({ kind: "stopping", at, how: event.how, cause: event.cause });
      case "run-paused":
        return this.#mark({ kind: "paused", at });
      case "run-unpaused":
        return this.#mark({ kind: "unpaused", at });
      case "range-skipped":
        return this.#settle(event);
      case "output-lost":
        return this.#loseOutput(event);
      case "pool-resized":
        return this.#mark({ kind: "resized", at, numWorkers: event.numWorkers });
      case "run-suspended":
        this.#time.suspend(event.t);
        break;
      case "run-continued": {
        const gap = this.#time.resume(event.t);
        if (gap !== undefined) this.#breaks.push(gap);
        break;
      }
      case "run-ended":
        this.#endSession(at);
        break;
    }
  }

  #mark(mark: Mark): void {
    if (this.#marks.length < MAX_MARKS) this.#marks.push(mark);
  }

  #endSession(endedAt: number): void {
    const session = this.#sessions.at(-1);
    if (session !== undefined) this.#sessions[this.#sessions.length - 1] = { ...session, endedAt };
  }

  #addToAttempt(event: RunEvent & AttemptRef, at: number): void {
    if (event.kind === "attempt-started") {
      this.#attempts.start(event, { session: this.#sessions.length - 1, at });
      return;
    }
    const index = this.#attempts.update(event, at);
    if (index !== undefined && event.kind === "attempt-ended") this.#addFailure(event, index);
    if (index !== undefined && event.kind === "range-ended") this.#endRange(event, index);
  }

  /** Follows which failures are open: those of earlier runs at the same items are not any more. */
  #endRange(event: Event<"range-ended">, index: number): void {
    const { startIndex, endIndex, nextIndex, status } = event;
    const items = event.items ?? wholeRangeItems(this.#state.workers[event.worker], event);
    this.#settle({ startIndex, endIndex, items, nextIndex }, isFailed(status) ? index : undefined);
  }

  /** Takes the end of a range, with the index of its last attempt if it is a failure. */
  #settle(range: EndedItems, failure?: number): void {
    for (const { id, isDone } of this.#open.end(range, failure)) {
      this.#attempts.settle(id, isDone ? "repaired" : "again");
    }
  }

  /** Makes a failure of the last attempt at a range that was done, and whose output is lost. */
  #loseOutput(event: Event<"output-lost">): void {
    const index = this.#attempts.lose(event);
    if (index === undefined) return;
    const { cause, startIndex, endIndex, items } = event;
    this.#failures.add({ index, status: "CRASHED", cause, message: "", log: [] });
    this.#settle({ startIndex, endIndex, items }, index);
  }

  #addFailure(event: Event<"attempt-ended">, index: number): void {
    const worker = this.#state.workers[event.worker];
    const { status, cause = UNKNOWN_CAUSE, logFile } = event;
    if (!isFailed(status) || worker === undefined) return;
    const { message } = worker;
    this.#failures.add({ index, status, cause, message, log: lastLines(worker), logFile });
  }

  /** Updates the number of items done. Looks at one worker only, as there may be many workers and events. */
  #count(before: RunState, event: RunEvent): void {
    if (event.kind === "run-started") this.#doneItems = this.#state.doneItems;
    const isOfNoWorker = event.kind === "items-read" || event.kind === "output-lost" ||
      event.kind === "range-skipped";
    if (isOfNoWorker) {
      this.#doneItems += this.#state.doneItems - before.doneItems;
    }
    if (!isOfAttempt(event)) return;
    const after = this.#state;
    this.#doneItems += after.doneItems - before.doneItems +
      progressOf(after.workers[event.worker]) - progressOf(before.workers[event.worker]);
    // Sums of fractions are inexact in their last digits.
    this.#doneItems = Math.round(1e6 * this.#doneItems) / 1e6;
  }
}

function lastLines({ log }: WorkerState): readonly string[] {
  return log.slice(-FAILURE_LOG_LINES);
}

function progressOf(worker: WorkerState | undefined): number {
  return worker !== undefined && isRunning(worker) ? clampedProgress(worker) : 0;
}

function programName(command: readonly string[] | undefined): string | undefined {
  return command?.[0]?.split("/").at(-1) || command?.[0];
}

/**
 * From events to the history that a report shows.
 *
 * @module
 */
import type { AttemptRef, RunEvent } from "../../model/events.ts";
import { reduce } from "../../model/reduce.ts";
import { addCounters, ZERO_COUNTERS } from "../../model/types.ts";
import { isDone } from "../../model/statuses.ts";
import type { WorkerState } from "../../model/types.ts";
import {
  clampedProgress,
  INITIAL_STATE,
  isRunning,
  resumedRanges,
  type RunState,
  wholeItems,
} from "../../model/state.ts";
import { AttemptRecords } from "./attempt_records.ts";
import { Failures } from "./failure_groups.ts";
import type { Break, Mark, RunFacts, RunHistory, Session } from "./history.ts";
import { Samples } from "./samples.ts";
import { shownText } from "./text.ts";
import type { HistoryChanges } from "./wire.ts";
import { WorkTime } from "./work_time.ts";

/** How many warnings are kept … */
const MAX_WARNINGS = 100;
/** … and how many marks. */
const MAX_MARKS = 1_000;
const MAX_TEXT = 1_000;

/** How a history is made. */
export interface HistoryOptions {
  /**
   * What the run is called.
   *
   * @default {the program that the workers run}
   */
  title?: string;
}

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

/**
 * Folds events of a job into its history, an event at a time. Memory grows with the number of attempts, by a record of
 * bounded size for each, and with nothing else.
 */
export class HistoryFold {
  readonly #title: string | undefined;
  readonly #time = new WorkTime();
  readonly #attempts = new AttemptRecords();
  readonly #failures = new Failures();
  readonly #samples = new Samples();
  readonly #sessions: Session[] = [];
  readonly #breaks: Break[] = [];
  readonly #marks: Mark[] = [];
  #state = INITIAL_STATE;
  /** What earlier runs left to be told. */
  #earlier = { warnings: [] as readonly string[], counters: ZERO_COUNTERS };
  #command: readonly string[] | undefined;
  #startedAt = 0;
  #doneItems = 0;

  constructor({ title }: HistoryOptions = {}) {
    this.#title = title === undefined ? undefined : shownText(title, MAX_TEXT);
  }

  /** How many workers the run has whose events come. */
  get numWorkers(): number {
    return this.#state.workers.length;
  }

  /** Takes the next event; the state that it led to need not be given. */
  take(event: RunEvent, state: RunState = reduce(this.#state, event)): void {
    const before = this.#state;
    this.#state = state;
    if (event.kind === "run-started") this.#begin(event, before);
    const at = this.#time.hear(event.t);
    if ("range" in event) this.#takeOfAttempt(event, at);
    else this.#takeOfRun(event, at);
    this.#count(before, event);
    this.#samples.add(at, this.#doneItems);
  }

  /** The run whose events came will not be heard of again: attempts that had not ended are lost. */
  abandon(): void {
    const session = this.#sessions.at(-1);
    if (session === undefined || session.endedAt !== undefined) return;
    const endedAt = this.#time.now;
    this.#sessions[this.#sessions.length - 1] = { ...session, endedAt, isLost: true };
    this.#attempts.lose(endedAt);
  }

  /** The history up to a time of day, by default that of the last event. */
  history(t?: number): RunHistory {
    return {
      ...this.#facts(t),
      attempts: this.#attempts.records,
      failures: this.#failures.groups,
      samples: this.#samples.points,
    };
  }

  /** What has changed since the last call. */
  takeChanges(t?: number): HistoryChanges {
    return {
      facts: this.#facts(t),
      attempts: this.#attempts.takeChanged(),
      failures: this.#failures.takeChanged(),
      samples: this.#samples.takeChanged(),
    };
  }

  #facts(t?: number): RunFacts {
    const { totalItems, ranges, areRangesKnown, counts, counters, warnings } = this.#state;
    const isLost = this.#sessions.at(-1)?.isLost;
    const isOver = this.#state.endedAt !== undefined;
    return {
      title: this.#title ?? programName(this.#command) ?? "executor",
      command: this.#command,
      totalItems,
      ranges,
      areRangesKnown,
      phase: isLost ? "lost" : isOver ? "ended" : "running",
      isSuspended: this.#time.isSuspended,
      startedAt: this.#startedAt,
      now: t === undefined || isLost || isOver ? this.#time.now : this.#time.at(t),
      counts,
      doneItems: wholeItems(this.#doneItems),
      sessions: this.#sessions,
      breaks: this.#breaks,
      marks: this.#marks,
      counters: addCounters(this.#earlier.counters, counters),
      warnings: [...this.#earlier.warnings, ...warnings].slice(0, MAX_WARNINGS)
        .map((text) => shownText(text, MAX_TEXT)),
    };
  }

  #begin({ t, runId, command, numWorkers }: Event<"run-started">, before: RunState): void {
    this.abandon();
    const isFirst = this.#sessions.length === 0;
    const gap = this.#time.begin(t, isFirst);
    if (gap !== undefined) this.#breaks.push(gap);
    if (isFirst) this.#startedAt = t;
    this.#command = command?.map((word) => shownText(word, MAX_TEXT));
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

  #takeOfRun(event: RunEvent, at: number): void {
    switch (event.kind) {
      case "run-stopping":
        return this.#mark({ kind: "stopping", at, how: event.how, cause: event.cause });
      case "run-paused":
        return this.#mark({ kind: "paused", at });
      case "run-unpaused":
        return this.#mark({ kind: "unpaused", at });
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

  #takeOfAttempt(event: RunEvent & AttemptRef, at: number): void {
    if (event.kind === "attempt-started") {
      this.#attempts.start(event, { session: this.#sessions.length - 1, at });
      return;
    }
    const place = this.#attempts.take(event, at);
    if (place !== undefined && event.kind === "attempt-ended") this.#noteFailure(event, place);
  }

  #noteFailure(event: Event<"attempt-ended">, place: number): void {
    const worker = this.#state.workers[event.worker];
    const { status, reason = "", logFile } = event;
    if (isDone(status) || worker === undefined) return;
    const { message } = worker;
    this.#failures.add({ place, status, reason, message, log: lastWords(worker), logFile });
  }

  /** Follows the number of items done; looks at one worker, not at all, as there may be many, and many events. */
  #count(before: RunState, event: RunEvent): void {
    if (event.kind === "run-started") this.#doneItems = this.#state.doneItems;
    if (event.kind === "items-read") this.#doneItems += this.#state.doneItems - before.doneItems;
    if (!("range" in event)) return;
    const after = this.#state;
    this.#doneItems += after.doneItems - before.doneItems +
      progressOf(after.workers[event.worker]) - progressOf(before.workers[event.worker]);
    // Differences of shares add up to what they should but for the last digits.
    this.#doneItems = Math.round(1e6 * this.#doneItems) / 1e6;
  }
}

/** How many log lines a failure is shown with. */
const LOG_LINES = 20;

function lastWords({ log }: WorkerState): readonly string[] {
  return log.slice(-LOG_LINES);
}

function progressOf(worker: WorkerState | undefined): number {
  return worker !== undefined && isRunning(worker) ? clampedProgress(worker) : 0;
}

function programName(command: readonly string[] | undefined): string | undefined {
  return command?.[0]?.split("/").at(-1) || command?.[0];
}

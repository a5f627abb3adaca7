import type { EventBody } from "../../src/model/event_body.ts";
import type { Cause } from "@lambdawaker/executor/events";
import type { ResourceUse } from "../../src/model/types.ts";
import type { RunEvent } from "@lambdawaker/executor";
import { countsOf, DONE_STATUSES } from "../../src/model/statuses.ts";
import type { RunHistory } from "../../src/report/history/history.ts";
import {
  HistoryBuilder,
  type HistoryBuilderOptions,
} from "../../src/report/history/history_builder.ts";

/** The id of made-up runs. */
const MADE_UP = "0000000a-0000-4000-8000-000000000000";

/** When made-up runs begin. */
export const START = 1_790_000_000_000;

/** Events that are made up, at times in milliseconds after {@linkcode START}. */
export class MadeUp {
  readonly #events: RunEvent[] = [];

  /** In the order of their times. */
  get events(): RunEvent[] {
    return this.#events.toSorted((a, b) => a.t - b.t);
  }

  at(t: number, body: EventBody): this {
    this.#events.push({ v: 2, t: START + t, ...body });
    return this;
  }

  /** A run begins: of ranges with ten items each. */
  run(t: number, { ranges, numWorkers, doneRanges = 0, command, rangeTime }: {
    ranges: number;
    numWorkers: number;
    doneRanges?: number;
    command?: string[];
    rangeTime?: number;
  }): this {
    return this.at(t, {
      kind: "run-started",
      runId: MADE_UP,
      totalItems: 10 * ranges,
      ranges,
      numWorkers,
      maxRetries: 2,
      chunkSize: 10,
      rangeTime,
      retryFrom: "start",
      command,
      resumed: doneRanges === 0 ? undefined : {
        counts: { ...countsOf(DONE_STATUSES, () => 0), SUCCESS: doneRanges },
        doneItems: 10 * doneRanges,
      },
    });
  }

  /** An attempt begins, in a process of that number if its worker is a resident one. */
  start(t: number, [worker, range, attempt]: [number, number, number], process?: number): this {
    const [startIndex, endIndex] = [10 * range, 10 * range + 10];
    const attemptId = `${MADE_UP}.${range}.${attempt}`;
    return this.at(t, {
      ...{ kind: "attempt-started", worker, range, attempt, attemptId },
      ...{ startIndex, endIndex, maxAttempt: 3, process },
    });
  }

  /** The process of a resident worker answers for the first time. */
  ready(t: number, [worker, range, attempt]: [number, number, number]): this {
    return this.at(t, { kind: "status", worker, range, attempt, status: "RUNNING" });
  }

  /** An attempt ends, and its range with it unless it is to be tried again. */
  end(t: number, [worker, range, attempt]: [number, number, number], how: {
    cause?: Cause;
    log?: string[];
    again?: boolean;
    usage?: ResourceUse;
  } = {}): this {
    const ref = { worker, range, attempt };
    const { cause, log = [], again = false, usage } = how;
    const status = cause === undefined ? "SUCCESS" : "CRASHED";
    const [startIndex, endIndex] = [10 * range, 10 * range + 10];
    const nextIndex = cause === undefined ? endIndex : startIndex;
    const progress = cause === undefined ? 10 : 4;
    if (log.length > 0) this.at(t, { kind: "log", ...ref, lines: log });
    this.at(t, { kind: "attempt-ended", ...ref, status, cause, progress, usage });
    return again
      ? this.at(t, { kind: "retry-scheduled", ...ref, delay: 100, nextIndex })
      : this.at(t, {
        kind: "range-ended",
        ...ref,
        status,
        cause,
        startIndex,
        endIndex,
        nextIndex,
      });
  }

  /** Returns a builder that has had all events. */
  builder(options: HistoryBuilderOptions = {}): HistoryBuilder {
    const builder = new HistoryBuilder(options);
    for (const event of this.events) builder.add(event);
    return builder;
  }

  history(options: HistoryBuilderOptions = {}): RunHistory {
    return this.builder(options).history();
  }

  /** As a journal. */
  toString(): string {
    return this.events.map((event) => `${JSON.stringify(event)}\n`).join("");
  }
}

/** A run of so many attempts, one in twenty of which fails and is tried again, or fails for good. */
export function longRun(attempts: number, numWorkers: number): MadeUp {
  const run = new MadeUp().run(0, { ranges: attempts, numWorkers });
  const free = Array.from({ length: numWorkers }, () => 5);
  for (let range = 0; range < attempts; range++) {
    const worker = range % numWorkers;
    const began = free[worker]!;
    const ended = began + 300 + (range * 7919) % 700;
    const fails = range % 20 === 7;
    run.start(began, [worker, range, 1]);
    run.end(
      ended,
      [worker, range, 1],
      fails ? { cause: { kind: "exit", code: 1 + range % 3 } } : {},
    );
    free[worker] = ended + 5;
  }
  return run.at(Math.max(...free) + 10, { kind: "run-ended" });
}

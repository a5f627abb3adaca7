/**
 * Metrics of a run for Prometheus. Counters count this run and only go up; gauges are about the whole job.
 *
 * @module
 */
import { estimate } from "../../model/estimate.ts";
import type { RunEvent } from "../../model/events.ts";
import {
  currentItems,
  currentWork,
  elapsedMs,
  INITIAL_STATE,
  isRunning,
  isWaiting,
  type RunState,
} from "../../model/state.ts";
import { TERMINAL_STATUSES, type TerminalStatus } from "../../model/statuses.ts";
import type { RunCounters } from "../../model/types.ts";
import { encodeMetrics, type Metric, type Sample } from "./prometheus_text.ts";

/** The counters of the state, with their names and their sentences. */
const COUNTERS: Readonly<Record<keyof RunCounters, [name: string, help: string]>> = {
  malformed: ["malformed_lines", "Lines with a known prefix and a value that does not parse."],
  anomalies: [
    "progress_anomalies",
    "Times that progress went backwards or past its range, or an answer named another range.",
  ],
  droppedBytes: ["dropped_bytes", "Bytes cut from lines longer than 64 KiB."],
  leaked: ["leaking_attempts", "Attempts that left processes behind."],
  forcedKills: ["forced_kills", "Attempts that had to be killed."],
  slow: ["slow_attempts", "Attempts that were slow compared with the others."],
  lost: ["lost_attempts", "Attempts whose end nobody saw."],
  launchFailures: ["launch_failures", "Attempts that a launcher could not start."],
  delayedLaunches: ["delayed_launches", "Launches that waited for files, processes or memory."],
};

/** Counts what happens in a run, and tells it. Takes the same short time for each event, whatever the size of the run. */
export class RunMetrics {
  readonly #ended = new Map<TerminalStatus, number>();
  #state: RunState = INITIAL_STATE;
  #doneItems = 0;
  #failedItems = 0;

  /** Adds the next event. */
  add(event: RunEvent, state: RunState): void {
    const before = this.#state;
    this.#state = state;
    if (event.kind === "range-ended") this.#count(event.status);
    if (event.kind === "range-skipped") this.#count("SUCCESS");
    // The range has been counted as done, and stays so: a counter takes nothing back.
    if (event.kind === "output-lost") this.#count("CRASHED");
    if (event.kind === "run-started") return;
    this.#doneItems += Math.max(0, doneHere(state) - doneHere(before));
    this.#failedItems += Math.max(0, state.failedItems - before.failedItems);
  }

  /** Returns all metrics at the time `now`, in milliseconds since 1970, as text. */
  encode({ title, now }: { title: string; now: number }): string {
    const state = this.#state;
    const info = { run_id: state.runId, title };
    return encodeMetrics([
      gauge("info", "The run. Its value is always 1.", { value: 1, labels: info }),
      ...this.#counters(),
      ...jobGauges(state),
      ...workerGauges(state),
      ...timeGauges(state, now),
    ]);
  }

  #count(status: TerminalStatus): void {
    this.#ended.set(status, (this.#ended.get(status) ?? 0) + 1);
  }

  #counters(): Metric[] {
    const { attempts, retries, logLines, warnings, omittedWarnings, counters } = this.#state;
    const ranges = TERMINAL_STATUSES.map((status) => ({
      value: this.#ended.get(status) ?? 0,
      labels: { status },
    }));
    return [
      counter("ranges", "Ranges that ended in this run, by status.", ...ranges),
      counter("items_done", "Items that this run has done.", { value: this.#doneItems }),
      counter("items_failed", "Items that failed for good in this run.", {
        value: this.#failedItems,
      }),
      counter("attempts", "Attempts that were begun, retries included.", { value: attempts }),
      counter("retries", "Attempts after the first of a range.", { value: retries }),
      counter("log_lines", "Lines of workers that are no signals.", { value: logLines }),
      counter("warnings", "Warnings of the run.", { value: warnings.length + omittedWarnings }),
      ...Object.entries(COUNTERS).map(([field, [name, help]]) =>
        counter(name, help, { value: counters[field as keyof RunCounters] })
      ),
    ];
  }
}

/** Returns the items that this run has safely done. */
function doneHere({ doneItems, resumed }: RunState): number {
  return doneItems - resumed.doneItems;
}

function jobGauges(state: RunState): Metric[] {
  const { totalItems, isTotalKnown, ranges, pending } = state;
  const isShare = isTotalKnown && totalItems > 0;
  return [
    gauge("job_items", "Items of the job, as far as they are known.", { value: totalItems }),
    gauge("job_items_done", "Items of the job that are done now, with running attempts.", {
      value: currentItems(state),
    }),
    gauge("job_ranges", "Ranges of the job, as far as they are known.", { value: ranges }),
    gauge("job_ranges_pending", "Ranges that no worker has taken yet.", { value: pending }),
    gauge(
      "progress_ratio",
      "Share of the items that is done, from 0 to 1. Absent until their number is known.",
      ...(isShare ? [{ value: currentWork(state) / totalItems }] : []),
    ),
  ];
}

function workerGauges(state: RunState): Metric[] {
  const { workers, numWorkers } = state;
  return [
    gauge("workers", "Workers that the run may have at once.", { value: numWorkers }),
    gauge("busy_workers", "Workers with a running attempt.", {
      value: workers.reduce((sum, worker) => sum + (isRunning(worker) ? 1 : 0), 0),
    }),
    gauge("retrying_workers", "Workers that wait for a retry.", {
      value: workers.reduce((sum, worker) => sum + (isWaiting(worker) ? 1 : 0), 0),
    }),
    flag("paused", "Whether the run is paused.", state.isPaused),
    flag("suspended", "Whether the run is suspended.", state.suspendedAt !== undefined),
    flag("stopping", "Whether the run is being stopped.", state.stopping !== undefined),
  ];
}

function timeGauges(state: RunState, now: number): Metric[] {
  const { rate, eta } = estimate(state, now);
  const known = (value: number | undefined): Sample[] => value === undefined ? [] : [{ value }];
  const seconds = (ms: number) => ms / 1000;
  return [
    gauge("start_time_seconds", "When the run began, in seconds since 1970.", {
      value: seconds(state.startedAt),
    }),
    gauge("elapsed_seconds", "How long the run has taken, without suspensions.", {
      value: seconds(elapsedMs(state, now)),
    }),
    gauge(
      "eta_seconds",
      "Time to the end of the run. Absent if unknown.",
      ...known(eta && seconds(eta)),
    ),
    gauge(
      "items_per_second",
      "Items done or failed per second of late. Absent if unknown.",
      ...known(rate),
    ),
  ];
}

function counter(name: string, help: string, ...samples: Sample[]): Metric {
  return { name: `executor_${name}_total`, type: "counter", help, samples };
}

function gauge(name: string, help: string, ...samples: Sample[]): Metric {
  return { name: `executor_${name}`, type: "gauge", help, samples };
}

function flag(name: string, help: string, isSet: boolean): Metric {
  return gauge(name, help, { value: isSet ? 1 : 0 });
}

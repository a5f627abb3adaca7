/**
 * Export of a history as Chrome trace events, for <https://ui.perfetto.dev> and `chrome://tracing`.
 *
 * @module
 */
import { causeText, formatItems } from "../../reporters/wording.ts";
import { type AttemptRecord, countWorkers, endOf, isBad, type RunHistory } from "./history.ts";
import { markText } from "./verdict.ts";

/** A trace event, with times in microseconds of work time. See the "Trace Event Format" of the Chromium project. */
export interface TraceEvent {
  /** Phase: complete, instant, counter or metadata. */
  readonly ph: "X" | "i" | "C" | "M";
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  /** Scope of an instant: thread, process or global. */
  readonly s?: "t" | "p" | "g";
  readonly args?: Readonly<Record<string, unknown>>;
}

/** The content of a trace file. */
export interface Trace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: "ms";
  readonly otherData: Readonly<Record<string, unknown>>;
}

/** The run is the process, its workers are threads. */
const PID = 1;
/** The thread of the run as a whole. Thread 0 has a special meaning in traces of Linux. */
const RUN_TID = 1;

/** Converts a history: a thread per worker, an event per attempt, a mark per failure, a counter of items done. */
export function toTrace(history: RunHistory): Trace {
  const { title, command, startedAt, totalItems } = history;
  return {
    displayTimeUnit: "ms",
    otherData: { title, command, totalItems, startedAt: new Date(startedAt).toISOString() },
    traceEvents: [
      ...describeThreads(history),
      ...history.attempts.flatMap((attempt) => drawAttempt(attempt, history)),
      ...drawMarks(history),
      ...history.samples.map(([at, done]): TraceEvent => ({
        ...eventAt(RUN_TID, at),
        ph: "C",
        name: "items done",
        args: { done },
      })),
    ],
  };
}

function eventAt(tid: number, at: number): { pid: number; tid: number; ts: number } {
  return { pid: PID, tid, ts: Math.round(1000 * at) };
}

function threadOf(worker: number): number {
  return RUN_TID + 1 + worker;
}

function describeThreads(history: RunHistory): TraceEvent[] {
  const meta = (tid: number, name: string, args: Record<string, unknown>): TraceEvent => ({
    ph: "M",
    pid: PID,
    tid,
    name,
    args,
  });
  const thread = (tid: number, name: string) => [
    meta(tid, "thread_name", { name }),
    meta(tid, "thread_sort_index", { sort_index: tid }),
  ];
  return [
    meta(RUN_TID, "process_name", { name: history.title }),
    ...thread(RUN_TID, "run"),
    ...Array.from(
      { length: countWorkers(history) },
      (_, worker) => thread(threadOf(worker), `worker ${worker}`),
    )
      .flat(),
  ];
}

function drawAttempt(record: AttemptRecord, history: RunHistory): TraceEvent[] {
  const { startedAt, worker, startIndex, endIndex, status, cause } = record;
  const { range, attempt, progress, node, process } = record;
  const end = endOf(record, history);
  const name = formatItems(startIndex, endIndex);
  const where = eventAt(threadOf(worker), startedAt);
  const why = cause && causeText(cause);
  const args = {
    range,
    attempt,
    startIndex,
    endIndex,
    status,
    why,
    cause,
    progress,
    node,
    process,
  };
  const dur = Math.round(1000 * end) - where.ts;
  const segment: TraceEvent = { ...where, ph: "X", cat: status.toLowerCase(), name, dur, args };
  const text = why ? `${status}: ${why}` : status;
  return isBad(record)
    ? [segment, drawMark(threadOf(worker), end, { name: text, reach: "t" })]
    : [segment];
}

function drawMark(
  tid: number,
  at: number,
  { name, reach }: { name: string; reach: "t" | "g" },
): TraceEvent {
  return { ...eventAt(tid, at), ph: "i", cat: "mark", name, s: reach };
}

function drawMarks({ marks, breaks }: RunHistory): TraceEvent[] {
  return [
    ...marks.map((made) => drawMark(RUN_TID, made.at, { name: markText(made), reach: "g" })),
    ...breaks.map(({ kind, at, ms }) =>
      drawMark(RUN_TID, at, {
        name: `${kind} after ${(ms / 1000).toFixed(1)} s that are left out`,
        reach: "g",
      })
    ),
  ];
}

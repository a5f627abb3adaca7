/**
 * Wording that all reporters share: styles of statuses, figures, names of ranges, counters, reasons for a stop.
 *
 * @module
 */
import { showBytes } from "../base/surrogate_escape.ts";
import type { Cause, CauseOf } from "../model/cause.ts";
import type { StartWait } from "../model/start_events.ts";
import { STATUSES, type TaskStatus, type Tone } from "../model/statuses.ts";
import type { RunCounters, StopCause } from "../model/types.ts";

/** Styles by tone. Of the sixteen colours, cyan is the best for `busy`: blue cannot be read on black. */
const TONE_STYLES = {
  good: "green",
  busy: "cyan",
  waiting: "yellow",
  idle: "dim",
  bad: "red",
} as const satisfies Record<Tone, string>;

/** Returns the style of a status word. */
export function statusStyle(status: TaskStatus): typeof TONE_STYLES[Tone] {
  return TONE_STYLES[STATUSES[status].tone];
}

/** Formats a duration in milliseconds as `0:07`, `12:34` or `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => `${value}`.padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** Formats the time that something took, in milliseconds, as `0.3 s`, `12 s`, `12:34` or `1:02:03`. */
export function formatTime(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  return ms < 60_000 ? `${Math.floor(ms / 1000)} s` : formatDuration(ms);
}

/** Formats a rate as `12.3/s`, `1234/s`, `2.5/min` or `0.7/h`, with a noun as `12.3 items/s`. */
export function formatRate(perSecond: number, noun = ""): string {
  const [rate, unit] = perSecond >= 0.1
    ? [perSecond, "s"]
    : perSecond >= 0.1 / 60
    ? [60 * perSecond, "min"]
    : [3600 * perSecond, "h"];
  return `${rate.toFixed(rate < 100 ? 1 : 0)}${noun && ` ${noun}`}/${unit}`;
}

/** Formats a number of bytes as `0 MB`, `12 MB` or `1.5 GB`, in powers of 1024. */
export function formatBytes(bytes: number): string {
  const megabytes = bytes / 2 ** 20;
  return megabytes < 1000 ? `${Math.round(megabytes)} MB` : `${(megabytes / 1024).toFixed(1)} GB`;
}

/** Formats a share in whole per cent, rounded down: 100% means that all is done. */
export function formatPercent(done: number, total: number): string {
  // 100 × 0.29 is less than 29.
  return `${total === 0 ? 100 : Math.floor(100 * done / total + 1e-9)}%`;
}

/** Formats a count with its noun: `1 retry`, `2 retries`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Tells that lines were left out. */
export function omissionText(lines: number): string {
  return `… ${plural(lines, "line")} left out, as the reader did not keep up`;
}

/** Formats a half-open range by its first and last item: `7` or `0–249`. */
export function formatRange(startIndex: number, endIndex: number): string {
  return endIndex - startIndex === 1 ? `${startIndex}` : `${startIndex}–${endIndex - 1}`;
}

/** Formats a half-open range with its noun: `item 7` or `items 0–249`. */
export function formatItems(startIndex: number, endIndex: number): string {
  const noun = endIndex - startIndex === 1 ? "item" : "items";
  return `${noun} ${formatRange(startIndex, endIndex)}`;
}

/** Names the items of a range: `items 0–249`, or `item 7 (a.txt)` if the items are strings. */
export function nameItems(
  { startIndex, endIndex, items = [], firstItem = items[0] }: {
    startIndex: number;
    endIndex: number;
    items?: readonly string[];
    firstItem?: string;
  },
): string {
  const numbers = formatItems(startIndex, endIndex);
  if (firstItem === undefined) return numbers;
  return `${numbers} (${showBytes(firstItem)}${endIndex - startIndex > 1 ? " …" : ""})`;
}

/** Describes why an attempt did not end well: `exit code 3`, `signal SIGSEGV`, `timeout`, `reported FAILED` … */
export function causeText(cause: Cause): string {
  switch (cause.kind) {
    case "exit":
      // Only a resident worker fails with code 0.
      return `exit code ${cause.code}${cause.code === 0 ? " before its answer" : ""}`;
    case "signal":
      return `signal ${cause.signal}`;
    case "stall":
      return "stalled";
    case "reported":
      return cause.status === undefined ? "reported by the worker" : `reported ${cause.status}`;
    case "launch":
    case "command":
    case "fault":
      return cause.message;
    case "lost":
      return `lost: ${cause.message}`;
    case "output-lost":
      return cause.message === undefined ? "output lost" : `output lost: ${cause.message}`;
    case "out-of-memory":
      return memoryText(cause);
    case "incomplete":
      return `incomplete: it reported ${cause.done} of ${plural(cause.total, "item")}`;
    case "file-missing": {
      const fault = cause.isOld ? "is older than the item" : "is not there";
      return `ended well, but its file ${showBytes(cause.path)} ${fault}`;
    }
    case "timeout":
    case "slow":
    case "cancelled":
    case "stopped":
      return cause.kind;
    default:
      return laterKind(cause);
  }
}

function memoryText({ by, limit, isLikely }: CauseOf<"out-of-memory">): string {
  if (by === "kernel") {
    return `${isLikely ? "probably " : ""}killed by the kernel for want of memory`;
  }
  return `out of memory${limit === undefined ? "" : `: its limit is ${formatBytes(limit)}`}`;
}

/** Names a kind that a later version added. */
function laterKind({ kind }: { kind: string }): string {
  return kind;
}

/** Describes what stopped a run. */
export function stopText(cause: StopCause): string {
  switch (cause.kind) {
    case "signal":
      return `stopped by ${cause.signal}`;
    case "request":
      return "stopped by request";
    case "abort":
      return "stopped by the program that started it";
    case "runTimeout":
      return "stopped by the run time-out";
    case "halt":
      return `stopped after ${plural(cause.failures, "failure")}`;
    case "readerGone":
      return "stopped, as nobody reads its output any more";
    case "neverReady": {
      const tries = plural(cause.tries, "try", "tries");
      return `stopped, as no resident worker has ever answered, in ${tries}`;
    }
    default:
      return `stopped: ${laterKind(cause)}`;
  }
}

/** Says what starts wait for, without a period. */
export function startWaitText(wait: StartWait, now: number): string {
  const next = "until" in wait
    ? `, the next in ${formatDuration(Math.max(0, wait.until - now))}`
    : "";
  switch (wait.kind) {
    case "memory":
      return `waiting for memory: ${formatBytes(wait.free)} free of ${formatBytes(wait.wanted)}`;
    case "load": {
      const limit = Number(wait.limit.toFixed(2));
      return `waiting for a lower load: ${plural(wait.threads, "thread")} at work, limit ${limit}`;
    }
    case "rate": {
      const { starts, per } = wait;
      return `waiting for the rate: ${plural(starts, "start")} in ${formatTime(per)}${next}`;
    }
    case "delay":
      return `waiting for the delay between starts${next}`;
    default:
      return `waiting: ${laterKind(wait)}`;
  }
}

/** Returns a sentence for each counter that is not zero. */
export function counterTexts(counts: RunCounters): string[] {
  const { malformed, anomalies, droppedBytes, leaked, forcedKills, slow } = counts;
  const { lost, launchFailures, delayedLaunches } = counts;
  const counted: [number, string][] = [
    [malformed, `${plural(malformed, "line")} with a known prefix and a value that does not parse`],
    [
      anomalies,
      `${
        plural(anomalies, "time")
      } progress, which counts items, went backwards or past its range, or an answer named another range`,
    ],
    [
      droppedBytes,
      `${
        plural(droppedBytes, "byte")
      } dropped from log lines longer than 64 KiB (not from output and results)`,
    ],
    [leaked, `${plural(leaked, "attempt")} left processes behind`],
    [forcedKills, `${plural(forcedKills, "attempt")} had to be killed (SIGKILL)`],
    [slow, `${plural(slow, "attempt")} ${slow === 1 ? "was" : "were"} slow beside the others`],
    [lost, `${plural(lost, "attempt")} lost`],
    [launchFailures, `${plural(launchFailures, "launch", "launches")} failed`],
    [delayedLaunches, `${plural(delayedLaunches, "launch", "launches")} had to wait`],
  ];
  return counted.filter(([count]) => count > 0).map(([, text]) => text);
}

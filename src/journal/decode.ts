/**
 * A journal's lines, read back.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import { TaskStatus } from "../model/statuses.ts";
import { JournalError } from "./journal_error.ts";

/** The format that this version writes, and the newest that it reads. */
export const FORMAT_VERSION = 1;

const KINDS: Record<RunEvent["kind"], true> = {
  "run-started": true,
  "items-read": true,
  "attempt-started": true,
  "launch-delayed": true,
  "spawned": true,
  "progress": true,
  "status": true,
  "message": true,
  "usage": true,
  "log": true,
  "attempt-ended": true,
  "retry-scheduled": true,
  "range-ended": true,
  "slow": true,
  "range-split": true,
  "leaked": true,
  "run-stopping": true,
  "pool-resized": true,
  "run-paused": true,
  "run-unpaused": true,
  "run-suspended": true,
  "run-continued": true,
  "warning": true,
  "reporter-failed": true,
  "run-ended": true,
};

/** What is read of an event before anything is known of it. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one line.
 *
 * @throws {JournalError} If it is no event, or one of a newer format; the message has no subject, as in "is no event".
 */
export function decodeEvent(line: string): RunEvent {
  const fields = parseObject(line);
  const { v, t, kind } = fields;
  if (typeof v === "number" && v > FORMAT_VERSION) {
    throw new JournalError(
      `was written by a newer version: its format is ${v}, this version reads ${FORMAT_VERSION}`,
    );
  }
  const isEvent = v === FORMAT_VERSION && Number.isFinite(t) && typeof kind === "string" &&
    Object.hasOwn(KINDS, kind);
  if (!isEvent) throw new JournalError("is no event of a run");
  if ("range" in fields) checkFields(fields, REF);
  checkFields(fields, CHECKS[kind as RunEvent["kind"]] ?? {});
  return fields as unknown as RunEvent;
}

function parseObject(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new JournalError("is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new JournalError("is no event of a run");
  return value as Fields;
}

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && value as number >= 0;
const isPositive: Check = (value) => isCount(value) && value !== 0;
const isShare: Check = (value) => typeof value === "number" && value >= 0 && value <= 1;
const isText: Check = (value) => typeof value === "string";
const oneOf = (...values: readonly unknown[]): Check => (value) => values.includes(value);
const optional = (check: Check): Check => (value) => value === undefined || check(value);
const arrayOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);

const isResumed: Check = (value) => {
  const { doneItems, counts } = (value ?? {}) as { doneItems?: unknown; counts?: Fields };
  return isCount(doneItems) && isCount(counts?.SUCCESS) && isCount(counts?.FINISHED);
};

const isPart: Check = (value) => {
  const { range, startIndex, endIndex } = (value ?? {}) as Fields;
  return isCount(range) && isCount(startIndex) && isCount(endIndex);
};

const REF = { worker: isCount, range: isCount, attempt: isPositive };
const END_STATUS = oneOf("SUCCESS", "FINISHED", "FAILED", "CRASHED");

/** What a resume, and a report, go by: of the other fields nothing depends but what is shown. */
const CHECKS: Partial<Record<RunEvent["kind"], Readonly<Record<string, Check>>>> = {
  "run-started": {
    runId: isText,
    totalItems: isCount,
    ranges: isCount,
    numWorkers: isCount,
    maxRetries: isCount,
    items: optional(oneOf("counted", "uncounted")),
    chunkSize: optional(isPositive),
    retryFrom: oneOf("start", "checkpoint"),
    command: optional(arrayOf(isText)),
  },
  "items-read": { totalItems: isCount, ranges: isCount, resumed: optional(isResumed) },
  "attempt-started": {
    startIndex: isCount,
    endIndex: isCount,
    items: optional(arrayOf(isText)),
    maxAttempt: isPositive,
  },
  "progress": { done: isCount, share: optional(isShare) },
  "status": { status: oneOf(...Object.keys(TaskStatus)) },
  "message": { text: isText },
  "log": { lines: arrayOf(isText) },
  "pool-resized": { numWorkers: isCount },
  "attempt-ended": { status: END_STATUS, progress: isCount, share: optional(isShare) },
  "retry-scheduled": { delay: Number.isFinite, nextIndex: isCount },
  "slow": { elapsed: Number.isFinite, median: Number.isFinite },
  "range-split": { startIndex: isCount, endIndex: isCount, into: arrayOf(isPart) },
  "range-ended": {
    status: END_STATUS,
    startIndex: isCount,
    endIndex: isCount,
    nextIndex: isCount,
    suspect: optional(isCount),
  },
};

function checkFields(fields: Fields, checks: Readonly<Record<string, Check>>): void {
  for (const [field, check] of Object.entries(checks)) {
    if (check(fields[field])) continue;
    const value = Deno.inspect(fields[field]);
    throw new JournalError(`has an event ${fields.kind} with a ${field} that is none: ${value}`);
  }
}

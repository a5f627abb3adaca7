/**
 * Compact lines of a record of ends: each stands for the attempts and the ends of many ranges that were done.
 *
 * @module
 */
import type {
  AttemptEnd,
  AttemptStartedEvent,
  RangeEndedEvent,
  RunEvent,
} from "../model/events.ts";
import { FORMAT_VERSION } from "../model/events.ts";
import { attemptIdOf } from "../model/names.ts";
import { type DoneStatus, isDone } from "../model/statuses.ts";
import type { ResourceUse } from "../model/types.ts";
import { JournalError } from "./journal_error.ts";

/** The beginning of every such line. A version that does not know them takes them for events of a later one. */
const START = `{"v":${FORMAT_VERSION},"kind":"ranges-done",`;

/** How an attempt went well. */
interface GoodEnd {
  readonly status: DoneStatus;
  /** Absent if a resident worker has answered: its process goes on. */
  readonly exit?: AttemptEnd["exit"];
}

/** The ways to end well by their numbers in a line, which never change. */
const GOOD_ENDS: readonly GoodEnd[] = [
  { status: "SUCCESS", exit: { kind: "exited", code: 0 } },
  { status: "FINISHED" },
  { status: "SUCCESS" },
];

/** Returns the number of the way in which an attempt ended well. */
function goodEndOf(ended: RangeEndedEvent, exit: AttemptEnd["exit"]): number {
  // isCompact() is true of it.
  const status = ended.status as DoneStatus;
  switch (status) {
    case "FINISHED":
      return 1;
    case "SUCCESS":
      return exit?.kind === "exited" && exit.code === 0 ? 0 : 2;
  }
}

/** A range that is done, as its last attempt and its end tell it. */
export interface CompactEnd {
  readonly started: AttemptStartedEvent;
  readonly ended: RangeEndedEvent;
  /** How the process of the attempt ended; absent if it goes on. */
  readonly exit?: AttemptEnd["exit"];
  /** What the attempt has used, if that is known. */
  readonly usage?: ResourceUse;
}

/** Returns whether an end needs no more than a row of a compact line: the whole range was done by one attempt, and well. */
export function isCompact(
  started: AttemptStartedEvent | undefined,
  ended: RangeEndedEvent,
): started is AttemptStartedEvent {
  return started !== undefined && isDone(ended.status) && ended.cause === undefined &&
    ended.suspect === undefined && ended.nextIndex === ended.endIndex &&
    started.range === ended.range && started.attempt === ended.attempt &&
    started.startIndex === ended.startIndex && started.endIndex === ended.endIndex;
}

/** Returns the line for some ends, without its newline. There must be at least one. */
export function encodeEnds(ends: readonly CompactEnd[]): string {
  const t = ends.at(-1)!.ended.t;
  const rows = ends.map(({ started, ended, exit }) => [
    ended.worker,
    ended.range,
    ended.attempt,
    started.maxAttempt,
    ended.startIndex,
    ended.endIndex,
    goodEndOf(ended, exit),
    t - started.t,
    t - ended.t,
  ]);
  const items = ends.flatMap(({ started }) => started.items ?? []);
  const isMadeOfItems = ends.some(({ started }) => started.items !== undefined);
  // A version that does not know it reads the rest.
  const usage = ends.some(({ usage }) => usage !== undefined) && {
    usage: ends.map(({ usage }) =>
      usage === undefined ? null : [Math.round(1000 * usage.cpuSeconds), usage.peakRss]
    ),
  };
  const fields = { t, rows, ...(isMadeOfItems && { items }), ...usage };
  return START + JSON.stringify(fields).slice(1);
}

/** Returns whether a line is a compact one. */
export function isCompactLine(line: string): boolean {
  return line.startsWith(START);
}

/**
 * Yields the events that a compact line stands for: the beginning and the end of the last attempt at each range, and the end
 * of the range.
 *
 * @throws {JournalError} If it is not as it must be; the message has no subject.
 */
export function* decodeEnds(line: string, runId: string): Generator<RunEvent> {
  const { t, rows, items, usage } = parse(line);
  let at = 0;
  for (const [index, row] of rows.entries()) {
    const [worker, range, attempt, maxAttempt, startIndex, endIndex, which, begun, over] = row;
    const way = GOOD_ENDS[which!];
    const size = endIndex! - startIndex!;
    const own = items?.slice(at, at += size);
    if (size <= 0 || way === undefined || (own !== undefined && own.length !== size)) {
      throw wrong("rows", row);
    }
    const ref = { worker: worker!, range: range!, attempt: attempt! };
    const head = { v: FORMAT_VERSION, ...ref } as const;
    const span = { startIndex: startIndex!, endIndex: endIndex!, ...(own && { items: own }) };
    yield {
      ...head,
      t: t - begun!,
      kind: "attempt-started",
      attemptId: attemptIdOf(runId, ref),
      ...span,
      maxAttempt: maxAttempt!,
    };
    const end = { ...head, t: t - over!, status: way.status };
    yield {
      ...end,
      kind: "attempt-ended",
      progress: size,
      ...(way.exit && { exit: way.exit }),
      ...decodeUse(usage?.[index]),
    };
    yield { ...end, kind: "range-ended", ...span, nextIndex: endIndex! };
  }
}

function decodeUse(
  use: readonly [cpuMs: number, peakRss: number] | null | undefined,
): Pick<AttemptEnd, "usage"> {
  if (use === undefined || use === null) return {};
  const [cpuMs, peakRss] = use;
  return { usage: { cpuSeconds: cpuMs / 1000, peakRss } };
}

interface CompactLine {
  readonly t: number;
  readonly rows: readonly (readonly number[])[];
  readonly items?: readonly string[];
  /** What the attempts have used, in milliseconds and bytes, by the places of their rows. */
  readonly usage?: readonly (readonly [cpuMs: number, peakRss: number] | null)[];
}

/** The numbers of a row. */
const ROW_LENGTH = 9;

function parse(line: string): CompactLine {
  let value: Partial<Record<keyof CompactLine, unknown>>;
  try {
    value = JSON.parse(line);
  } catch {
    throw new JournalError("is not JSON");
  }
  const { t, rows, items, usage } = value;
  if (!isCount(t)) throw wrong("t", t);
  if (!Array.isArray(rows) || !rows.every((row) => isRow(row, t))) throw wrong("rows", rows);
  const isList = items === undefined ||
    (Array.isArray(items) && items.every((item) => typeof item === "string"));
  if (!isList) throw wrong("items", items);
  const isUsage = usage === undefined || (Array.isArray(usage) && usage.every(isUse));
  if (!isUsage) throw wrong("usage", usage);
  return value as CompactLine;
}

function isUse(use: unknown): boolean {
  return use === null || (Array.isArray(use) && use.length === 2 && use.every(isCount));
}

function isRow(row: unknown, t: number): boolean {
  if (!Array.isArray(row) || row.length !== ROW_LENGTH || !row.every(isCount)) return false;
  const [attempt, maxAttempt, begun, over] = [row[2]!, row[3]!, row[7]!, row[8]!];
  return attempt > 0 && maxAttempt > 0 && begun <= t && over <= begun;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function wrong(field: string, value: unknown): JournalError {
  const shown = JSON.stringify(value) ?? "not given";
  return new JournalError(
    `has ends of ranges whose ${field} are wrong: current value is ${shown.slice(0, 100)}`,
  );
}

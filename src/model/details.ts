/**
 * Bounds of what a state keeps of failures, warnings and idle workers, and the functions that keep to them.
 *
 * @module
 */
import type { RangeFailure, Suspect, WorkerState } from "./types.ts";

/** Failures and warnings whose details are kept; the others are only counted. */
export const MAX_DETAILS = 1_000;
/** Characters of a line, a message or a text of a cause that are kept. */
const MAX_DETAIL_TEXT = 1_000;
/** Workers that a state has before their first attempt, so that they are seen; further ones are added with it. */
export const MAX_IDLE_WORKERS = 10_000;
/** The lines of an attempt that its worker keeps … */
const LOG_LINES = 200;
/** … and the characters of all of them. */
const LOG_TEXT = 256 << 10;
/** Characters that the items of a failure may have to be kept. */
const MAX_ITEMS_TEXT = 64 << 10;

/** Returns the list with another failure, or the list itself if it is full. */
export function addFailure(
  failures: readonly RangeFailure[],
  failure: () => RangeFailure,
): readonly RangeFailure[] {
  return failures.length < MAX_DETAILS ? [...failures, boundFailure(failure())] : failures;
}

/** Returns the list with another warning, or the list itself if it is full. */
export function addWarning(warnings: readonly string[], text: string): readonly string[] {
  return warnings.length < MAX_DETAILS ? [...warnings, shorten(text)] : warnings;
}

/** Returns the log of an attempt with more lines. The first ones are dropped if it has too many of them, or too long ones. */
export function addLines(log: readonly string[], lines: readonly string[]): readonly string[] {
  const all = [...log, ...lines].slice(-LOG_LINES);
  let from = all.length;
  for (let room = LOG_TEXT; from > 0; from--) {
    room -= all[from - 1]!.length;
    if (room < 0 && from < all.length) break;
  }
  return from === 0 ? all : all.slice(from);
}

/** Returns the workers, and idle ones up to `length`. */
export function idleWorkers(
  workers: readonly WorkerState[],
  length: number,
): readonly WorkerState[] {
  const missing = length - workers.length;
  if (missing <= 0) return workers;
  return [
    ...workers,
    ...Array.from({ length: missing }, (_, index) => idleWorker(workers.length + index)),
  ];
}

function idleWorker(index: number): WorkerState {
  return {
    index,
    status: "PENDING",
    progress: 0,
    total: 0,
    message: "",
    attempt: 0,
    maxAttempt: 0,
    extraData: { startIndex: 0, endIndex: 0, range: -1 },
    log: [],
  };
}

/** Cuts a text after {@linkcode MAX_DETAIL_TEXT} characters. */
export function shorten(text: string): string {
  if (text.length <= MAX_DETAIL_TEXT) return text;
  // Half of a surrogate pair is not kept.
  return `${text.slice(0, MAX_DETAIL_TEXT - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Cuts the texts of an object, such as a cause. */
export function shortenTexts<T extends object>(value: T): T {
  const texts = Object.entries(value).filter(([, field]) => typeof field === "string");
  const isShort = texts.every(([, text]) => text.length <= MAX_DETAIL_TEXT);
  if (isShort) return value;
  return { ...value, ...Object.fromEntries(texts.map(([name, text]) => [name, shorten(text)])) };
}

/** Cuts what a failure keeps of long texts. */
export function boundFailure(failure: RangeFailure): RangeFailure {
  const { items, suspect, message, log, logFile, cause } = failure;
  return {
    ...failure,
    ...boundItems(items),
    cause: shortenTexts(cause),
    suspect: suspect && boundSuspect(suspect),
    message: own(shorten(message)),
    log: log.map((line) => own(shorten(line))),
    logFile,
  };
}

function boundItems(
  items: readonly string[] | undefined,
): Pick<RangeFailure, "items" | "firstItem"> {
  const characters = items?.reduce((sum, { length }) => sum + length, 0) ?? 0;
  if (items === undefined || characters <= MAX_ITEMS_TEXT) return { items };
  return { items: undefined, firstItem: own(shorten(items[0]!)) };
}

function boundSuspect({ index, item }: Suspect): Suspect {
  return { index, ...(item !== undefined && item.length <= MAX_ITEMS_TEXT && { item }) };
}

/**
 * Returns a copy of a text. A part of a longer text keeps the longer one in memory. A line would keep all the output that
 * was read with it.
 */
export function own(text: string): string {
  return JSON.parse(JSON.stringify(text));
}

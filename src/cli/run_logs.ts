/**
 * Log lines of a run's attempts: from the files of its log directory, or the last ones that its state has.
 *
 * @module
 */
import { isAbsolutePath } from "../base/paths.ts";
import { readJournal } from "../journal/reader.ts";
import { isRunning, isWaiting, type RunState } from "../model/state.ts";
import type { RangeFailure } from "../model/types.ts";
import { logFileName } from "../output/log_directory.ts";

/** The lines of an attempt. */
export interface AttemptLines {
  readonly range: number;
  readonly startIndex: number;
  readonly endIndex: number;
  /** The items of its range, in a job of strings. */
  readonly items?: readonly string[];
  readonly attempt: number;
  readonly lines: readonly string[];
  /** Whether these are all lines that it printed. */
  readonly isWhole: boolean;
  /** How its range has failed, if it has. */
  readonly failure?: RangeFailure;
}

/** An attempt, and the last of its lines. */
type Attempt = Omit<AttemptLines, "isWhole"> & { readonly logFile?: string };

/** Where lines are looked for. */
export interface LogPlaces {
  readonly state: RunState;
  /** The directory that has the output of each attempt, if there is one. */
  readonly logDir?: string;
  /** The journal or the record of the run, if there is one. */
  readonly journal?: string;
  /** The directory that relative paths of the run are relative to. */
  readonly directory?: string;
}

/** The part of a file that is shown of each attempt if several are, in bytes. */
const TAIL_BYTES = 64 << 10;

/** Returns the lines of the failures, and unless only these are wanted, those of running attempts, in the order of items. */
export function linesOfRun(places: LogPlaces, { isFailed }: { isFailed: boolean }): AttemptLines[] {
  return known(places.state, { isFailed }).map((attempt) => read(attempt, places, TAIL_BYTES))
    .sort((a, b) => a.startIndex - b.startIndex);
}

/** Returns the lines of the last attempt at an item; undefined if nothing is known of it. */
export function linesOfItem(item: string, places: LogPlaces): AttemptLines | undefined {
  const attempt = known(places.state, { isFailed: false }).find((one) => hasItem(one, item)) ??
    findEnded(item, places.journal);
  return attempt && read(attempt, places, Infinity);
}

/** Returns whether an attempt is at an item: a string, or a number in a job of numbers. */
export function hasItem(
  { items, startIndex, endIndex }: Pick<AttemptLines, "items" | "startIndex" | "endIndex">,
  item: string,
): boolean {
  if (items !== undefined) return items.includes(item);
  return /^\d{1,15}$/.test(item) && startIndex <= Number(item) && Number(item) < endIndex;
}

/** Returns the attempts of which the state has lines. */
function known({ failures, workers }: RunState, { isFailed }: { isFailed: boolean }): Attempt[] {
  const failed = failures.map((failure): Attempt => {
    const { range, startIndex, endIndex, items, attempts: attempt, log: lines, logFile } = failure;
    return { range, startIndex, endIndex, items, attempt, lines, logFile, failure };
  });
  if (isFailed) return failed;
  const busy = workers.filter((worker) => isRunning(worker) || isWaiting(worker));
  return [
    ...busy.map(({ extraData, attempt, log, logFile }): Attempt => ({
      ...extraData,
      attempt,
      lines: log,
      logFile,
    })),
    ...failed,
  ];
}

/** Finds the last attempt at an item that has ended in a journal. */
function findEnded(item: string, journal: string | undefined): Attempt | undefined {
  if (journal === undefined) return undefined;
  let found: Attempt | undefined;
  try {
    for (const event of readJournal(journal)) {
      if (event.kind !== "range-ended" || !hasItem(event, item)) continue;
      const { range, startIndex, endIndex, items, attempt } = event;
      found = { range, startIndex, endIndex, items, attempt, lines: [] };
    }
  } catch {
    // It was removed, or cannot be read.
  }
  return found;
}

function read(attempt: Attempt, places: LogPlaces, most: number): AttemptLines {
  const { logFile, ...rest } = attempt;
  const path = logFile ?? (places.logDir && `${places.logDir}/${logFileName(attempt)}`);
  const text = path === undefined ? undefined : readTail(inDirectory(path, places), most);
  if (text === undefined) return { ...rest, isWhole: false };
  const lines = text.replace(/\n$/, "").split("\n");
  return { ...rest, lines: text === "" ? [] : lines, isWhole: true };
}

function inDirectory(path: string, { directory }: LogPlaces): string {
  return isAbsolutePath(path) || directory === undefined ? path : `${directory}/${path}`;
}

/** Returns the end of a file, from the beginning of a line on; undefined if it cannot be read. */
function readTail(path: string, most: number): string | undefined {
  try {
    using file = Deno.openSync(path);
    const { size } = file.statSync();
    const skipped = Math.max(0, size - most);
    file.seekSync(skipped, Deno.SeekMode.Start);
    const bytes = new Uint8Array(size - skipped);
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read) {
      read = file.readSync(bytes.subarray(length)) ?? 0;
    }
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    return skipped === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } catch {
    return undefined;
  }
}

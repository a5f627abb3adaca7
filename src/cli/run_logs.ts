/**
 * Log lines of a run's attempts: from the files of its log directory, or the last ones that its state has.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import { isAbsolutePath } from "../base/paths.ts";
import { readJournal } from "../journal/reader.ts";
import { isRunning, isWaiting, type RunState } from "../model/state.ts";
import type { RangeFailure } from "../model/types.ts";
import { logFileName } from "../output/log_directory.ts";
import { ControlError } from "../reporters/control/run_connection.ts";

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

/** The lines of an attempt, some at a time, as there may be more than a text can hold. */
export interface ItemLines extends Omit<AttemptLines, "lines"> {
  readonly lines: Iterable<readonly string[]>;
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
/** The bytes of a file that are read at a time. A longer line is cut into several. */
const READ_BYTES = 1 << 20;

/** Returns the lines of the failures, and unless only these are wanted, those of running attempts, in the order of items. */
export function linesOfRun(places: LogPlaces, { isFailed }: { isFailed: boolean }): AttemptLines[] {
  return known(places.state, { isFailed }).map((attempt) => read(attempt, places))
    .sort((a, b) => a.startIndex - b.startIndex);
}

/** Returns the lines of the last attempt at an item; undefined if nothing is known of it. */
export function linesOfItem(item: string, places: LogPlaces): ItemLines | undefined {
  const attempt = known(places.state, { isFailed: false }).find((one) => hasItem(one, item)) ??
    findEnded(item, places.journal);
  if (attempt === undefined) return undefined;
  const { logFile: _logFile, lines, ...rest } = attempt;
  const path = pathOf(attempt, places);
  const file = path === undefined ? undefined : openIfThere(path);
  return file === undefined
    ? { ...rest, lines: [lines], isWhole: false }
    : { ...rest, lines: readLines(file), isWhole: true };
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

function read(attempt: Attempt, places: LogPlaces): AttemptLines {
  const { logFile: _logFile, ...rest } = attempt;
  const path = pathOf(attempt, places);
  const text = path === undefined ? undefined : readTail(path, TAIL_BYTES);
  if (text === undefined) return { ...rest, isWhole: false };
  const lines = text.replace(/\n$/, "").split("\n");
  return { ...rest, lines: text === "" ? [] : lines, isWhole: true };
}

function pathOf(attempt: Attempt, { logDir, directory }: LogPlaces): string | undefined {
  const path = attempt.logFile ?? (logDir && `${logDir}/${logFileName(attempt)}`);
  if (path === undefined || directory === undefined || isAbsolutePath(path)) return path;
  return `${directory}/${path}`;
}

function openIfThere(path: string): Deno.FsFile | undefined {
  try {
    return Deno.statSync(path).isFile ? Deno.openSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** Yields the lines that a file has now. Closes it. */
function* readLines(opened: Deno.FsFile): Generator<string[]> {
  using file = opened;
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(READ_BYTES);
  let rest = "";
  // A worker may print as fast as it is read.
  for (let left = file.statSync().size; left > 0;) {
    const read = readInto(file, buffer.subarray(0, left));
    if (read === 0) break;
    left -= read;
    const lines = (rest + decoder.decode(buffer.subarray(0, read), { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > READ_BYTES) {
      lines.push(rest);
      rest = "";
    }
    if (lines.length > 0) yield lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}

function readInto(file: Deno.FsFile, buffer: Uint8Array): number {
  try {
    return file.readSync(buffer) ?? 0;
  } catch (error) {
    throw new ControlError(`the log cannot be read to its end: ${errorMessage(error)}`);
  }
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

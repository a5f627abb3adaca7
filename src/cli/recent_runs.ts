/**
 * Recent runs: those of which the state folder has a record, or knows the journal.
 *
 * @module
 */
import { mayBeThere } from "../base/existence.ts";
import type { RunInfo } from "../reporters/control/registration.ts";
import { isNamed, matchRuns, severalText } from "../reporters/control/run_names.ts";
import { readJournal } from "../journal/reader.ts";
import type { RunStatus } from "../reporters/control/run_status.ts";
import type { RunStartedEvent } from "../model/events.ts";
import { reduce } from "../model/reduce.ts";
import { INITIAL_STATE, type RunState } from "../model/state.ts";
import { infoOf, newestPointers, type Pointer } from "./journal_pointers.ts";
import { UsageError } from "./errors.ts";
import { isWritten, newestRecords, stateFolder } from "./state_folder.ts";

/** A run of which there is a record or a journal. */
export interface RecentRun extends RunInfo {
  /** The path of the record, which is a journal, or of the journal that the run was given. */
  readonly record: string;
  /** Whether a process still writes it. */
  readonly isLive: boolean;
  /** The state after its last event; absent if its journal cannot be read any more. */
  readonly state?: RunState;
  /** Its status at the end, if that is known without its state. */
  readonly status?: RunStatus;
}

/** The runs in a list. */
const MOST = 30;

/** Returns the newest runs that left a record or have a journal that is still there, the newest one first. */
export function recentRuns(folder: string | undefined = stateFolder()): RecentRun[] {
  const recorded = newestRecords(folder, MOST).map(readRun).filter((run) => run !== undefined);
  const pointed = newestPointers(folder, MOST).map(followPointer);
  return [...recorded, ...pointed].sort(byStart).slice(0, MOST);
}

/**
 * Returns the runs that a word names, the newest one first: those with this very name or id, otherwise recent ones that begin with
 * it, otherwise any.
 */
export function runsNamed(word: string, folder: string | undefined = stateFolder()): RecentRun[] {
  const recent = matchRuns(word, recentRuns(folder));
  if (recent.some((run) => isNamed(run, word))) return recent;
  const all = matchRuns(word, everyRun(word, folder));
  return recent.length === 0 || all.some((run) => isNamed(run, word)) ? all : recent;
}

/** Returns all runs whose record or journal has a word, the newest one first. */
function everyRun(word: string, folder: string | undefined): RecentRun[] {
  const recorded = newestRecords(folder, Infinity).filter((record) => hasText(record, word))
    .map(readRun).filter((run) => run !== undefined);
  return [...recorded, ...newestPointers(folder, Infinity).map(followPointer)].sort(byStart);
}

function byStart(a: RunInfo, b: RunInfo): number {
  return b.startedAt - a.startedAt;
}

/** Returns whether a file has a text, or cannot be read. This is faster than to decode thousands of records. */
function hasText(path: string, text: string): boolean {
  try {
    return Deno.readTextFileSync(path).includes(JSON.stringify(text).slice(1, -1));
  } catch {
    return true;
  }
}

function followPointer({ info, status }: Pointer): RecentRun {
  const record = info.journal;
  const isLive = isWritten(record);
  let run: RecentRun | undefined;
  return {
    ...info,
    record,
    isLive,
    status: isLive ? undefined : status,
    // A journal may be long: it is read once somebody needs it.
    get state() {
      run ??= readRun(record);
      return run?.runId === info.runId ? run.state : undefined;
    },
  };
}

/** Returns what is recorded of a run that could be reached before, in the state folder or in its journal. */
export function recordedRun({ runId, journal }: RunInfo): RecentRun | undefined {
  const [recent] = runsNamed(runId);
  const run = recent ?? (journal === undefined ? undefined : readRun(journal));
  return run?.runId === runId ? run : undefined;
}

function readRun(record: string): RecentRun | undefined {
  try {
    let state = INITIAL_STATE;
    let started: RunStartedEvent | undefined;
    for (const event of readJournal(record)) {
      if (event.kind === "run-started") started = event;
      state = reduce(state, event);
    }
    if (started === undefined) return undefined;
    return { ...infoOf(started), record, isLive: isWritten(record), state };
  } catch {
    // It was removed, or is no record.
    return undefined;
  }
}

/**
 * Returns the journal that a word means: a path, or else the record of the newest run of this name or id, or of the beginning of
 * one.
 *
 * @throws {UsageError} If runs of several names begin with it.
 */
export function journalOf(word: string): string {
  if (word === "-" || mayBeThere(word)) return word;
  const found = runsNamed(word);
  const [newest] = found;
  if (newest === undefined) return word;
  if (found.every(({ name }) => name === newest.name)) return newest.record;
  throw new UsageError(severalText(word, found));
}

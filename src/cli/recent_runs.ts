/**
 * Recent runs: those of which the state folder has a record, or knows the journal.
 *
 * @module
 */
import { mayBeThere } from "../base/existence.ts";
import type { RunInfo } from "../reporters/control/registration.ts";
import { matchRuns, severalText } from "../reporters/control/run_names.ts";
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
  /** The state after its last event; absent if the record is too long to be read for a list. */
  readonly state?: RunState;
  /** Its status at the end, if that is known without its state. */
  readonly status?: RunStatus;
}

/** The records that are looked at. */
const MOST = 30;
/** A longer record is read up to its first event only, in bytes. */
const MAX_BYTES = 32 << 20;

/** Returns the newest runs that left a record or have a journal that is still there, the newest one first. */
export function recentRuns(folder: string | undefined = stateFolder()): RecentRun[] {
  const recorded = newestRecords(folder, MOST).map(readRun).filter((run) => run !== undefined);
  const pointed = newestPointers(folder, MOST).map(followPointer);
  return [...recorded, ...pointed].sort((a, b) => b.startedAt - a.startedAt).slice(0, MOST);
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
  const recent = recentRuns().find((run) => run.runId === runId);
  const run = recent ?? (journal === undefined ? undefined : readRun(journal));
  return run?.runId === runId ? run : undefined;
}

function readRun(record: string): RecentRun | undefined {
  try {
    const isWhole = Deno.statSync(record).size <= MAX_BYTES;
    let state = INITIAL_STATE;
    let started: RunStartedEvent | undefined;
    for (const event of readJournal(record)) {
      if (event.kind === "run-started") started = event;
      if (!isWhole) break;
      state = reduce(state, event);
    }
    if (started === undefined) return undefined;
    return {
      ...infoOf(started),
      record,
      isLive: isWritten(record),
      state: isWhole ? state : undefined,
    };
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
  const found = matchRuns(word, recentRuns());
  const [newest] = found;
  if (newest === undefined) return word;
  if (found.every(({ name }) => name === newest.name)) return newest.record;
  throw new UsageError(severalText(word, found));
}

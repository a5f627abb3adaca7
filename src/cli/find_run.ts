/**
 * Search for the run that a command line names.
 *
 * @module
 */
import { type LiveRun, liveRuns, type RunInfo } from "../reporters/control/registration.ts";
import { ControlError } from "../reporters/control/run_connection.ts";
import { isNamed, listRuns, matchRuns, severalText } from "../reporters/control/run_names.ts";
import { findFolderFault, socketFolder } from "../reporters/control/socket_folder.ts";
import { UsageError } from "./errors.ts";
import { type RecentRun, recentRuns, recordedRun, runsNamed } from "./recent_runs.ts";

/** A run that was found. */
export type FoundRun =
  | { readonly kind: "live"; readonly run: LiveRun }
  /** It has ended, or cannot be reached. */
  | { readonly kind: "recent"; readonly run: RecentRun };

/**
 * Returns the run that goes on and has this name or id, or the beginning of one; without a word, the only one that goes on.
 *
 * @throws {UsageError} If there is none, or several.
 */
export async function findLiveRun(word: string | undefined): Promise<LiveRun> {
  const live = await liveRuns();
  const found = search(word, live);
  if (!Array.isArray(found)) return found;
  if (word === undefined) throw new UsageError(noneText());
  if (found.length === 0) throw unknown(word, live);
  const lost = found.find(({ isLive }) => isLive);
  throw new UsageError(
    lost === undefined ? `the run "${word}" has ended` : unreachableText(lost),
  );
}

/**
 * Returns the run of this name or id, or the beginning of one: one that goes on, or else the newest one. Without a word, the
 * only one that goes on.
 *
 * @throws {UsageError} If there is none, or several.
 */
export async function findRun(word: string | undefined): Promise<FoundRun> {
  const live = await liveRuns();
  const found = search(word, live);
  if (!Array.isArray(found)) return { kind: "live", run: found };
  if (word === undefined) {
    const names = recentRuns().slice(0, 3).map(({ name }) => name).join(", ");
    const hint = names === "" ? "" : `: name one of those before, such as ${names}`;
    throw new UsageError(`${noneText()}${hint}`);
  }
  const names = new Set(found.map(({ name }) => name));
  if (names.size > 1) throw ambiguous(word, found);
  const [newest] = found;
  if (newest === undefined) throw unknown(word, [...live, ...recentRuns()]);
  return { kind: "recent", run: newest };
}

/**
 * Returns the run that goes on and is named by a word, or else those of which there is a record, the newest one first. If the word
 * is the whole name of a run that has ended, it does not mean one that goes on and only begins with it.
 */
function search(word: string | undefined, live: readonly LiveRun[]): LiveRun | RecentRun[] {
  if (word === undefined || live.some((run) => isNamed(run, word))) return choose(word, live) ?? [];
  const recorded = runsNamed(word);
  if (recorded.some((run) => isNamed(run, word))) return recorded;
  return choose(word, live) ?? recorded;
}

/**
 * Calls a function with the run that {@linkcode findRun} returns. If that cannot be reached, as it has ended meanwhile, calls it
 * again with what is recorded of it.
 *
 * @throws {ControlError} If it cannot be reached, although it goes on or left no record.
 */
export async function withRun<T>(
  word: string | undefined,
  use: (found: FoundRun) => Promise<T>,
): Promise<T> {
  const found = await findRun(word);
  try {
    return await use(found);
  } catch (error) {
    if (!(error instanceof ControlError) || found.kind !== "live") throw error;
    const { runId } = found.run;
    if ((await liveRuns()).some((run) => run.runId === runId)) throw error;
    const run = recordedRun(found.run);
    if (run === undefined) throw error;
    return await use({ kind: "recent", run });
  }
}

/** Returns a sentence about a run that goes on and has no socket here. */
export function unreachableText({ name }: RunInfo): string {
  const folder = socketFolder();
  if (folder === undefined) return `the run ${name} goes on, and ${PERMISSIONS}`;
  const why = folderText(folder) ?? `it has no socket in ${folder}, the folder of this TMPDIR`;
  return `the run ${name} goes on, and cannot be reached: ${why}`;
}

const PERMISSIONS = "the permissions net, read, write and sys are needed to reach it";

function noneText(): string {
  const folder = socketFolder();
  const why = folder === undefined ? undefined : folderText(folder);
  return `no run goes on that can be reached${why === undefined ? "" : ` (${why})`}`;
}

/** Returns why no socket of a folder is used, if it cannot be trusted. */
function folderText(folder: string): string | undefined {
  const fault = findFolderFault(folder);
  return fault?.isUnsafe ? fault.reason : undefined;
}

/** Returns the run of a word, if there is one. */
function choose(word: string | undefined, runs: readonly LiveRun[]): LiveRun | undefined {
  const found = word === undefined ? runs : matchRuns(word, runs);
  if (found.length > 1) throw ambiguous(word, found);
  return found[0];
}

function ambiguous(word: string | undefined, runs: readonly RunInfo[]): UsageError {
  if (word !== undefined) return new UsageError(severalText(word, runs));
  return new UsageError(`several runs go on, name one of them: ${listRuns(runs)}`);
}

function unknown(word: string, runs: readonly RunInfo[]): UsageError {
  const hint = runs.length === 0 ? "" : `: there are ${listRuns(runs)}`;
  return new UsageError(`there is no run "${word}"${hint}`);
}

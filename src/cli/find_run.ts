/**
 * Search for the run that a command line names.
 *
 * @module
 */
import { type LiveRun, liveRuns, type RunInfo } from "../control/registration.ts";
import { UsageError } from "./errors.ts";
import { type RecentRun, recentRuns } from "./recent_runs.ts";

/** A run that was found. */
export type FoundRun =
  | { readonly kind: "live"; readonly run: LiveRun }
  /** It has ended, or cannot be reached. */
  | { readonly kind: "recent"; readonly run: RecentRun };

/** The runs that an error names. */
const MOST_NAMED = 10;

/**
 * Returns the run that goes on and has this name or id, or the beginning of one; without a word, the only one that goes on.
 *
 * @throws {UsageError} If there is none, or several.
 */
export async function findLiveRun(word: string | undefined): Promise<LiveRun> {
  const live = await liveRuns();
  const found = choose(word, live);
  if (found !== undefined) return found;
  if (word === undefined) throw new UsageError("no run goes on that can be reached");
  const ended = matches(word, recentRuns());
  if (ended.length === 0) throw unknown(word, live);
  const isLost = ended.some(({ isLive }) => isLive);
  throw new UsageError(
    isLost
      ? `the run "${word}" cannot be reached: it has no socket`
      : `the run "${word}" has ended`,
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
  const run = choose(word, live);
  if (run !== undefined) return { kind: "live", run };
  const recent = recentRuns();
  if (word === undefined) {
    const names = recent.slice(0, 3).map(({ name }) => name).join(", ");
    const hint = names === "" ? "" : `: name one of those before, such as ${names}`;
    throw new UsageError(`no run goes on that can be reached${hint}`);
  }
  const found = matches(word, recent);
  const names = new Set(found.map(({ name }) => name));
  if (names.size > 1) throw ambiguous(word, found);
  const [newest] = found;
  if (newest === undefined) throw unknown(word, [...live, ...recent]);
  return { kind: "recent", run: newest };
}

/** Returns the run of a word, if there is one. */
function choose(word: string | undefined, runs: readonly LiveRun[]): LiveRun | undefined {
  const found = word === undefined ? runs : matches(word, runs);
  if (found.length > 1) throw ambiguous(word, found);
  return found[0];
}

/** Returns the runs that a word names: those with this very name or id, otherwise those whose name or id begins with it. */
export function matches<R extends Pick<RunInfo, "name" | "runId">>(
  word: string,
  runs: readonly R[],
): R[] {
  const exact = runs.filter(({ name, runId }) => name === word || runId === word);
  if (exact.length > 0 || word === "") return exact;
  return runs.filter(({ name, runId }) => name.startsWith(word) || runId.startsWith(word));
}

function ambiguous(word: string | undefined, runs: readonly RunInfo[]): UsageError {
  const listed = listRuns(runs);
  if (word === undefined) return new UsageError(`several runs go on, name one of them: ${listed}`);
  return new UsageError(`"${word}" may be several runs, name one of them: ${listed}`);
}

function unknown(word: string, runs: readonly RunInfo[]): UsageError {
  const hint = runs.length === 0 ? "" : `: there are ${listRuns(runs)}`;
  return new UsageError(`there is no run "${word}"${hint}`);
}

/** Names runs; those that share their name with another one by their id, too. */
function listRuns(runs: readonly RunInfo[]): string {
  const shown = runs.slice(0, MOST_NAMED).map(({ name, runId }) => {
    const isShared = runs.filter((other) => other.name === name).length > 1;
    return isShared ? `${name} (${runId.slice(0, 8)})` : name;
  });
  const more = runs.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/**
 * Names of runs, by which a person or a program means one of them.
 *
 * @module
 */
import type { RunInfo } from "./registration.ts";

/** The runs that a sentence names. */
const MOST_NAMED = 10;

/** Returns whether a word is the whole name or id of a run. */
export function isNamed({ name, runId }: Pick<RunInfo, "name" | "runId">, word: string): boolean {
  return name === word || runId === word;
}

/** Returns the runs that a word names: those with this very name or id, otherwise those whose name or id begins with it. */
export function matchRuns<R extends Pick<RunInfo, "name" | "runId">>(
  word: string,
  runs: readonly R[],
): R[] {
  const exact = runs.filter((run) => isNamed(run, word));
  if (exact.length > 0 || word === "") return exact;
  return runs.filter(({ name, runId }) => name.startsWith(word) || runId.startsWith(word));
}

/** Names runs; those that share their name with another one by their id, too. */
export function listRuns(runs: readonly RunInfo[]): string {
  const shown = runs.slice(0, MOST_NAMED).map(({ name, runId }) => {
    const isShared = runs.filter((other) => other.name === name).length > 1;
    return isShared ? `${name} (${runId.slice(0, 8)})` : name;
  });
  const more = runs.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Returns a sentence that asks for one of the runs that a word may be. */
export function severalText(word: string, runs: readonly RunInfo[]): string {
  return `"${word}" may be several runs, name one of them: ${listRuns(runs)}`;
}

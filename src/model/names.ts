/**
 * Names in the record of a run: ids, machines, paths. The JSON schema and the checks of a journal follow from these types.
 *
 * @module
 */

/**
 * The id of a run, a UUID.
 *
 * @pattern ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$
 */
export type RunId = string;

/**
 * The name of a run, for people: letters, digits, `.`, `_` and `-`, of which the first one is a letter or a digit.
 *
 * @pattern ^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$
 */
export type RunName = string;

/**
 * The id of an attempt: the id of its run, the number of its range, and its own number, with points between them.
 *
 * @pattern ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(0|[1-9]\d{0,15})\.[1-9]\d{0,15}$
 */
export type AttemptId = string;

/**
 * The name or address of a machine.
 *
 * @pattern ^[^\s\u0000-\u001f\u007f-][^\s\u0000-\u001f\u007f]*$
 */
export type NodeName = string;

/**
 * The name of an attempt in the engine of a launcher.
 *
 * @pattern ^[A-Za-z0-9][A-Za-z0-9._+:@-]*$
 */
export type EngineId = string;

/**
 * The path of a file or a directory.
 *
 * @pattern ^[^\u0000]+$
 */
export type Path = string;

/** Returns the id of an attempt of a run. */
export function attemptIdOf(
  runId: RunId,
  { range, attempt }: { readonly range: number; readonly attempt: number },
): AttemptId {
  return `${runId}.${range}.${attempt}`;
}

/** Returns the id of the run of an attempt, or of a process of a resident worker. */
export function runIdOf(attemptId: string): RunId {
  return attemptId.split(".", 1)[0]!;
}

/**
 * The variable of workers whose executor is itself a worker. It names the attempts in which that one works, the innermost last, as
 * words `outer=ID`: a search for such a word finds the process.
 */
export const OUTER_IDS = "EXECUTOR_OUTER_ATTEMPT_IDS";

/** The variable of a reaper whose executor is itself a worker. It names the attempt in which that one works. */
export const REAPER_OF = "EXECUTOR_REAPER_OF";

/** Returns the value of {@linkcode OUTER_IDS} for these attempts. */
export function outerIdsText(attemptIds: readonly string[]): string {
  return attemptIds.map((id) => `outer=${id}`).join(" ");
}

/** Returns the ids that a value of {@linkcode OUTER_IDS} has. */
export function outerIdsOf(text: string): string[] {
  return Array.from(text.matchAll(/(?<=^| )outer=([\w.-]+)(?= |$)/g), ([, id]) => id!);
}

/** Returns the range of an attempt; undefined for a process of a resident worker. */
export function rangeOfAttempt(attemptId: string): number | undefined {
  const range = Number(attemptId.split(".", 2)[1]);
  return Number.isInteger(range) ? range : undefined;
}

/** Returns what `EXECUTOR_ATTEMPT_ID` is for a resident worker: the id of its run, `w` and its number, and that of its process. */
export function residentIdOf(
  runId: RunId,
  { worker, process }: { readonly worker: number; readonly process: number },
): string {
  return `${runId}.w${worker}.${process}`;
}

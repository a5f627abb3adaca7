/**
 * A process as a look at all processes of this machine sees it.
 *
 * @module
 */

/** A living process. */
export interface SeenProcess {
  readonly pid: number;
  /** When it started, see {@linkcode ProcessStat.start}. */
  readonly start: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Whether it belongs to another user, so that it may not be signalled. Root may signal all. */
  readonly isForeign: boolean;
  /** The value of `EXECUTOR_ATTEMPT_ID` in the environment that its program began with. */
  readonly attemptId: string | undefined;
  /** The attempts in which its executor is itself a worker, see `OUTER_IDS`. */
  readonly outerIds: readonly string[];
  /** For a reaper, the attempt in which its executor is itself a worker, see `REAPER_OF`; empty if there is none. */
  readonly reaperOf: string | undefined;
}

/** What the environment of a process tells of attempts. */
export type NamedAttempts = Pick<SeenProcess, "attemptId" | "outerIds" | "reaperOf">;

/** That of a process without an attempt, or of one whose environment cannot be read. */
export const NO_ATTEMPTS: NamedAttempts = {
  attemptId: undefined,
  outerIds: [],
  reaperOf: undefined,
};

/** Returns the ids of all attempts to which a process belongs. */
export function attemptIdsOf(
  { attemptId, outerIds }: Pick<NamedAttempts, "attemptId" | "outerIds">,
): readonly string[] {
  return attemptId === undefined ? outerIds : [attemptId, ...outerIds];
}

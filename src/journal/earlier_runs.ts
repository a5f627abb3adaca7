/**
 * Earlier runs of a job, and whether they still go on: the workers of a run whose executor lives are no orphans.
 *
 * @module
 */
import { isUnsupported } from "../base/errors.ts";
import {
  LivingProcesses,
  type ProcessIdentity,
  type ProcessLife,
} from "../base/process_identity.ts";
import type { InFlightAttempt, LaunchRun } from "../launchers/launcher.ts";
import type { AttemptStartedEvent } from "../model/events.ts";
import { attemptIdOf } from "../model/names.ts";
import { JournalError } from "./journal_error.ts";

/** A run that a journal records. */
export interface EarlierRun {
  readonly runId: string;
  /** The process of its executor; absent in journals of older versions. */
  readonly executor?: ProcessIdentity;
  /** Whether its end is recorded. */
  hasEnded: boolean;
}

/**
 * Refuses the id of an attempt of another run, whose worker would be taken for an orphan.
 *
 * @throws {JournalError} If it is one.
 */
export function checkAttemptId(event: AttemptStartedEvent, { runId }: EarlierRun): void {
  const wanted = attemptIdOf(runId, event);
  if (event.attemptId === wanted) return;
  throw new JournalError(`has the attempt id ${event.attemptId}, but must have ${wanted}`);
}

/** The ids of the runs that this process records at the moment. */
const ownRuns = new Set<string>();

/** Notes that a run of this process goes on, until the returned object is disposed of. */
export function noteOwnRun(runId: string): Disposable {
  ownRuns.add(runId);
  return { [Symbol.dispose]: () => void ownRuns.delete(runId) };
}

/** Returns whether a run goes on: whether its executor lives. One without a record of its executor counts as gone. */
export function lifeOfRun(
  { runId, executor, hasEnded }: EarlierRun,
  living = new LivingProcesses(),
): ProcessLife {
  if (ownRuns.has(runId)) return "alive";
  if (hasEnded || executor === undefined) return "gone";
  const { own } = living;
  const { pid, startTicks, bootId, pidNamespace } = executor;
  const isOwn = pid === own.pid && startTicks === own.startTicks && bootId === own.bootId &&
    pidNamespace === own.pidNamespace;
  return isOwn ? "gone" : living.lifeOf(executor);
}

/** Returns whether a run writes this journal now. The last run in it is `last`. */
export function isWritten(file: Deno.FsFile, last: EarlierRun): boolean {
  try {
    // That run holds an exclusive lock.
    return !file.tryLockSync(false);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return lifeOfRun(last) === "alive";
  }
}

/** Returns what earlier runs may have left, and warns of runs that may go on: their workers are not left. */
export function findOrphans(
  { runs, inFlight }: { runs: readonly EarlierRun[]; inFlight: readonly InFlightAttempt[] },
  warn: (text: string) => void,
): Pick<LaunchRun, "earlierRuns" | "inFlight"> {
  const living = new LivingProcesses();
  const { alive = [], gone = [], unseen = [] } = Object.groupBy(
    runs,
    (run) => lifeOfRun(run, living),
  );
  for (const { runId, executor } of alive) {
    warn(
      `the earlier run ${runId} still goes on, as process ${executor?.pid}: its workers are left alone, and ranges may be done twice`,
    );
  }
  const elsewhere = unseen.find(({ runId }) => inFlight.some((attempt) => attempt.runId === runId));
  if (elsewhere !== undefined) {
    const { runId, executor } = elsewhere;
    const host = executor?.host ?? "another machine";
    warn(
      `the earlier run ${runId} was on ${host}, and may still go on there: its workers are left alone, and ranges may be done twice`,
    );
  }
  const aliveIds = new Set(alive.map(({ runId }) => runId));
  return {
    earlierRuns: gone.map(({ runId }) => runId),
    inFlight: inFlight.filter(({ runId }) => !aliveIds.has(runId)),
  };
}

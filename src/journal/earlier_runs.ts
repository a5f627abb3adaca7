/**
 * Earlier runs of a job, and whether they still go on: the workers of a run whose executor lives are no orphans.
 *
 * @module
 */
import {
  LivingProcesses,
  type ProcessIdentity,
  type ProcessLife,
} from "../base/process_identity.ts";

/** A run that a journal records. */
export interface EarlierRun {
  readonly runId: string;
  /** The process of its executor; absent in journals of older versions. */
  readonly executor?: ProcessIdentity;
  /** Whether its end is recorded. */
  readonly hasEnded: boolean;
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

/** Groups runs by whether they go on. */
export function groupByLife(runs: readonly EarlierRun[]): Record<ProcessLife, EarlierRun[]> {
  const living = new LivingProcesses();
  const { alive = [], gone = [], unseen = [] } = Object.groupBy(
    runs,
    (run) => lifeOfRun(run, living),
  );
  return { alive, gone, unseen };
}

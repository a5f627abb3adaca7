/**
 * One attempt at a range, from its command to what came of it.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import { Attempt } from "./attempt.ts";
import type { Clock } from "../base/clock.ts";
import { type GetCommand, resolveCommand } from "./command.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { errorMessage } from "../base/errors.ts";
import type { AttemptEnd, AttemptEvent, AttemptRef } from "../model/events.ts";
import type { Gate } from "./pool.ts";
import {
  type Launcher,
  LaunchError,
  type Placement,
  type WorkerProcess,
} from "../launchers/launcher.ts";
import type { LogDirectory } from "../output/log_directory.ts";
import { isDone, type TerminalStatus } from "../model/statuses.ts";
import type { SpawnBackpressure } from "./start_attempt.ts";
import type { OutputFanout, RangeFanout } from "../output/output_fanout.ts";
import type { DurationMedian } from "./duration_median.ts";
import type { EventBus } from "./event_bus.ts";
import type { OutstandingRange, RangePart } from "../model/ranges.ts";
import { startAttempt, type Started } from "./start_attempt.ts";
import type { StopSwitch } from "./stop/switch.ts";

/** What all ranges of a run share. */
export interface RangeContext {
  readonly config: ResolvedConfig;
  readonly getCommand: GetCommand;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly publisher: EventBus;
  readonly stop: StopSwitch;
  readonly gate: Gate;
  readonly occupancy: SpawnBackpressure;
  readonly pace: DurationMedian;
  /** Whether any worker of the run has said how many items it had done: one that says nothing is at its first, then. */
  readonly speech: { isHeard: boolean };
  readonly logs?: LogDirectory;
  readonly outputs?: OutputFanout;
  /** Makes ranges of parts of one; says what they are. */
  readonly addRanges: (parts: readonly RangePart[]) => readonly OutstandingRange[];
}

/** An attempt that is to be run. */
export interface AttemptPlan {
  readonly ref: AttemptRef;
  /** Items that it is given. */
  readonly size: number;
  /** Whether it goes on at a checkpoint. */
  readonly continues: boolean;
  /** Where its output goes. */
  readonly output?: RangeFanout;
  /** Whether its range may have no other one. */
  readonly isLast: boolean;
}

/** An attempt's end, and what the next one must know. */
export interface AttemptResult {
  readonly end: AttemptEnd;
  /** Whether another one would come to the same. */
  readonly permanent: boolean;
  /** Resolves when no process of it is left. */
  readonly cleaned?: Promise<void>;
}

/** A process that has no place after so many milliseconds is shown to wait for one. */
const PLACING_MS = 2_000;

/** Runs an attempt to its end; never rejects. */
export async function runAttempt(plan: AttemptPlan, context: RangeContext): Promise<AttemptResult> {
  try {
    const started = await start(plan, context);
    if (started === undefined) return notRun("FAILED", "stopped");
    return await supervise(started, { plan, context });
  } catch (error) {
    const permanent = error instanceof LaunchError && error.permanent;
    return notRun("CRASHED", errorMessage(error), permanent);
  }
}

/** Starts the process; nothing when the run is stopped before. */
async function start(
  { ref, continues, output }: AttemptPlan,
  context: RangeContext,
): Promise<Started | undefined> {
  const { getCommand, publisher, stop } = context;
  const { workers, runId, ...state } = publisher.state;
  const worker = workers[ref.worker]!;
  const totalItems = state.isTotalKnown ? state.totalItems : undefined;
  const command = await unlessAborted(
    resolveCommand(getCommand, worker, { runId, totalItems }),
    stop.draining,
  );
  if (command === undefined) return undefined;
  const started = await startAttempt(command, {
    ...context,
    ref,
    begin: () => output?.begin({ worker, continues }),
    signal: stop.draining,
    onDelay: (reason) => publisher.publish({ ...ref, kind: "launch-delayed", reason }),
  });
  if (started === undefined) return undefined;
  tellSpawned(started.process, { ref, argv: [command.command, ...command.args], context });
  return started;
}

/** Publishes that it runs, as soon as it does. */
async function tellSpawned(
  process: WorkerProcess,
  { ref, argv, context }: { ref: AttemptRef; argv: readonly string[]; context: RangeContext },
): Promise<void> {
  const { publisher, clock } = context;
  const tell = ({ pid = process.pid, node, id }: Partial<Placement>) =>
    publisher.publish({ ...ref, kind: "spawned", pid, argv, node, engineId: id });
  if (process.placement === undefined) return tell({});
  const reason = "waits for its place";
  using _timer = clock.after(
    PLACING_MS,
    () => publisher.publish({ ...ref, kind: "launch-delayed", reason }),
  );
  const placement = await process.placement;
  if (placement !== undefined) tell(placement);
}

async function supervise(
  { process, log }: Started,
  { plan: { ref, size, output, isLast }, context }: { plan: AttemptPlan; context: RangeContext },
): Promise<AttemptResult> {
  const { config, clock, occupancy, pace, publisher, speech, stop } = context;
  using _place = occupancy.enter();
  const emit = (event: AttemptEvent) => {
    speech.isHeard ||= event.kind === "progress" && event.share === undefined;
    publisher.publish({ ...ref, ...event });
  };
  const startedAt = clock.now();
  const { wantsUsage } = publisher;
  const killsSlow = config.killSlow && !isLast;
  const options = { size, config, clock, emit, log, output, wantsUsage, pace, killsSlow };
  const attempt = new Attempt(process, options);
  const cleaned = stop.watch(attempt);
  const end = await attempt.ended;
  if (isDone(end.status)) pace.add(clock.now() - startedAt);
  const permanent = end.exit?.kind === "launch-failed" && end.exit.permanent === true;
  return { end, permanent, cleaned };
}

function notRun(status: TerminalStatus, reason: string, permanent = false): AttemptResult {
  return { end: { status, reason, progress: 0 }, permanent };
}

/**
 * Loop of one worker of a run: takes one range after another.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { OutstandingRange, RangePart } from "../model/ranges.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import type { OutputFanout, RangeFanout } from "../output/output_fanout.ts";
import type { ResultsDirectory } from "../output/results.ts";
import type { Admission } from "./admission/admission.ts";
import type { AttemptRunner } from "./attempt_runner.ts";
import type { Cancellations } from "./cancellations.ts";
import type { CreatedFiles } from "./created_files.ts";
import type { EventBus } from "./event_bus.ts";
import type { Gate, Occupied, Pool } from "./pool.ts";
import type { RangeSource } from "./range_source.ts";
import type { StartOrdering } from "./start_order.ts";
import { RangeTask } from "./range_task.ts";
import { replayRange } from "./replay.ts";
import { RetryPolicy } from "./retry_policy.ts";

/** Options of {@linkcode runWorker}. */
export interface WorkerLoopOptions {
  readonly pool: Pool;
  readonly source: RangeSource;
  readonly attempts: AttemptRunner;
  readonly config: ResolvedConfig;
  readonly bus: EventBus;
  readonly outputs: OutputFanout;
  readonly results?: ResultsDirectory;
  readonly clock: Clock;
  readonly gate: Gate;
  /** Says when attempts may start; absent if nothing limits starts. */
  readonly admission?: Admission;
  /** Returns the milliseconds that a range is expected to take; absent if nothing is known. */
  readonly expected?: StartOrdering["expected"];
  /** The files that workers create; absent if they are not known. */
  readonly created?: CreatedFiles;
  readonly cancellations: Cancellations;
  readonly occupied: Occupied;
  /** Called when a range has ended or was given back. */
  readonly onRangeEnded: () => void;
}

/** Runs ranges until there are no more, the worker is not wanted, or the run drains. */
export async function runWorker(worker: number, options: WorkerLoopOptions): Promise<void> {
  const { pool, source, attempts, gate, bus, outputs, results, occupied } = options;
  for (;;) {
    const sent = attempts.nextSent(worker);
    // A resident worker may have begun a range that it was sent. A pause does not hold it back here: a worker that finds
    // nothing left to do ends, so that the run can end, too.
    const isWanted = sent !== undefined || (!gate.draining.aborted && pool.wants(worker));
    if (!isWanted) return;
    const range = sent ?? await source.next(gate.draining);
    if (range === undefined) return;
    // The run may have been paused, drained or given fewer workers while the range was waited for.
    if (sent === undefined && !(await gate.pass() && pool.wants(worker))) {
      source.giveBack([range]);
      // Those who are wanted may have had nothing left to do.
      if (!gate.draining.aborted) pool.wake();
      return;
    }
    if (range.replay === undefined) {
      await runRange(range, worker, options);
      occupied(false);
      continue;
    }
    const { replay: status } = range;
    const done = { ...range, range: range.index, status };
    await replayRange(done, { idle: bus.state.workers[worker]!, outputs, results: results! });
  }
}

async function runRange(
  range: OutstandingRange,
  worker: number,
  options: WorkerLoopOptions,
): Promise<void> {
  const { pool, source, attempts, config, bus, outputs, clock, gate, admission } = options;
  const { cancellations, created, expected, occupied, onRangeEnded } = options;
  const expectedMs = expected?.(range);
  if (created?.skips(range, expectedMs)) return await endSkipped(outputs.range(range.index));
  const isolate = (parts: readonly RangePart[]) => {
    const ranges = source.add(parts);
    // Some workers may have had nothing left to do.
    pool.wake();
    return ranges;
  };
  const takeSent = async () => {
    using _held = attempts.holdAhead(worker);
    for (let next = attempts.nextSent(worker); next; next = attempts.nextSent(worker)) {
      await runRange(next, worker, options);
    }
  };
  using cancellation = cancellations.enter(range);
  // Only workers with a range need a turn: at the end, the others would wait for theirs.
  const start = admission && (async () => {
    const isProcess = !attempts.hasProcess(worker);
    return await admission.turn({ worker, isProcess, cancelled: cancellation.signal });
  });
  if (start !== undefined && !await start()) return;
  await new RangeTask(range, {
    worker,
    cancelled: cancellation.signal,
    onOccupied: (pid) => occupied(true, pid),
    attempts,
    retryPolicy: new RetryPolicy(config, range.attempts),
    keepsCheckpoints: config.retryFrom === "checkpoint",
    isolate: config.isolate ? isolate : undefined,
    output: outputs.range(range.index),
    bus,
    clock,
    gate,
    takeSent,
    start,
    expected: expectedMs,
    onAttemptEnded: () => admission?.end(worker),
    findMissing: created && (() => created.missing(range)),
    onEnded: (status) => created?.warnOfPart(range, status),
  }).run();
  onRangeEnded();
}

/** Ends the output of a range that is skipped: there is none. Other things have their turn then, as many may be skipped. */
async function endSkipped(output: RangeFanout | undefined): Promise<void> {
  await output?.end({ status: "PENDING", cause: { kind: "stopped" }, counts: false });
  output?.published();
  await new Promise<void>((resolve) => void setImmediate(resolve));
}

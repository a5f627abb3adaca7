/**
 * One attempt in order: has it started, supervises it, and returns how it ended.
 *
 * @module
 */
import { linkSignals, onAbort } from "../base/abort.ts";
import { errorMessage } from "../base/errors.ts";
import { freeMemory } from "../base/machine.ts";
import { LaunchError } from "../launchers/launcher.ts";
import type { Cause } from "../model/cause.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { AttemptEnd, AttemptRef } from "../model/events.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import type { OutstandingRange } from "../model/ranges.ts";
import { type AttemptEndStatus, isDone } from "../model/statuses.ts";
import { OutputLostError } from "../output/output_fanout.ts";
import { PatternProtocol } from "../output/protocol/pattern.ts";
import { PatternHint } from "../output/protocol/pattern_hint.ts";
import { Attempt } from "./attempt.ts";
import { type AttemptPlan, AttemptStarter, type AttemptStarterOptions } from "./attempt_starter.ts";
import { CommandError } from "./command.ts";
import { cannotLaunch } from "./conclude_attempt.ts";
import { DurationMedian } from "./duration_median.ts";
import { type MemoryNeed, MemoryRoom } from "./memory_room.ts";
import { ReadAhead, type ReadAheadOptions } from "./resident/read_ahead.ts";
import type { ResidentProcess } from "./resident/resident_process.ts";
import type { Remains } from "./remains.ts";
import { ResidentWorkers } from "./resident/resident_workers.ts";
import type { StartedProcess } from "./process_starter.ts";
import type { Leak } from "./supervised_process.ts";
import type { WatchdogSettings } from "./watchdogs.ts";

const UNMEASURED =
  "the limit of memory has no effect: nothing tells here how much memory workers have";

/** Options of {@linkcode AttemptRunner}. */
export interface AttemptRunnerOptions extends AttemptStarterOptions {
  readonly config:
    & AttemptStarterOptions["config"]
    & Pick<
      ResolvedConfig,
      | "protocol"
      | "strict"
      | "gracePeriod"
      | "timeout"
      | "stallTimeout"
      | "slowAfter"
      | "killSlow"
      | "memory"
      | "retryFrom"
      | "resident"
      | "lifespan"
      | "readyTimeout"
      | "givesUpUnready"
    >;
  /** Whether some output wants what workers print. */
  readonly keepsOutput: boolean;
  /** Called when a range has ended well, with the milliseconds that it took. */
  readonly onDone?: (range: { readonly items: number; readonly elapsed: number }) => void;
  /** How resident workers are sent ranges ahead; absent if they are not. */
  readonly readAhead?: Pick<ReadAheadOptions, "source" | "gate" | "onGivenBack">;
}

/** The end of an attempt, with what the next one depends on. */
export interface AttemptResult {
  readonly end: AttemptEnd;
  /** Whether another attempt would end the same way. */
  readonly permanent: boolean;
  /**
   * Ends what the attempt left in groups and sessions of its own, as its range is tried again; absent if no process was
   * started. Resolves to whether nothing is left.
   */
  readonly endRemains?: () => Promise<boolean>;
}

/** Publishes an event of an attempt. */
type Emit = (event: AttemptEvent) => void;

/** Runs the attempts of a run. Remembers how long they took, and whether any has reported progress. */
export class AttemptRunner implements Disposable {
  readonly #options: AttemptRunnerOptions;
  readonly #starter: AttemptStarter;
  readonly #durations = new DurationMedian();
  /** Absent if the job has a protocol of its own. */
  readonly #hint: PatternHint | undefined;
  #hasReportedProgress = false;
  readonly #residents: ResidentWorkers | undefined;
  readonly #ahead: ReadAhead | undefined;
  /** The range that each process of a resident worker has got last. */
  readonly #served = new WeakMap<ResidentProcess, number>();
  /** What was warned of. */
  readonly #warnings = new Set<string>();
  #hopelessTries: number | undefined;
  readonly #room: MemoryRoom;

  /** Creates a runner for one run. */
  constructor(options: AttemptRunnerOptions) {
    const config = { ...options.config, protocol: this.#watched(options.config.protocol) };
    this.#options = { ...options, config };
    this.#starter = new AttemptStarter(options);
    const { bus, stop, clock, keepsOutput, readAhead } = options;
    this.#room = new MemoryRoom({ clock, free: freeMemory });
    if (config.protocol === undefined) {
      this.#hint = new PatternHint((text) => {
        bus.publish({ kind: "warning", text, isHint: true });
      });
    }
    if (!config.resident) return;
    this.#residents = new ResidentWorkers({
      ...config,
      stop,
      clock,
      keepsOutput,
      warn: (text) => this.#warnOnce("launcher", text),
      warnOfAnswer: (text) => this.#warnOnce("answer", text),
    });
    if (readAhead === undefined) return;
    const counts = () => ({ pending: bus.state.pending, workers: bus.state.numWorkers });
    this.#ahead = new ReadAhead({ ...readAhead, lifespan: config.lifespan, counts });
  }

  /**
   * Whether any attempt of the run has reported how many items it has done. If so, an attempt that reports nothing has
   * failed at its first item. Otherwise, the item at which it failed is unknown.
   */
  get hasReportedProgress(): boolean {
    return this.#hasReportedProgress;
  }

  /** Set if the run is to end, as no resident worker would ever answer: the number of processes that did not. */
  get hopelessTries(): number | undefined {
    return this.#hopelessTries;
  }

  /** Runs an attempt to its end. Never rejects: an attempt that cannot be started is CRASHED. */
  async run(plan: AttemptPlan): Promise<AttemptResult> {
    const emit = this.#emitter(plan.ref);
    // A worker that was sent the range has it, and is ended then.
    const sentTo = this.#sentTo(plan.ref.worker);
    if (plan.cancelled.aborted && sentTo === undefined) return notStarted({ kind: "cancelled" });
    if (plan.memoryNeed === undefined) this.#room.enter();
    else if (!await this.#findRoom(plan.memoryNeed, plan, emit)) return unstarted(plan);
    try {
      if (this.#residents !== undefined) {
        return await this.#runResident(this.#residents, { plan, emit });
      }
      using started = await this.#starter.start(plan, { emit });
      if (started === undefined) return unstarted(plan);
      plan.onStarted(started.process.pid);
      return await this.#supervise(started, { plan, emit });
    } catch (error) {
      sentTo?.supervised.end({ kind: "fault", message: errorMessage(error) });
      // Its answer must not be taken for that of the next range.
      sentTo?.forsake();
      // Whatever keeps it from starting then, a later run tries again.
      if (this.#options.stop.stopping.aborted) return notStarted({ kind: "stopped" });
      return notStarted(causeOf(error), isPermanent(error));
    } finally {
      this.#room.leave(plan.memoryNeed);
    }
  }

  /** Counts an attempt as running, when there is memory for it. Returns false if it need not start any more. */
  async #findRoom(need: MemoryNeed, { cancelled }: AttemptPlan, emit: Emit): Promise<boolean> {
    using ended = linkSignals(this.#options.stop.draining, cancelled);
    const reason = "waits for others to end: it ran out of memory";
    const onWait = () => emit({ kind: "launch-delayed", reason });
    return await this.#room.wait(need, { signal: ended.signal, onWait });
  }

  /** Returns a range that a resident worker was sent, and is to take next. */
  nextSent(worker: number): OutstandingRange | undefined {
    return this.#ahead?.next(worker, this.#residents?.processOf(worker));
  }

  /** Sends a resident worker nothing ahead until the returned object is disposed of. */
  holdAhead(worker: number): Disposable | undefined {
    return this.#ahead?.hold(worker);
  }

  /** Returns the number of the process that an attempt of a worker has, if that is a resident one. */
  processNumber(worker: number): number | undefined {
    return this.#residents?.nextNumber(worker);
  }

  /** Returns whether a worker has a process that takes its next range, as a resident one does. */
  hasProcess(worker: number): boolean {
    return this.#residents?.hasProcess(worker) === true;
  }

  /** Ends what a worker keeps between its ranges, as it gets no more. */
  async finish(worker: number): Promise<void> {
    await this.#residents?.close(worker);
  }

  /** Tells of what resident workers printed and did that concerns no range. No process is left. */
  [Symbol.dispose](): void {
    for (const [how, count] of this.#residents?.lateFailures ?? []) {
      const who = count === 1 ? "a resident worker" : `${count} resident workers`;
      const text = `${who} ${how} after the last answer: no range counts as failed for that`;
      this.#options.bus.publish({ kind: "warning", text });
    }
    const bytes = this.#residents?.unclaimedBytes ?? 0;
    if (bytes === 0) return;
    const text =
      `resident workers printed ${bytes} bytes after their last answers: these belong to no range and are not kept`;
    this.#options.bus.publish({ kind: "warning", text });
  }

  /** Has a resident worker take the range, in a process that runs already if there is one. */
  async #runResident(
    residents: ResidentWorkers,
    { plan, emit }: { plan: AttemptPlan; emit: Emit },
  ): Promise<AttemptResult> {
    const { bus, clock, config } = this.#options;
    const { ref, size, cancelled, mayBeSlow, output } = plan;
    const { startIndex, endIndex, items } = bus.state.workers[ref.worker]!.extraData;
    for (;;) {
      const ready = await residents.open(ref.worker, {
        start: (number) => this.#starter.start(plan, { emit, residentNumber: number }),
        continue: () => {
          const isBegun = this.#sentTo(ref.worker) !== undefined;
          return this.#starter.continue(plan, { emit, isBegun });
        },
        onLeaked: (process, leak) =>
          this.#noteLeak(leak, { range: this.#served.get(process) ?? ref.range, emit }),
      });
      if (ready === undefined) return unstarted(plan);
      const { process, log } = ready;
      this.#served.set(process, ref.range);
      plan.onStarted(process.supervised.process.pid);
      using _cancelling = onAbort(cancelled, () => process.supervised.end({ kind: "cancelled" }));
      const options = {
        size,
        config,
        isStarting: !process.isReady,
        keepsCheckpoints: config.retryFrom === "checkpoint",
        watchdogs: this.#watchdogs({ mayBeSlow }),
        clock,
        emit,
        onUnmeasured: () => this.#warnOnce("memory", UNMEASURED),
        log,
        output,
        onDone: (elapsed: number) => this.#noteDone(size, elapsed),
      };
      const end = await process.take({ startIndex, endIndex, items }, options, {
        onBegun: () => this.#ahead?.fill(ref.worker, process),
      });
      this.#ahead?.settle(ref.worker, process);
      // The process had ended by itself: another one takes the range, which is not charged for that.
      if (end === undefined) continue;
      const endRemains = async () => {
        // A process that answered takes the next attempt, too, or answers the ranges that it has got.
        if (process.mayAnswer) return true;
        await process.ended();
        return await this.#endRemains(process.supervised.endRemains({ emit }), plan);
      };
      const permanent = cannotLaunch(end) || this.#givesUp(ref, end);
      return { end, permanent, endRemains };
    }
  }

  /** Returns whether the run is to end, as no resident worker has ever answered. */
  #givesUp({ worker }: AttemptRef, end: AttemptEnd): boolean {
    const { config, stop } = this.#options;
    if (!config.givesUpUnready || !this.#residents!.isHopeless(worker, end)) return false;
    if (stop.draining.aborted) return false;
    this.#hopelessTries = this.#residents!.tries;
    return true;
  }

  /** Returns the process that a worker's next range was sent to, if it was. */
  #sentTo(worker: number): ResidentProcess | undefined {
    const process = this.#residents?.processOf(worker);
    return process !== undefined && process.unanswered > 0 ? process : undefined;
  }

  async #supervise(
    { process, log, slot }: StartedProcess,
    { plan, emit }: { plan: AttemptPlan; emit: Emit },
  ): Promise<AttemptResult> {
    const { ref, size, output, mayBeSlow, cancelled } = plan;
    const { clock, config, stop } = this.#options;
    const watchdogs = this.#watchdogs({ mayBeSlow });
    const attempt = new Attempt(process, {
      size,
      config,
      keepsCheckpoints: config.retryFrom === "checkpoint",
      watchdogs,
      clock,
      emit,
      onUnmeasured: () => this.#warnOnce("memory", UNMEASURED),
      onLeaked: (leak) => this.#noteLeak(leak, { range: ref.range, emit }),
      warn: (text) => this.#warnOnce("launcher", text),
      hint: this.#hint?.forAttempt(),
      log,
      output,
    });
    const startedAt = clock.now();
    const running = attempt.run();
    const cleaned = stop.watch(attempt).finally(() => slot?.[Symbol.dispose]());
    using _cancelling = onAbort(cancelled, () => attempt.cancel());
    const end = await running;
    if (isDone(end.status)) this.#noteDone(plan.size, clock.now() - startedAt);
    const endRemains = async () => {
      await cleaned;
      return await this.#endRemains(attempt.endRemains(), plan);
    };
    return { end, permanent: cannotLaunch(end), endRemains };
  }

  /** Ends remains. Returns false, and says so, if some of them cannot be ended. */
  async #endRemains(remains: Remains, { ref: { range } }: AttemptPlan): Promise<boolean> {
    const { bus, stop } = this.#options;
    await stop.watch(remains);
    if (!remains.survive || stop.draining.aborted) return true;
    const text =
      `range ${range} is not tried again, as a process of its last attempt cannot be ended and may still run`;
    bus.publish({ kind: "warning", text });
    return false;
  }

  #noteDone(items: number, elapsed: number): void {
    this.#durations.add(elapsed);
    this.#options.onDone?.({ items, elapsed });
  }

  /** Returns what to watch an attempt for. */
  #watchdogs({ mayBeSlow }: { mayBeSlow: boolean }): WatchdogSettings {
    const { bus, config: { timeout, stallTimeout, slowAfter, killSlow, memory } } = this.#options;
    const slowness = slowAfter === undefined
      ? undefined
      : { factor: slowAfter, durations: this.#durations, kills: killSlow && !mayBeSlow };
    return { timeout, stallTimeout, slowness, memory, wantsUsage: bus.wantsUsage };
  }

  /** Publishes that an attempt left processes behind, and warns if they have cut the output of a range. */
  #noteLeak({ forced, cutOutput }: Leak, { range, emit }: { range: number; emit: Emit }): void {
    emit({ kind: "leaked", forced });
    if (!cutOutput) return;
    this.#warnOnce(
      "output",
      `the output of range ${range} may be incomplete: after its worker, another process still held it and was not waited for; let the worker wait for it (sh: wait)`,
    );
  }

  /** Returns what makes the protocol of an attempt, which warns of a pattern that is too slow. */
  #watched(make: AttemptRunnerOptions["config"]["protocol"]) {
    if (make === undefined) return undefined;
    return () => {
      const protocol = make();
      if (protocol instanceof PatternProtocol) {
        protocol.onSlow = (text) => this.#warnOnce("pattern", text);
      }
      return protocol;
    };
  }

  /** Warns of something that each attempt may bring about, the first time. */
  #warnOnce(what: "answer" | "launcher" | "memory" | "output" | "pattern", text: string): void {
    if (this.#warnings.has(what)) return;
    this.#warnings.add(what);
    this.#options.bus.publish({ kind: "warning", text });
  }

  #emitter(ref: AttemptRef): Emit {
    const publish = this.#options.bus.forAttempt(ref);
    return (event) => {
      this.#hasReportedProgress ||= event.kind === "progress" && event.share === undefined;
      publish(event);
    };
  }
}

/** Returns the end of an attempt that was not started, as its range was cancelled or the run stopped. */
function unstarted({ cancelled }: AttemptPlan): AttemptResult {
  return notStarted({ kind: cancelled.aborted ? "cancelled" : "stopped" });
}

function notStarted(cause: Cause, permanent = false): AttemptResult {
  return { end: { status: statusOf(cause), cause, progress: 0 }, permanent };
}

/** Returns the status of an attempt that has no process. */
function statusOf({ kind }: Cause): AttemptEndStatus {
  if (kind === "stopped") return "PENDING";
  return kind === "cancelled" ? "FAILED" : "CRASHED";
}

function causeOf(error: unknown): Cause {
  const message = errorMessage(error);
  if (error instanceof CommandError) return { kind: "command", message };
  if (error instanceof OutputLostError) return { kind: "output-lost", message };
  return { kind: "launch", message, ...(isPermanent(error) && { permanent: true }) };
}

function isPermanent(error: unknown): boolean {
  return (error instanceof LaunchError || error instanceof CommandError) && error.permanent;
}

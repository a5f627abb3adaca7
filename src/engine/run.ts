/**
 * One run of a job: owns its workers, its clock and its stop, and gives each range to a worker.
 *
 * @module
 */
import { type Clock, SuspendableClock } from "../base/clock.ts";
import { ThisMachine } from "../base/machine.ts";
import { isUnnoticed } from "../base/proc.ts";
import { ownIdentity } from "../base/process_identity.ts";
import { findOrphans } from "../journal/earlier_runs.ts";
import type { RangeLayout } from "../journal/range_layout.ts";
import type { Recovery } from "../journal/recovery.ts";
import type { Launcher } from "../launchers/launcher.ts";
import type { Resumed } from "../model/events.ts";
import type { Resplit } from "../model/ranges.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import { chunkSizeOf, describeJob, sourceOf } from "../model/resolve_config.ts";
import { busyWorkers, summarize } from "../model/state.ts";
import { countDone, countFailed } from "../model/statuses.ts";
import type { RunSummary, StopCause } from "../model/types.ts";
import type { LogDirectory } from "../output/log_directory.ts";
import type { OutputFanout } from "../output/output_fanout.ts";
import type { ResultsDirectory } from "../output/results.ts";
import { Admission } from "./admission/admission.ts";
import { policiesOf } from "./admission/policies.ts";
import { AttemptRunner } from "./attempt_runner.ts";
import { Cancellations, type CancelTarget, namedBy } from "./cancellations.ts";
import type { GetCommand } from "./command.ts";
import { CreatedFiles } from "./created_files.ts";
import type { EventBus } from "./event_bus.ts";
import { openGuarded } from "./guarded_launcher.ts";
import type { ItemSpace } from "./item_space.ts";
import { openRanges } from "./open_ranges.ts";
import { Patience } from "./patience.ts";
import { Gate, type Occupied, Pool } from "./pool.ts";
import type { RangeSource } from "./range_source.ts";
import { ProcessStarter } from "./process_starter.ts";
import type { PlannedConfig } from "./slot_plan.ts";
import type { StartOrdering } from "./start_order.ts";
import type { StopRequest } from "./stop/level.ts";
import { Suspension } from "./stop/suspension.ts";
import { StopSwitch } from "./stop/switch.ts";
import { RangeSizer } from "./timed_ranges.ts";
import { runWorker } from "./worker_loop.ts";

/** Everything that a run is given. */
export interface RunSetup {
  readonly runId: string;
  readonly config: PlannedConfig;
  readonly getCommand: GetCommand;
  /** The workers' command as the user wrote it. */
  readonly command?: readonly string[];
  readonly origin?: JobOrigin;
  readonly itemSpace?: ItemSpace;
  /** The order in which ranges start; absent if it is the given one. */
  readonly order?: StartOrdering;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly logs?: LogDirectory;
  /** The results of ranges; {@linkcode RunSetup.outputs} has them, too. */
  readonly results?: ResultsDirectory;
  readonly outputs: OutputFanout;
  /** The results of earlier runs of the job. */
  readonly recovery: Recovery;
  /** The ranges of a job of numbers; absent if the job is made of strings. */
  readonly plan?: { readonly layout: RangeLayout; readonly resplit?: Resplit };
  /** Checks the record of the run before its end, and warns of what is missing. */
  readonly settleRecord?: () => void;
}

/** Time after which outputs that are not written are a warning, in milliseconds. */
const OUTPUT_NOTICE_MS = 10_000;

/** Runs a job once: {@linkcode Run.start}, then {@linkcode Run.finish}. All other methods may be called from then on. */
export class Run {
  readonly #setup: RunSetup;
  readonly #recovery: Recovery;
  readonly #resumed: Resumed | undefined;
  readonly #numWorkers: number;
  readonly #clock: SuspendableClock;
  readonly #stop = new StopSwitch();
  readonly #gate = new Gate(this.#stop.draining);
  readonly #created: CreatedFiles | undefined;
  /** Absent if nothing limits starts. */
  readonly #admission: Admission | undefined;
  readonly #suspension: Suspension;
  /** Waits for the callbacks of the program. */
  readonly patience: Patience;
  readonly #cancellations = new Cancellations();
  #pool: Pool | undefined;
  #wantedWorkers: number | undefined;
  #isOver = false;

  /** Creates a run that has not started. */
  constructor(setup: RunSetup) {
    const { bus, clock: wallClock, config, recovery } = setup;
    this.#setup = setup;
    this.#recovery = recovery;
    this.#resumed = recovery.job && recovery.resumed(config.retryFrom);
    const forReplays = recovery.replays > 0 ? 1 : 0;
    // A list without items needs none, but for them.
    const wanted = Math.max(config.numWorkers, forReplays);
    this.#numWorkers = Math.min(wanted, this.#countOutstanding() + forReplays);
    const clock = this.#clock = new SuspendableClock(wallClock);
    const policies = policiesOf(config, () => new ThisMachine());
    const publish: EventBus["publish"] = (event) => bus.publish(event);
    this.#admission = policies.length === 0 ? undefined : new Admission({
      ...{ policies, clock, wallClock, publish, gate: this.#gate },
    });
    const { creates, gracePeriod } = config;
    this.#created = creates && new CreatedFiles({ creates, publish, earlier: recovery.earlier });
    const stop = this.#stop;
    this.patience = new Patience({ clock, stop, gracePeriod, warn: (text) => this.#warn(text) });
    this.#suspension = new Suspension({ clock, wallClock, stop, bus });
  }

  /** Announces the run to its reporters. */
  start(): void {
    const { runId, bus, command, config, order, origin = {}, results, outputs, plan } = this.#setup;
    const { job, stdin, rangeTime, maxRetries, retryFrom, stallTimeout, gridCols } = config;
    bus.publish({
      kind: "run-started",
      runId,
      name: origin.name,
      executor: ownIdentity(),
      ...describeJob(job),
      ranges: plan?.layout.ranges ?? 0,
      chunkSize: plan === undefined ? chunkSizeOf(job) : plan.layout.chunkSize,
      rangeTime,
      resplit: plan?.resplit,
      numWorkers: this.#numWorkers,
      maxRetries,
      retryFrom,
      stallTimeout,
      command,
      stdin,
      directory: origin.directory,
      sources: origin.sources ?? [sourceOf(job)],
      columns: origin.columns,
      options: origin.options,
      results: results?.path,
      reportsWritten: outputs.reportsWritten || undefined,
      redone: this.#recovery.redone.length > 0 ? this.#recovery.redone : undefined,
      order: order?.name,
      expected: this.#expectedMs(),
      gridCols,
      resumed: this.#resumed,
    });
  }

  /**
   * Works until all ranges have ended or the run is stopped, and closes outputs and reporters. If it rejects, that is a fault
   * of the executor, and they are closed nevertheless.
   */
  async finish(): Promise<RunSummary> {
    const { bus, outputs } = this.#setup;
    using _timeout = this.#startTimeout();
    try {
      await this.#runWorkers();
      await this.#closeOutputs();
    } finally {
      // Has no effect on outputs that are closed.
      outputs.abandon();
      this.#isOver = true;
      this.#setup.settleRecord?.();
      bus.publish({ kind: "run-ended" });
      if (await this.patience.untilCut(bus.close()) === undefined) bus.cutClosing();
    }
    return summarize(bus.state);
  }

  /** Takes a request to stop. Returns whether this process should exit at once. */
  stop(request: StopRequest): boolean {
    const hasChanged = this.#stop.request(request);
    const how = this.#stop.level;
    if (how === "exit") return true;
    // Every signal is published: the process ends by the last one.
    const isPublished = hasChanged || request.cause.kind === "signal";
    // After the work, the process still ends by the signal that it gets; other requests come too late to change anything.
    const isInTime = !this.#isOver || request.cause.kind === "signal";
    if (how !== "none" && isPublished && isInTime) {
      this.#setup.bus.publish({ kind: "run-stopping", how, cause: request.cause });
    }
    return false;
  }

  /** Starts no more ranges, as nobody reads the output. */
  loseReader(): void {
    const { areRangesKnown, pending } = this.#setup.bus.state;
    if (areRangesKnown && pending === 0) return;
    this.stop({ how: "drain", cause: { kind: "readerGone" } });
  }

  /** See {@linkcode Suspension.suspend}. */
  async suspend(): Promise<boolean> {
    return !this.#isOver && await this.#suspension.suspend();
  }

  /** See {@linkcode Suspension.resume}. */
  resume(): void {
    this.#suspension.resume();
  }

  #warn(text: string, more?: { readonly isUnwritten: boolean }): void {
    this.#setup.bus.publish({ kind: "warning", text, ...more });
  }

  /** Returns the number of ranges that are not done, as far as it is known: more workers would have nothing to do. */
  #countOutstanding(): number {
    const { layout } = this.#setup.plan ?? {};
    if (layout === undefined || this.#areRangesCut) return Infinity;
    const done = this.#resumed ? countDone(this.#resumed.counts) : 0;
    return layout.ranges + layout.addedRanges - done;
  }

  /** Whether ranges are cut when a worker takes them, so that there may be more than are known. */
  get #areRangesCut(): boolean {
    return this.#setup.config.rangeTime !== undefined;
  }

  #startTimeout(): Disposable | undefined {
    const { runTimeout } = this.#setup.config;
    if (runTimeout === undefined) return undefined;
    return this.#clock.after(runTimeout, () => {
      this.stop({ how: "stop", cause: { kind: "runTimeout" } });
    });
  }

  /** Runs the pool to its end. No process of the run is left then. */
  async #runWorkers(): Promise<void> {
    const { bus, config, getCommand, logs } = this.#setup;
    const [clock, stop] = [this.#clock, this.#stop];
    const { rangeTime } = config;
    const sizer = rangeTime === undefined ? undefined : new RangeSizer(rangeTime);
    using source = this.#openRanges(sizer);
    await using launcher = await this.#openLauncher();
    using processes = new ProcessStarter({
      launcher: launcher ?? this.#setup.launcher,
      clock,
      logs,
    });
    using attempts = new AttemptRunner({
      config,
      getCommand,
      processes,
      stop,
      clock,
      bus,
      keepsOutput: this.#setup.outputs.hasOutputs,
      onDone: (range) => sizer?.add(range),
      // A range that was sent ahead has started, whatever limits starts, and is not skipped.
      readAhead: this.#admission === undefined && this.#created === undefined
        ? { source, gate: this.#gate, onGivenBack: () => pool.wake() }
        : undefined,
    });
    const pool: Pool = new Pool(
      this.#numWorkers,
      (worker, occupied) => this.#work(worker, { pool, source, attempts, occupied }),
      { isUnnoticed },
    );
    this.#pool = pool;
    // It may have been changed while the launcher was opened.
    if (this.#wantedWorkers !== undefined) this.setWorkers(this.#wantedWorkers);
    try {
      await pool.run();
      await this.patience.untilCut(this.#setup.outputs.endReserved());
    } catch (error) {
      // A fault of the executor itself must not leave processes behind either.
      this.stop({ how: "stop", cause: { kind: "abort" } });
      await pool.settled();
      throw error;
    } finally {
      await stop.cleaned();
    }
  }

  /** Takes one range after another until there are no more or the worker is not wanted. */
  async #work(
    worker: number,
    { pool, source, attempts, occupied }: {
      pool: Pool;
      source: RangeSource;
      attempts: AttemptRunner;
      occupied: Occupied;
    },
  ): Promise<void> {
    await using _finish = { [Symbol.asyncDispose]: () => attempts.finish(worker) };
    const { bus, config, order, outputs, results } = this.#setup;
    await runWorker(worker, {
      ...{ bus, config, outputs, results, created: this.#created },
      expected: order?.expected,
      pool,
      source,
      attempts,
      clock: this.#clock,
      gate: this.#gate,
      admission: this.#admission,
      cancellations: this.#cancellations,
      occupied,
      onRangeEnded: () => this.#haltIfDue(attempts),
    });
  }

  #openRanges(sizer: RangeSizer | undefined): RangeSource {
    const { bus, config, order, origin, itemSpace, outputs, plan, recovery } = this.#setup;
    return openRanges({
      ...{ bus, config, order, origin, itemSpace, recovery, sizer },
      nextRange: plan?.layout.nextRange ?? 0,
      clock: this.#clock,
      // Outputs follow the order in which ranges are taken, whenever these begin.
      onTaken: (range) => outputs.reserve(range),
    });
  }

  /** Returns the milliseconds that the ranges of a job of numbers are expected to take. */
  #expectedMs(): number | undefined {
    const { config: { job, retryFrom }, order, recovery } = this.#setup;
    if (job.kind !== "counted" || order?.expected === undefined) return undefined;
    return recovery.outstanding(retryFrom).map(order.expected).reduce((sum, ms) => sum + ms, 0);
  }

  /** Opens the launcher for this run, if it can be opened, and there is work or something that earlier runs left. */
  async #openLauncher(): Promise<(Launcher & AsyncDisposable) | undefined> {
    const { bus, config: { gracePeriod }, launcher } = this.#setup;
    const { runId } = bus.state;
    const warn = (text: string) => this.#warn(text);
    const { earlierRuns, inFlight } = findOrphans(this.#recovery, warn);
    const left = this.#recovery.left.of(earlierRuns);
    const hasWork = this.#numWorkers > 0;
    if (!hasWork && Object.values(left).every(({ length }) => length === 0)) return;
    const signal = this.#stop.draining;
    const { unfinished } = left;
    const run = { runId, gracePeriod, earlierRuns, unfinished, inFlight, signal, warn };
    const warnOfLeft = (text: string) => this.#warn(text, { isUnwritten: true });
    return await openGuarded(launcher, { run, left, patience: this.patience, warnOfLeft });
  }

  /** Closes the outputs. A reader that takes nothing may want to go on later: it is waited for, with a warning. */
  async #closeOutputs(): Promise<void> {
    using _notice = this.#clock.after(OUTPUT_NOTICE_MS, () => {
      const seconds = OUTPUT_NOTICE_MS / 1000;
      this.#warn(
        `the output is still not written ${seconds} seconds after the work: the run waits for its reader, until it is stopped`,
      );
    });
    if (await this.patience.untilCut(this.#setup.outputs.close()) !== undefined) return;
    const text = "the output had not closed when the run was stopped: the end of it is missing";
    this.#warn(text, { isUnwritten: true });
  }

  /** Pauses new starts, or ends the pause. */
  setPaused(paused: boolean): void {
    const gate = this.#gate;
    if (this.#isOver || gate.isClosed === paused) return;
    paused ? gate.close() : gate.open();
    this.#setup.bus.publish({ kind: paused ? "run-paused" : "run-unpaused" });
  }

  /** Cancels a range that has not ended. */
  cancel(target: CancelTarget): void {
    if (this.#isOver) return;
    this.#setup.bus.publish({ kind: "cancel-requested", ...namedBy(target) });
    this.#cancellations.cancel(target);
  }

  /** Changes the number of workers, at least 1; more than there are ranges for are not started. */
  setWorkers(count: number): void {
    const { bus } = this.#setup;
    const pool = this.#pool;
    if (this.#isOver || this.#stop.level !== "none") return;
    this.#wantedWorkers = count;
    if (pool === undefined) return;
    const { areRangesKnown, pending } = bus.state;
    const takeable = areRangesKnown && !this.#areRangesCut
      ? busyWorkers(bus.state) + pending
      : Infinity;
    const { maxWorkers = Infinity } = this.#setup.config.slots ?? {};
    const limit = Math.min(Math.max(pool.size, takeable), maxWorkers);
    const numWorkers = Math.min(count, limit);
    if (numWorkers === pool.size) return;
    bus.publish({ kind: "pool-resized", numWorkers });
    pool.resize(numWorkers);
  }

  #haltIfDue({ hopelessTries: tries }: AttemptRunner): void {
    const { bus, config: { haltOn } } = this.#setup;
    const failures = countFailed(bus.state.counts);
    const isDue = haltOn !== undefined && failures >= haltOn.failures;
    const cause: StopCause | undefined = tries !== undefined
      ? { kind: "neverReady", tries }
      : isDue
      ? { kind: "halt", failures }
      : undefined;
    if (cause === undefined || this.#stop.level !== "none") return;
    this.stop({ how: haltOn?.how === "kill" ? "stop" : "drain", cause });
  }
}

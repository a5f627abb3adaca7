/**
 * One run of a job: owns its workers, its clock and its stop, and gives each range to a worker.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import { type Clock, SuspendableClock } from "../base/clock.ts";
import { Recovery } from "../journal/recovery.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { openLocalRun } from "../launchers/local/local_launcher.ts";
import { failingLauncher } from "../launchers/spawn_errors.ts";
import type { Resumed } from "../model/events.ts";
import { type OutstandingRange, type RangePart, splitRanges } from "../model/ranges.ts";
import type { ItemSource, JobOrigin } from "../model/job_origin.ts";
import { describeJob, type ResolvedConfig } from "../model/resolve_config.ts";
import { busyWorkers, summarize } from "../model/state.ts";
import { countDone, countFailed } from "../model/statuses.ts";
import type { RunSummary } from "../model/types.ts";
import type { LogDirectory } from "../output/log_directory.ts";
import type { OutputFanout } from "../output/output_fanout.ts";
import { AttemptRunner } from "./attempt_runner.ts";
import type { GetCommand } from "./command.ts";
import type { EventBus } from "./event_bus.ts";
import { ItemRanges } from "./item_ranges.ts";
import { Gate, Pool } from "./pool.ts";
import { KnownRanges, type RangeSource } from "./range_source.ts";
import { RangeTask } from "./range_task.ts";
import { RetryPolicy } from "./retry_policy.ts";
import { ProcessStarter } from "./start_attempt.ts";
import type { StopRequest } from "./stop/level.ts";
import { Suspension } from "./stop/suspension.ts";
import { StopSwitch } from "./stop/switch.ts";

/** Everything that a run is given. */
export interface RunSetup {
  readonly config: ResolvedConfig;
  readonly getCommand: GetCommand;
  /** The workers' command as the user wrote it. */
  readonly command?: readonly string[];
  readonly origin?: JobOrigin;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly logs?: LogDirectory;
  readonly outputs: OutputFanout;
  /** The results of earlier runs of the job. */
  readonly recovery?: Recovery;
}

/** Time after which outputs that are not written are a warning, in milliseconds. */
const OUTPUT_NOTICE_MS = 10_000;

/** Time that outputs and reporters have to close after the run was killed, in milliseconds. */
const KILLED_CLOSE_MS = 1_000;

/** Runs a job once: {@linkcode Run.start}, then {@linkcode Run.finish}. All other methods may be called from then on. */
export class Run {
  readonly #setup: RunSetup;
  readonly #recovery: Recovery;
  readonly #resumed: Resumed | undefined;
  readonly #numWorkers: number;
  readonly #clock: SuspendableClock;
  readonly #stop = new StopSwitch();
  readonly #gate = new Gate(this.#stop.draining);
  readonly #suspension: Suspension;
  #pool: Pool | undefined;
  #wantedWorkers: number | undefined;
  #isOver = false;

  /** Creates a run that has not started. */
  constructor(setup: RunSetup) {
    const { bus, clock: wallClock, config, recovery = new Recovery() } = setup;
    this.#setup = setup;
    this.#recovery = recovery;
    this.#resumed = recovery.job && recovery.resumed(config.retryFrom);
    this.#numWorkers = Math.min(config.numWorkers, this.#countOutstanding());
    const clock = this.#clock = new SuspendableClock(wallClock);
    this.#suspension = new Suspension({ clock, wallClock, stop: this.#stop, bus });
  }

  /** Announces the run to its reporters. */
  start(): void {
    const { bus, command, config, origin = {} } = this.#setup;
    const { job, maxRetries, retryFrom, stallTimeout, gridCols } = config;
    bus.publish({
      kind: "run-started",
      runId: crypto.randomUUID(),
      ...describeJob(job),
      numWorkers: this.#numWorkers,
      maxRetries,
      retryFrom,
      stallTimeout,
      command,
      directory: origin.directory,
      sources: origin.sources ?? [sourceOf(job)],
      options: origin.options,
      gridCols,
      resumed: this.#resumed,
    });
  }

  /** Works until all ranges have ended or the run is stopped, and closes outputs and reporters. */
  async finish(): Promise<RunSummary> {
    const { bus, outputs } = this.#setup;
    using _timeout = this.#startTimeout();
    try {
      await this.#runWorkers();
      await this.#closeOutputs();
    } finally {
      // Has no effect on outputs that are closed.
      outputs.abandon();
    }
    this.#isOver = true;
    bus.publish({ kind: "run-ended" });
    if (!await this.#closesInTime(bus.close())) bus.abandon();
    return summarize(bus.state);
  }

  /** Takes a request to stop. Returns whether this process should exit at once. */
  stop(request: StopRequest): boolean {
    const hasChanged = this.#stop.request(request);
    const how = this.#stop.level;
    if (how === "exit") return true;
    // Every signal is published: the process ends by the last one.
    const isPublished = hasChanged || request.cause.kind === "signal";
    if (how !== "none" && isPublished && !this.#isOver) {
      this.#setup.bus.publish({ kind: "run-stopping", how, cause: request.cause });
    }
    return false;
  }

  /** See {@linkcode Suspension.suspend}. */
  async suspend(): Promise<boolean> {
    return !this.#isOver && await this.#suspension.suspend();
  }

  /** See {@linkcode Suspension.resume}. */
  resume(): void {
    this.#suspension.resume();
  }

  /** Returns the number of ranges that are not done, as far as it is known: more workers would have nothing to do. */
  #countOutstanding(): number {
    const { job } = this.#setup.config;
    if (job.kind !== "counted") return Infinity;
    const done = this.#resumed ? countDone(this.#resumed.counts) : 0;
    return job.ranges + this.#recovery.addedRanges - done;
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
    using source = this.#openRanges();
    await using launcher = await this.#openLauncher();
    const processes = new ProcessStarter({
      launcher: launcher ?? this.#setup.launcher,
      clock,
      logs,
    });
    const attempts = new AttemptRunner({ config, getCommand, processes, stop, clock, bus });
    const pool: Pool = new Pool(
      this.#numWorkers,
      (worker, occupied) => this.#work(worker, { pool, source, attempts, occupied }),
    );
    this.#pool = pool;
    // It may have been changed while the launcher was opened.
    if (this.#wantedWorkers !== undefined) this.setWorkers(this.#wantedWorkers);
    try {
      await pool.run();
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
      occupied: (isOccupied: boolean) => void;
    },
  ): Promise<void> {
    const { bus, config, outputs } = this.#setup;
    const [clock, gate] = [this.#clock, this.#gate];
    const isolate = (parts: readonly RangePart[]) => addRanges(parts, { source, pool });
    while (await gate.pass() && pool.wants(worker)) {
      const range = await source.next(gate.draining);
      if (range === undefined) return;
      await new RangeTask(range, {
        worker,
        onOccupied: () => occupied(true),
        attempts,
        retryPolicy: new RetryPolicy(config, range.attempts),
        keepsCheckpoints: config.retryFrom === "checkpoint",
        isolate: config.isolate ? isolate : undefined,
        output: outputs.range(range.index),
        closesInTime: (closing) => this.#closesInTime(closing),
        bus,
        clock,
        gate,
      }).run();
      occupied(false);
      this.#haltIfDue();
    }
  }

  #openRanges(): RangeSource {
    const { bus, config: { job, retryFrom }, origin } = this.#setup;
    const recovery = this.#recovery;
    if (job.kind === "counted") {
      const ranges = splitRanges(job.totalItems, job.split);
      const outstanding = recovery.outstanding(ranges, retryFrom);
      return new KnownRanges(outstanding, job.ranges + recovery.addedRanges);
    }
    const source = new ItemRanges(job.items, {
      chunkSize: job.chunkSize,
      done: recovery.itemsDone,
      firstRange: recovery.nextRange,
      expected: job.totalItems,
      isRecorded: origin?.sources?.some(({ kind }) => kind === "stdin"),
      clock: this.#clock,
      publish: (event) => bus.publish(event),
    });
    source.start();
    return source;
  }

  /** Opens the launcher for this run, if it can be opened and there is work. */
  async #openLauncher(): Promise<(Launcher & AsyncDisposable) | undefined> {
    const { bus, config: { gracePeriod }, launcher } = this.#setup;
    if (this.#numWorkers === 0) return undefined;
    const { runIds: earlierRuns, inFlight } = this.#recovery;
    const { runId } = bus.state;
    const warn = (text: string) => bus.publish({ kind: "warning", text });
    const signal = this.#stop.draining;
    try {
      const run = { runId, gracePeriod, earlierRuns, inFlight, signal, warn };
      // A wrapper that has no open() may start its workers through a launcher that needs one.
      return await (launcher.open?.(run) ?? openLocalRun(launcher, run));
    } catch (error) {
      return failingLauncher(error);
    }
  }

  /** Closes the outputs. A reader that takes nothing may want to go on later: it is waited for, with a warning. */
  async #closeOutputs(): Promise<void> {
    const { bus, outputs } = this.#setup;
    using _notice = this.#clock.after(OUTPUT_NOTICE_MS, () => {
      const seconds = OUTPUT_NOTICE_MS / 1000;
      bus.publish({
        kind: "warning",
        text:
          `the output is still not written ${seconds} seconds after the work: the run waits for its reader, until it is stopped`,
      });
    });
    await this.#closesInTime(outputs.close());
  }

  /**
   * Waits for outputs or reporters to close. Returns false if the run was stopped and they have not closed within the
   * grace period after that, or within a second after it was killed: their reader may be stuck.
   */
  async #closesInTime(closing: Promise<void>): Promise<boolean> {
    const deadline = new AbortController();
    using stack = new DisposableStack();
    const setDeadline = (signal: AbortSignal, ms: number) => {
      const start = () => void stack.use(this.#clock.after(ms, () => deadline.abort()));
      if (signal.aborted) return start();
      signal.addEventListener("abort", start);
      stack.defer(() => signal.removeEventListener("abort", start));
    };
    setDeadline(this.#stop.killing, KILLED_CLOSE_MS);
    setDeadline(this.#stop.stopping, this.#setup.config.gracePeriod);
    return await unlessAborted(closing.then(() => true), deadline.signal) ?? false;
  }

  /** Pauses new starts, or ends the pause. */
  setPaused(paused: boolean): void {
    const gate = this.#gate;
    if (this.#isOver || gate.isClosed === paused) return;
    paused ? gate.close() : gate.open();
    this.#setup.bus.publish({ kind: paused ? "run-paused" : "run-unpaused" });
  }

  /** Changes the number of workers, at least 1; more than there are ranges for are not started. */
  setWorkers(count: number): void {
    const { bus } = this.#setup;
    const pool = this.#pool;
    if (this.#isOver || this.#stop.level !== "none") return;
    this.#wantedWorkers = count;
    if (pool === undefined) return;
    const { areRangesKnown, pending } = bus.state;
    const takeable = areRangesKnown ? busyWorkers(bus.state) + pending : Infinity;
    const limit = Math.max(pool.size, takeable);
    const numWorkers = Math.min(count, limit);
    if (numWorkers === pool.size) return;
    bus.publish({ kind: "pool-resized", numWorkers });
    pool.resize(numWorkers);
  }

  #haltIfDue(): void {
    const { bus, config: { haltOn } } = this.#setup;
    const failures = countFailed(bus.state.counts);
    if (haltOn === undefined || failures < haltOn.failures || this.#stop.level !== "none") return;
    const how = haltOn.how === "kill" ? "stop" : "drain";
    this.stop({ how, cause: { kind: "halt", failures } });
  }
}

/** Adds ranges to a source, and wakes the workers that had nothing left to do. */
function addRanges(
  parts: readonly RangePart[],
  { source, pool }: { source: RangeSource; pool: Pool },
): readonly OutstandingRange[] {
  const ranges = source.add(parts);
  pool.wake();
  return ranges;
}

/** Returns the source of the items that a config has. */
function sourceOf(job: ResolvedConfig["job"]): ItemSource {
  return job.kind === "counted" ? { kind: "numbers", total: job.totalItems } : { kind: "list" };
}

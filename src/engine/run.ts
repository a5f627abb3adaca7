/**
 * One run of a job: a pool of workers that take ranges until there are none, or until it is stopped.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import type { GetCommand } from "./command.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { describeJob } from "../model/resolve_config.ts";
import type { RunHandle } from "../model/reporter.ts";
import { Gate } from "./pool.ts";
import { Recovery } from "../journal/recovery.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { failingLauncher } from "../launchers/spawn_errors.ts";
import type { LogDirectory } from "../output/log_directory.ts";
import type { RunSummary } from "../model/types.ts";
import { SpawnBackpressure } from "./start_attempt.ts";
import type { OutputFanout } from "../output/output_fanout.ts";
import { Pool } from "./pool.ts";
import type { EventBus } from "./event_bus.ts";
import type { RangeContext } from "./attempt_runner.ts";
import { RangeTask } from "./range_task.ts";
import { DurationMedian } from "./duration_median.ts";
import { openRanges } from "./open_ranges.ts";
import type { RangeSource } from "./range_source.ts";
import type { OutstandingRange, RangePart } from "../model/ranges.ts";
import type { StopRequest } from "./stop/level.ts";
import { StopSwitch } from "./stop/switch.ts";
import { busyWorkers } from "../model/state.ts";
import { summarize } from "../model/state.ts";
import { Suspension } from "./stop/suspension.ts";
import { SuspendableClock } from "../base/clock.ts";

/** What a run is made of. */
export interface RunParts {
  readonly config: ResolvedConfig;
  readonly getCommand: GetCommand;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly publisher: EventBus;
  readonly logs?: LogDirectory;
  readonly outputs?: OutputFanout;
  /** What the workers run, as the person wrote it. */
  readonly command?: readonly string[];
  /** What earlier runs of the job came to. */
  readonly recovery?: Recovery;
}

/** How long reporters may take for the summary after the signal that kills, in milliseconds. */
const KILLED_PATIENCE_MS = 1_000;

/** Runs a job once. It begins when it is made; only {@linkcode Run.stop} may be called before {@linkcode Run.end}. */
export class Run {
  readonly #context: RangeContext & { readonly clock: SuspendableClock };
  readonly #ranges: RangeSource;
  readonly #numWorkers: number;
  readonly #recovery: Recovery;
  readonly #suspension: Suspension;
  #pool: Pool | undefined;
  #isOver = false;

  constructor({ command, recovery = new Recovery(), ...options }: RunParts) {
    const { config: { job, retryFrom, ...config }, publisher } = options;
    const { maxRetries, gridCols, stallTimeout } = config;
    const clock = new SuspendableClock(options.clock);
    const occupancy = new SpawnBackpressure(clock);
    const stop = new StopSwitch();
    const addRanges = (parts: readonly RangePart[]) => this.#addRanges(parts);
    const tools = {
      occupancy,
      stop,
      gate: new Gate(),
      pace: new DurationMedian(),
      speech: { isHeard: false },
    };
    this.#context = { ...options, clock, ...tools, addRanges };
    this.#suspension = new Suspension({ clock, wallClock: options.clock, stop, publisher });
    this.#recovery = recovery;
    const resumed = recovery.job && recovery.resumed(retryFrom);
    const done = resumed ? resumed.counts.SUCCESS + resumed.counts.FINISHED : 0;
    const most = job.kind === "counted" ? job.ranges + recovery.addedRanges - done : Infinity;
    this.#numWorkers = Math.min(config.numWorkers, most);
    publisher.control(this.controls);
    publisher.publish({
      kind: "run-started",
      runId: crypto.randomUUID(),
      ...describeJob(job),
      numWorkers: this.#numWorkers,
      maxRetries,
      retryFrom,
      stallTimeout,
      command,
      gridCols,
      resumed,
    });
    this.#ranges = openRanges(options.config, { recovery, clock, publisher });
  }

  /** What a person may do to it. */
  get controls(): RunHandle {
    return {
      drain: () => void this.stop({ how: "drain", cause: { kind: "request" } }),
      setPaused: (paused) => this.#setPaused(paused),
      setWorkers: (count) => this.#setWorkers(count),
    };
  }

  /** Calls back after a time in which the run was not suspended. */
  after(ms: number, callback: () => void): Disposable {
    return this.#context.clock.after(ms, callback);
  }

  /** Runs the job to its end, whatever that is. */
  async end(): Promise<RunSummary> {
    const { publisher, outputs } = this.#context;
    try {
      using _ranges = this.#ranges;
      await this.#workAll();
      if (outputs !== undefined) await this.#patiently(outputs.close());
    } finally {
      // Of what was closed, nothing is left to let go of.
      outputs?.abandon();
    }
    this.#isOver = true;
    publisher.publish({ kind: "run-ended" });
    if (!await this.#patiently(publisher.close())) publisher.abandon();
    return summarize(publisher.state);
  }

  /** Takes a request to stop; says whether the process is to leave at once. */
  stop(request: StopRequest): boolean {
    const { publisher, stop } = this.#context;
    const changed = stop.request(request);
    const how = stop.level;
    if (how === "exit") return true;
    // A signal is published in any case: it is what the process ends by.
    const isNews = changed || request.cause.kind === "signal";
    if (how !== "none" && isNews && !this.#isOver) {
      publisher.publish({ kind: "run-stopping", how, cause: request.cause });
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

  /** Has all workers work, in what the launcher holds for this run. */
  async #workAll(): Promise<void> {
    const { stop } = this.#context;
    await using launcher = await this.#openLauncher();
    const context = { ...this.#context, launcher: launcher ?? this.#context.launcher };
    const pool = this.#pool = new Pool(this.#numWorkers, (worker) => this.#work(worker, context));
    try {
      await pool.toEnd();
    } catch (error) {
      // A fault of ours leaves no process behind either.
      this.stop({ how: "stop", cause: { kind: "abort" } });
      await pool.settled();
      throw error;
    } finally {
      await stop.cleaned();
    }
  }

  async #openLauncher(): Promise<(Launcher & AsyncDisposable) | undefined> {
    const { config: { gracePeriod }, launcher, publisher, stop } = this.#context;
    if (this.#numWorkers === 0) return undefined;
    const { runIds: earlierRuns, unended: inFlight } = this.#recovery;
    const { runId } = publisher.state;
    const warn = (text: string) => publisher.publish({ kind: "warning", text });
    const signal = stop.draining;
    try {
      return await launcher.open?.({ runId, gracePeriod, earlierRuns, inFlight, signal, warn });
    } catch (error) {
      return failingLauncher(error);
    }
  }

  /** Waits for outputs or reporters, but not for ever for a reader that stands still when somebody wants the end. */
  async #patiently(closing: Promise<void>): Promise<boolean> {
    const { config, clock, stop } = this.#context;
    const patience = new AbortController();
    using stack = new DisposableStack();
    const giveUpAfter = (ms: number, signal: AbortSignal) => {
      const arm = () => void stack.use(clock.after(ms, () => patience.abort()));
      if (signal.aborted) return arm();
      signal.addEventListener("abort", arm);
      stack.defer(() => signal.removeEventListener("abort", arm));
    };
    giveUpAfter(KILLED_PATIENCE_MS, stop.killing);
    giveUpAfter(config.gracePeriod, stop.stopping);
    return await unlessAborted(closing.then(() => true), patience.signal) ?? false;
  }

  async #work(worker: number, context: RangeContext): Promise<void> {
    const { gate, stop } = this.#context;
    for (;;) {
      await gate.pass(stop.draining);
      if (stop.draining.aborted || !this.#pool!.wants(worker)) return;
      const range = await this.#ranges.next(stop.draining);
      if (range === undefined) return;
      await new RangeTask(worker, range, context).run();
      this.#haltIfDue();
    }
  }

  /** Workers that had nothing more to do have something again. */
  #addRanges(parts: readonly RangePart[]): readonly OutstandingRange[] {
    const ranges = this.#ranges.add(parts);
    this.#pool!.resize(this.#pool!.wanted);
    return ranges;
  }

  #setPaused(paused: boolean): void {
    const { gate, publisher } = this.#context;
    if (this.#isOver || gate.isClosed === paused) return;
    paused ? gate.close() : gate.open();
    publisher.publish({ kind: paused ? "run-paused" : "run-unpaused" });
  }

  /** More workers than there are ranges to take would have nothing to do. */
  #setWorkers(count: number): void {
    const { publisher, stop } = this.#context;
    const pool = this.#pool;
    if (this.#isOver || pool === undefined || stop.level !== "none") return;
    const { areRangesKnown, pending } = publisher.state;
    const takeable = areRangesKnown ? busyWorkers(publisher.state) + pending : Infinity;
    const most = Math.max(pool.wanted, takeable);
    const numWorkers = Math.max(1, Math.min(count, most));
    if (numWorkers === pool.wanted) return;
    publisher.publish({ kind: "pool-resized", numWorkers });
    pool.resize(numWorkers);
  }

  #haltIfDue(): void {
    const { config: { haltOn }, publisher, stop } = this.#context;
    const failures = publisher.state.failures.length;
    if (haltOn === undefined || failures < haltOn.failures || stop.level !== "none") return;
    const how = haltOn.how === "kill" ? "stop" : "drain";
    this.stop({ how, cause: { kind: "halt", failures } });
  }
}

/**
 * Supervision of one attempt's process: reads it, ends it if it must be ended, and decides its outcome.
 *
 * @module
 */
import { type Clock, every, sleep, withTimeout } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import { Termination } from "../launchers/termination.ts";
import type { Cause, OutputLostCause, ProcessExit } from "../model/cause.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { AttemptEnd } from "../model/events.ts";
import { decideOutcome, type EndedBy } from "../model/outcome.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { OutputCapture } from "../output/capture.ts";
import type { AttemptLog } from "../output/log_directory.ts";
import type { RangeFanout } from "../output/output_fanout.ts";
import { ProgressTracker } from "../output/progress_tracker.ts";
import type { HintWatch } from "../output/protocol/pattern_hint.ts";
import { WorkerPipes } from "../output/worker_pipes.ts";
import { GuardedProcess } from "./guarded_process.ts";
import { Remains } from "./remains.ts";
import type { Stoppable } from "./stop/switch.ts";
import { startWatchdogs, type WatchdogSettings } from "./watchdogs.ts";

/** Processes of the group that are alive after this number of checks were left behind. */
const LINGER_CHECKS = 4;
/** Time between two of these checks, in milliseconds: 200 ms in all. */
const LINGER_CHECK_MS = 50;
/** Time that the status of a process may take after its end, in milliseconds … */
const STATUS_MS = 10_000;
/** … and if the process was asked to end. */
const ENDED_STATUS_MS = 2_000;

/** Options of {@linkcode Attempt}. */
export interface AttemptOptions {
  /** The number of items that the attempt works on. */
  readonly size: number;
  readonly config: Pick<ResolvedConfig, "protocol" | "strict" | "gracePeriod">;
  /** Whether the items before its last progress are safely done. */
  readonly keepsCheckpoints: boolean;
  readonly watchdogs: WatchdogSettings;
  readonly clock: Clock;
  /** Publishes an event of the attempt. */
  readonly emit: (event: AttemptEvent) => void;
  /** Publishes a problem that comes after the end of the attempt. */
  readonly warn?: (text: string) => void;
  /** Looks at what it prints beside signals. */
  readonly hint?: HintWatch;
  /** Keeps everything that the process prints. */
  readonly log?: AttemptLog;
  /** Takes the output of the process without its signals. */
  readonly output?: RangeFanout;
}

/** Supervises a process that was started. */
export class Attempt implements Stoppable {
  readonly #process: GuardedProcess;
  readonly #options: AttemptOptions;
  readonly #tracker: ProgressTracker;
  readonly #capture: OutputCapture;
  readonly #termination: Termination;
  /** Resolves when the process cannot be ended. */
  readonly #givenUp = Promise.withResolvers<undefined>();
  readonly #cleaned = Promise.withResolvers<void>();
  #exit: ProcessExit | undefined;
  #endedBy: EndedBy | undefined;
  /** The error of the launcher's process, if there was one. */
  #fault: string | undefined;
  /** Whether the run has asked it to end. */
  #isStopped = false;
  #isOver = false;
  #lostOutput: OutputLostCause | undefined;
  /** The node where it runs, if the launcher has several. */
  #node: string | undefined;
  #pipesLeaked = false;
  #hasLeaked = false;

  /** Creates the attempt; {@linkcode Attempt.run} supervises it. */
  constructor(process: WorkerProcess, options: AttemptOptions) {
    const { size, config, clock, emit, hint, log, output } = options;
    this.#process = new GuardedProcess(process, (message) => this.#fail(message));
    this.#options = options;
    this.#tracker = new ProgressTracker({ size, clock, emit, protocol: config.protocol, hint });
    this.#capture = new OutputCapture({ log, output, onLost: (cause) => this.#loseOutput(cause) });
    this.#termination = new Termination(this.#process, { clock, gracePeriod: config.gracePeriod });
  }

  /** Resolves some time after {@linkcode Attempt.run}, when no process of the attempt is left. */
  get cleaned(): Promise<void> {
    return this.#cleaned.promise;
  }

  /** Supervises the process until it has ended. Never rejects: an error of the launcher is the attempt's outcome. */
  async run(): Promise<AttemptEnd> {
    try {
      return await this.#supervise();
    } catch (error) {
      return await this.#concludeFault(error);
    } finally {
      this.#isOver = true;
      this.#clean().catch(() => {}).then(this.#cleaned.resolve);
    }
  }

  /**
   * Ends what the attempt left in groups and sessions of its own, as its range is tried again. Called when
   * {@linkcode Attempt.cleaned} has resolved.
   */
  endRemains(): Remains {
    return new Remains(this.#process, {
      ...this.#options,
      gracePeriod: this.#options.config.gracePeriod,
      isKnown: this.#hasLeaked,
    });
  }

  /** Asks the group to end, and kills it after the grace period. */
  stop(signal: Deno.Signal): void {
    this.#isStopped = true;
    this.#end({ kind: "stopped" }, signal);
  }

  /** Asks the group to end, as the range is cancelled, and kills it after the grace period. */
  cancel(): void {
    this.#end({ kind: "cancelled" }, "SIGTERM");
  }

  /** Kills the group. */
  kill(): void {
    this.#isStopped = true;
    if (this.#exit === undefined) this.#endedBy ??= { kind: "stopped" };
    this.#claim();
    this.#termination.kill();
    this.#giveUpWithTermination();
  }

  /** Suspends the group. A session leader without a terminal ignores SIGTSTP, so this sends SIGSTOP. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Continues the group. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  async #supervise(): Promise<AttemptEnd> {
    const pipes = new WorkerPipes(this.#process, {
      clock: this.#options.clock,
      tracker: this.#tracker,
      capture: this.#capture,
      onFault: () => this.#endFaulty(),
    });
    pipes.start();
    this.#exit = await this.#waitForExit(pipes);
    // The next attempt must not begin before a group that was asked to end is gone.
    await this.#termination.done;
    this.#pipesLeaked = !await pipes.drain();
    // The group may have been asked to end while its pipes were drained.
    await this.#termination.done;
    const killed = this.#exit?.kind === "signaled" || this.#endedBy !== undefined;
    await pipes.end({ killed });
    await this.#capture.end();
    return this.#conclude(this.#exit, pipes.droppedBytes);
  }

  /** Watches the process until it exits. Returns `undefined` if it cannot be ended. */
  async #waitForExit(pipes: WorkerPipes): Promise<ProcessExit | undefined> {
    const { clock, emit, watchdogs } = this.#options;
    const { placement, status } = this.#process;
    using _status = this.#expectStatus(pipes);
    if (placement !== undefined) {
      const placed = placement.then((place) => void (this.#node = place?.node));
      await Promise.race([placed, status, this.#givenUp.promise]);
      this.#tracker.lastSignAt = clock.now();
    }
    using _watchdogs = startWatchdogs(watchdogs, {
      clock,
      emit,
      lastSignAt: () => this.#tracker.lastSignAt,
      usage: this.#process.usage,
      end: (kind) => this.#end({ kind }, "SIGTERM"),
    });
    return await Promise.race([status, this.#givenUp.promise]);
  }

  /** Ends the attempt if its status does not come though nothing of its process is left. */
  #expectStatus(pipes: WorkerPipes): Disposable {
    const stack = new DisposableStack();
    pipes.ended.then(() => {
      if (stack.disposed) return;
      stack.use(every(this.#options.clock, STATUS_MS, () => {
        if (!this.#process.groupIsAlive()) this.#giveUpStatus(STATUS_MS);
      }));
    }, (error) => {
      this.#fail(`the output of the launcher's process cannot be read: ${errorMessage(error)}`);
    });
    return stack;
  }

  #giveUpStatus(ms: number): void {
    this.#fail(
      `status of the launcher's process has not resolved ${ms / 1000} seconds after its end`,
    );
    this.#givenUp.resolve(undefined);
  }

  /** Ends the attempt, as the process that the launcher has made cannot be relied on. */
  #fail(message: string): void {
    if (this.#isOver) return this.#options.warn?.(message);
    if (this.#fault !== undefined) return;
    this.#fault = message;
    this.#end({ kind: "fault", message }, "SIGTERM");
  }

  #end(by: EndedBy, signal: Deno.Signal): void {
    if (this.#exit === undefined) this.#endedBy ??= by;
    this.#claim();
    this.#termination.signal(signal);
    this.#giveUpWithTermination();
  }

  /** Makes all processes of the attempt end, not only those of its group. One that ended by itself may leave others behind. */
  #claim(): void {
    if (this.#exit === undefined) this.#process.claimAll?.();
  }

  #endFaulty(): void {
    const { fault: message } = this.#tracker;
    const isRunning = this.#exit === undefined && this.#endedBy === undefined;
    if (isRunning && message !== undefined) this.#end({ kind: "fault", message }, "SIGTERM");
  }

  #loseOutput(cause: OutputLostCause): void {
    this.#lostOutput ??= cause;
    // An output that takes nothing is not waited for any longer then.
    if (this.#isStopped) this.#endedBy ??= { kind: "stopped" };
    if (this.#exit === undefined) this.#end(cause, "SIGTERM");
  }

  #giveUpWithTermination(): void {
    this.#termination.done?.then(async () => {
      if (this.#termination.gaveUp) return this.#givenUp.resolve(undefined);
      const { status, killPatience = 0 } = this.#process;
      const ms = Math.max(ENDED_STATUS_MS, killPatience);
      const ended = status.then(() => true, () => true);
      if (!await withTimeout(ended, { ms, clock: this.#options.clock })) this.#giveUpStatus(ms);
    });
  }

  #conclude(exit: ProcessExit | undefined, droppedBytes: number): AttemptEnd {
    using tracker = this.#tracker;
    const { progress, share, reported, malformed, anomalies, fault } = tracker;
    const { config, log, size, keepsCheckpoints } = this.#options;
    const outcome = decideOutcome({
      exit,
      reported,
      endedBy: this.#endedBy,
      processFault: this.#fault,
      lostOutput: this.#lostOutput,
      fault,
      node: this.#node,
      incomplete: config.strict && progress < size
        ? { kind: "incomplete", done: progress, total: size }
        : undefined,
      // A share names no items.
      isAllSafe: keepsCheckpoints && share === undefined && progress === size,
    });
    const forcedKills = this.#termination.forced ? 1 : 0;
    const counters = { malformed, anomalies, droppedBytes, forcedKills, ...this.#uncharged(exit) };
    return { ...outcome, reported, exit, progress, share, ...counters, logFile: log?.path };
  }

  /** Returns the counter of an end that the range is not charged for. */
  #uncharged(exit: ProcessExit | undefined): { lost?: number; launchFailures?: number } {
    if (this.#endedBy !== undefined) return {};
    if (exit?.kind === "lost") return { lost: 1 };
    return exit?.kind === "launch-failed" && !exit.permanent ? { launchFailures: 1 } : {};
  }

  async #concludeFault(error: unknown): Promise<AttemptEnd> {
    using tracker = this.#tracker;
    const { log } = this.#options;
    await log?.[Symbol.asyncDispose]();
    const { progress } = tracker;
    if (this.#endedBy?.kind === "stopped") {
      return { status: "PENDING", cause: this.#endedBy, progress, logFile: log?.path };
    }
    const message = this.#fault ?? errorMessage(error);
    const cause: Cause = { kind: "fault", message };
    return { status: "CRASHED", cause, progress, logFile: log?.path };
  }

  /** Ends the processes that are left in the group, though nobody asked the attempt to end. */
  async #clean(): Promise<void> {
    const before = this.#termination.forced;
    const lingered = this.#pipesLeaked || await this.#lingers();
    // A stop of the run may have killed them meanwhile.
    if (!lingered && this.#termination.forced === before) return;
    if (this.#process.groupIsAlive()) this.#termination.signal("SIGTERM");
    await this.#termination.done;
    this.#hasLeaked = true;
    this.#options.emit({ kind: "leaked", forced: !before && this.#termination.forced });
  }

  /** Returns whether processes of the group outlive their leader for longer than an orderly end takes. */
  async #lingers(): Promise<boolean> {
    const { clock } = this.#options;
    for (let check = 0; check < LINGER_CHECKS && this.#process.groupIsAlive(); check++) {
      await sleep(clock, LINGER_CHECK_MS);
    }
    return this.#process.groupIsAlive();
  }
}

/**
 * One process from its start to its outcome.
 *
 * @module
 */
import type { AttemptLog } from "../output/log_directory.ts";
import { type Clock, sleep } from "../base/clock.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { errorMessage } from "../base/errors.ts";
import type { AttemptEnd, AttemptEvent, ProcessExit } from "../model/events.ts";
import { OutputCapture } from "../output/capture.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import { Termination } from "../launchers/termination.ts";
import { decideOutcome, type EndedBy } from "../model/outcome.ts";
import type { RangeFanout } from "../output/output_fanout.ts";
import type { DurationMedian } from "./duration_median.ts";
import { ProgressTracker } from "../output/progress_tracker.ts";
import { startWatchdogs } from "./watchdogs.ts";
import { WorkerPipes } from "../output/worker_pipes.ts";

/** What outlives the leader of its group for so many checks was left behind … */
const LINGER_CHECKS = 4;
/** … that are so far apart: 200 ms in all. */
const LINGER_CHECK_MS = 50;

/** Options of {@linkcode Attempt}. */
export interface AttemptOptions {
  /** Items of its range. */
  size: number;
  config: ResolvedConfig;
  clock: Clock;
  emit: (event: AttemptEvent) => void;
  /** Where all that it prints is kept. */
  log?: AttemptLog;
  /** Where its output goes, without the signals. */
  output?: RangeFanout;
  /** Whether somebody wants to know what it takes of the machine. */
  wantsUsage?: boolean;
  /** How long others take. */
  pace: DurationMedian;
  /** Whether it is ended when it is slow. */
  killsSlow: boolean;
}

/** Supervises one running process. */
export class Attempt {
  /** Resolves with what came of it; never rejects. */
  readonly ended: Promise<AttemptEnd>;
  /** Resolves when no process of it is left. */
  readonly cleaned: Promise<void>;

  readonly #process: WorkerProcess;
  readonly #options: AttemptOptions;
  readonly #transcript: ProgressTracker;
  readonly #termination: Termination;
  readonly #keeping: OutputCapture;
  readonly #givenUp = Promise.withResolvers<undefined>();
  #exit: ProcessExit | undefined;
  #endedBy: EndedBy | undefined;
  #pipesLeaked = false;

  /** Takes a process over that has just been started. */
  constructor(process: WorkerProcess, options: AttemptOptions) {
    const { clock, config } = options;
    this.#process = process;
    this.#options = options;
    this.#transcript = new ProgressTracker({ ...options, protocol: config.protocol });
    this.#termination = new Termination(process, { clock, gracePeriod: config.gracePeriod });
    this.#keeping = new OutputCapture({ ...options, onLost: () => this.#loseOutput() });
    this.ended = this.#supervise().catch((error) => this.#fail(error));
    this.cleaned = this.#clean().catch(() => {});
  }

  /** Asks the group to end, and kills what is left of it after the grace period. */
  stop(signal: Deno.Signal): void {
    this.#end("stopped", signal);
  }

  /** Kills the group. */
  kill(): void {
    if (this.#exit === undefined) this.#endedBy ??= "stopped";
    this.#termination.kill();
    this.#expectEnd();
  }

  /** Makes the group stand still: by SIGSTOP, as a session of its own, without a terminal, ignores SIGTSTP. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Lets the group go on. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  #end(by: EndedBy, signal: Deno.Signal): void {
    if (this.#exit === undefined) this.#endedBy ??= by;
    this.#termination.signal(signal);
    this.#expectEnd();
  }

  #loseOutput(): void {
    if (this.#exit === undefined) this.#end("output lost", "SIGTERM");
    else this.#endedBy ??= "output lost";
  }

  /** Waits no longer for a process that cannot be ended. */
  #expectEnd(): void {
    this.#termination.done?.then(() => {
      if (this.#termination.gaveUp) this.#givenUp.resolve(undefined);
    });
  }

  async #supervise(): Promise<AttemptEnd> {
    const transcript = this.#transcript;
    const pipes = new WorkerPipes(this.#process, {
      clock: this.#options.clock,
      transcript,
      keeping: this.#keeping,
      onFault: () => this.#endAsFaulty(),
    });
    {
      await this.#placed();
      using _watches = startWatchdogs({
        ...this.#options,
        process: this.#process,
        lastSignAt: () => transcript.lastSignAt,
        end: (by) => this.#end(by, "SIGTERM"),
      });
      this.#exit = await Promise.race([this.#process.status, this.#givenUp.promise]);
    }
    // No other attempt begins before all of a group that was told to end is gone.
    await this.#termination.done;
    this.#pipesLeaked = !await pipes.drain();
    // It may have been told to end only while its pipes were drained.
    await this.#termination.done;
    await this.#keeping.end();
    const killed = this.#exit?.kind === "signaled" || this.#endedBy !== undefined;
    await pipes.end({ killed });
    return this.#conclude(this.#exit, pipes.droppedBytes);
  }

  /** What it says cannot be understood any more. */
  #endAsFaulty(): void {
    if (this.#exit === undefined && this.#endedBy === undefined) this.#end("fault", "SIGTERM");
  }

  #conclude(exit: ProcessExit | undefined, droppedBytes: number): AttemptEnd {
    using transcript = this.#transcript;
    const { progress, share, said, malformed, anomalies, fault } = transcript;
    const incomplete = this.#options.config.strict && progress < this.#options.size;
    const outcome = decideOutcome({
      exit,
      reported: said,
      endedBy: this.#endedBy,
      fault,
      incomplete,
    });
    const forcedKills = this.#termination.forced ? 1 : 0;
    const counts = { malformed, anomalies, droppedBytes, forcedKills, ...this.#notCharged(exit) };
    return { ...outcome, exit, progress, share, ...counts, logFile: this.#options.log?.path };
  }

  /** Waits until it runs somewhere, or never will. */
  async #placed(): Promise<void> {
    const { placement, status } = this.#process;
    if (placement === undefined) return;
    await Promise.race([placement, status, this.#givenUp.promise]);
    this.#transcript.lastSignAt = this.#options.clock.now();
  }

  /** Counts what its range is not charged for. */
  #notCharged(exit: ProcessExit | undefined): { lost?: number; launchFailures?: number } {
    if (this.#endedBy !== undefined) return {};
    if (exit?.kind === "lost") return { lost: 1 };
    return exit?.kind === "launch-failed" && !exit.permanent ? { launchFailures: 1 } : {};
  }

  /** What a launcher of somebody's own got wrong is no reason for the run to end. */
  #fail(error: unknown): AttemptEnd {
    using transcript = this.#transcript;
    const { log } = this.#options;
    log?.[Symbol.asyncDispose]();
    const { progress } = transcript;
    return { status: "CRASHED", reason: errorMessage(error), progress, logFile: log?.path };
  }

  /** Ends what the process left behind in its group, though nobody told it to end. */
  async #clean(): Promise<void> {
    await this.ended;
    const before = this.#termination.forced;
    const lingered = this.#pipesLeaked || await this.#lingers();
    // What lingered may have been killed meanwhile.
    if (!lingered && this.#termination.forced === before) return;
    if (this.#process.groupIsAlive()) this.#termination.signal("SIGTERM");
    await this.#termination.done;
    this.#options.emit({ kind: "leaked", forced: !before && this.#termination.forced });
  }

  /** Whether processes of the group outlive their leader by more than what it takes to end in order. */
  async #lingers(): Promise<boolean> {
    const { clock } = this.#options;
    for (let check = 0; check < LINGER_CHECKS && this.#process.groupIsAlive(); check++) {
      await sleep(clock, LINGER_CHECK_MS);
    }
    return this.#process.groupIsAlive();
  }
}

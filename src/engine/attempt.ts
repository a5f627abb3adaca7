/**
 * One attempt with a process of its own: reads what it reports, and decides its outcome.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { AttemptEnd } from "../model/events.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { OutputCapture } from "../output/capture.ts";
import type { AttemptLog } from "../output/log_directory.ts";
import type { RangeFanout } from "../output/output_fanout.ts";
import { ProgressTracker } from "../output/progress_tracker.ts";
import type { HintWatch } from "../output/protocol/pattern_hint.ts";
import { concludeAttempt, concludeFault } from "./conclude_attempt.ts";
import type { Remains } from "./remains.ts";
import type { Stoppable } from "./stop/switch.ts";
import { SupervisedProcess, type SupervisedProcessOptions } from "./supervised_process.ts";
import { startWatchdogs, type WatchdogSettings, type WatchedAttempt } from "./watchdogs.ts";

/** With a shorter stallTimeout, output is read as it comes: a rest would make a sign of life late, in milliseconds. */
const MIN_REST_STALL_MS = 5_000;

/** Options of {@linkcode Attempt}. */
export interface AttemptOptions {
  /** The number of items that the attempt works on. */
  readonly size: number;
  readonly config: Pick<ResolvedConfig, "protocol" | "strict" | "gracePeriod" | "memory">;
  /** Whether the items before its last progress are safely done. */
  readonly keepsCheckpoints: boolean;
  readonly watchdogs: WatchdogSettings;
  readonly clock: Clock;
  /** Publishes an event of the attempt. */
  readonly emit: (event: AttemptEvent) => void;
  /** See {@linkcode SupervisedProcessOptions.onLeaked}. */
  readonly onLeaked: SupervisedProcessOptions["onLeaked"];
  /** Publishes a problem that comes after the end of the attempt. */
  readonly warn?: (text: string) => void;
  /** See {@linkcode WatchedAttempt.onUnmeasured}. */
  readonly onUnmeasured?: WatchedAttempt["onUnmeasured"];
  /** Looks at what it prints beside signals. */
  readonly hint?: HintWatch;
  /** Keeps everything that the process prints. */
  readonly log?: AttemptLog;
  /** Takes the output of the process without its signals. */
  readonly output?: RangeFanout;
}

/** An attempt whose process was started. */
export class Attempt implements Stoppable {
  readonly #options: AttemptOptions;
  readonly #tracker: ProgressTracker;
  readonly #capture: OutputCapture;
  readonly #process: SupervisedProcess;
  #watchdogs: Disposable | undefined;

  /** Creates the attempt; {@linkcode Attempt.run} supervises its process. */
  constructor(process: WorkerProcess, options: AttemptOptions) {
    const { size, config, clock, emit, hint, warn, log, output, watchdogs } = options;
    this.#options = options;
    this.#tracker = new ProgressTracker({ size, clock, emit, protocol: config.protocol, hint });
    this.#capture = new OutputCapture({
      log,
      output,
      onLost: (cause) => this.#process.loseOutput(cause),
    });
    this.#process = new SupervisedProcess(process, {
      clock,
      gracePeriod: config.gracePeriod,
      tracker: this.#tracker,
      capture: this.#capture,
      mayRest: (watchdogs.stallTimeout ?? Infinity) >= MIN_REST_STALL_MS,
      onPlaced: () => this.#watch(),
      onExit: () => this.#watchdogs?.[Symbol.dispose](),
      onLeaked: options.onLeaked,
      warn,
    });
  }

  /** See {@linkcode SupervisedProcess.cleaned}. */
  get cleaned(): Promise<void> {
    return this.#process.cleaned;
  }

  /** Supervises the process until it has ended. Never rejects: an error of the launcher is the attempt's outcome. */
  async run(): Promise<AttemptEnd> {
    const attempt = {
      tracker: this.#tracker,
      capture: this.#capture,
      process: this.#process,
      options: this.#options,
    };
    try {
      const { exit, droppedBytes } = await this.#process.run();
      const { lostOutput, process } = this.#process;
      const usage = process.used();
      return await concludeAttempt(attempt, { exit, droppedBytes, lostOutput, usage });
    } catch (error) {
      this.#watchdogs?.[Symbol.dispose]();
      return await concludeFault(attempt, error);
    }
  }

  /** See {@linkcode SupervisedProcess.endRemains}. */
  endRemains(): Remains {
    return this.#process.endRemains(this.#options);
  }

  /** See {@linkcode SupervisedProcess.stop}. */
  stop(signal: Deno.Signal): void {
    this.#process.stop(signal);
  }

  /** Asks the group to end, as the range is cancelled, and kills it after the grace period. */
  cancel(): void {
    this.#process.end({ kind: "cancelled" });
  }

  /** See {@linkcode SupervisedProcess.kill}. */
  kill(): void {
    this.#process.kill();
  }

  /** See {@linkcode SupervisedProcess.suspend}. */
  suspend(): void {
    this.#process.suspend();
  }

  /** See {@linkcode SupervisedProcess.resume}. */
  resume(): void {
    this.#process.resume();
  }

  /** Watches the process from now on, as it runs. */
  #watch(): void {
    const { clock, emit, watchdogs } = this.#options;
    this.#tracker.lastSignAt = clock.now();
    this.#watchdogs = startWatchdogs(watchdogs, {
      clock,
      emit,
      lastSignAt: () => this.#tracker.lastSignAt,
      usage: this.#process.process.usage,
      end: (by) => this.#process.end(by),
      onUnmeasured: this.#options.onUnmeasured,
    });
  }
}

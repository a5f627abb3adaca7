/**
 * One attempt at a range by a resident worker: from its order to its answer, or to the end of the process.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import type { CauseOf, ProcessExit } from "../../model/cause.ts";
import type { AttemptEvent } from "../../model/event_body.ts";
import type { AttemptEnd } from "../../model/events.ts";
import type { ResolvedConfig } from "../../model/resolve_config.ts";
import { isDone, type TerminalStatus } from "../../model/statuses.ts";
import type { ResourceUse } from "../../model/types.ts";
import { OutputCapture } from "../../output/capture.ts";
import type { AttemptLog } from "../../output/log_directory.ts";
import type { RangeFanout } from "../../output/output_fanout.ts";
import { ProgressTracker } from "../../output/progress_tracker.ts";
import { concludeAttempt, concludeFault, type EndedAttempt } from "../conclude_attempt.ts";
import type { SupervisedProcess } from "../supervised_process.ts";
import { startWatchdogs, type WatchdogSettings, type WatchedAttempt } from "../watchdogs.ts";

/** Options of {@linkcode Exchange}. */
export interface ExchangeOptions {
  /** The number of items in the range. */
  readonly size: number;
  readonly config: Pick<ResolvedConfig, "protocol" | "strict" | "memory">;
  /** Whether the items before its last progress are safely done. */
  readonly keepsCheckpoints: boolean;
  readonly watchdogs: WatchdogSettings;
  readonly clock: Clock;
  /** Whether the process has not answered yet. Its first answer is an event: from then on, it is ready. */
  readonly isStarting?: boolean;
  /** See {@linkcode WatchedAttempt.onUnmeasured}. */
  readonly onUnmeasured?: WatchedAttempt["onUnmeasured"];
  /** Publishes an event of the attempt. */
  readonly emit: (event: AttemptEvent) => void;
  /** Keeps everything that the process prints. */
  readonly log?: AttemptLog;
  /** Takes the output of the process without its signals. */
  readonly output?: RangeFanout;
  /** Called at its end with the time since its clock started, in milliseconds, if it ended well. */
  readonly onDone?: (elapsed: number) => void;
}

/** An attempt at a range whose order is sent to a process. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #process: SupervisedProcess;
  readonly #settled = Promise.withResolvers<void>();
  /** Reads what the worker says about the range. */
  readonly tracker: ProgressTracker;
  /** Keeps what it prints. */
  readonly capture: OutputCapture;
  /** The terminal status that the worker has answered. */
  answer: TerminalStatus | undefined;
  #watchdogs: Disposable | undefined;
  #begunAt: number | undefined;
  #settledAt: number | undefined;
  #lostOutput: CauseOf<"output-lost"> | undefined;
  #usage: ResourceUse | undefined;

  /** Creates the attempt; its clock starts with {@linkcode Exchange.begin}. */
  constructor(process: SupervisedProcess, options: ExchangeOptions) {
    const { size, clock, emit, config, log, output } = options;
    this.#options = options;
    this.#process = process;
    this.tracker = new ProgressTracker({ size, clock, emit, protocol: config.protocol });
    const onLost = (cause: CauseOf<"output-lost">) => void (this.#lostOutput ??= cause);
    this.capture = new OutputCapture({ log, output, onLost });
  }

  /** Resolves when the worker has answered and what it printed is kept, or the process is over. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Starts its clock, or starts it again. */
  begin(): void {
    const { clock, emit, watchdogs, isStarting = false } = this.#options;
    if (isStarting && this.#begunAt === undefined) emit({ kind: "status", status: "RUNNING" });
    this.#watchdogs?.[Symbol.dispose]();
    this.#begunAt = this.tracker.lastSignAt = clock.now();
    this.#process.process.markUse();
    this.#watchdogs = startWatchdogs(watchdogs, {
      clock,
      emit,
      lastSignAt: () => this.tracker.lastSignAt,
      usage: this.#process.process.usage,
      end: (by) => this.#process.end(by),
      onUnmeasured: this.#options.onUnmeasured,
    });
  }

  /** Ends its clock: the worker has answered, or the process is over. */
  settle(): void {
    this.#watchdogs?.[Symbol.dispose]();
    if (this.#settledAt === undefined) {
      this.#settledAt = this.#options.clock.now();
      this.#usage = this.#readUsage();
    }
    this.#settled.resolve();
  }

  /** The time from its beginning to its answer, in milliseconds; undefined if its clock never started. */
  get elapsed(): number | undefined {
    return this.#begunAt === undefined ? undefined : this.#settledAt! - this.#begunAt;
  }

  /** Leaves no trace of it, as the process never got the order. */
  async discard(): Promise<void> {
    this.#watchdogs?.[Symbol.dispose]();
    this.tracker[Symbol.dispose]();
    await this.capture.end();
    await this.#options.output?.release();
  }

  /**
   * Returns how it ended. `exit` is the end of the process, if that came before an answer; `notReady` says that the process never
   * answered at all, and why.
   */
  async conclude(
    { exit, notReady, droppedBytes }: {
      exit?: ProcessExit;
      notReady?: string;
      droppedBytes?: number;
    } = {},
  ): Promise<AttemptEnd> {
    const { answer } = this;
    const end = await concludeAttempt(this.#ended, {
      exit,
      answer,
      isUnanswered: answer === undefined,
      droppedBytes,
      lostOutput: this.#lostOutput,
      usage: this.#usage,
    });
    const { elapsed } = this;
    if (isDone(end.status) && elapsed !== undefined) this.#options.onDone?.(elapsed);
    if (notReady === undefined || end.status === "PENDING" || end.cause?.kind === "cancelled") {
      return end;
    }
    const cause = { kind: "launch", message: notReady } as const;
    return { ...end, status: "CRASHED", cause, launchFailures: 1 };
  }

  /**
   * Returns what the process has used since the attempt began, or since its own start if it has not said when it was ready. What it
   * does for the next range is not part of that.
   */
  #readUsage(): ResourceUse | undefined {
    const { process } = this.#process;
    // A launcher that does not know when a range begins would tell of all ranges.
    return process.marksUse ? process.used() : undefined;
  }

  /** Returns how it ended, as the launcher of the process has failed with an error. */
  async concludeFault(error: unknown): Promise<AttemptEnd> {
    return await concludeFault(this.#ended, error);
  }

  get #ended(): EndedAttempt {
    const { tracker, capture } = this;
    return { tracker, capture, process: this.#process, options: this.#options };
  }
}

/**
 * One process of a resident worker, which is sent one range after another.
 *
 * @module
 */
import { type Clock, sleep, withTimeout } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import type { WorkerProcess } from "../../launchers/launcher.ts";
import type { AttemptEnd } from "../../model/events.ts";
import type { OutputStream } from "../../model/protocol.ts";
import { isFailed, isTerminal, type TerminalStatus } from "../../model/statuses.ts";
import type { KeptBytes } from "../../output/kept_bytes.ts";
import {
  type Answer,
  encodeOrder,
  parseAnswer,
  type RangeOrder,
  splitAtAnswers,
} from "../../output/protocol/resident.ts";
import type { Turns } from "../../output/stream_reader.ts";
import { type SupervisedEnd, SupervisedProcess } from "../supervised_process.ts";
import { Exchange, type ExchangeOptions } from "./exchange.ts";

/** What a worker does not do that ends well, or waits, without an answer. */
const DUTY = "it must take ranges from its stdin";
/** Time that a process whose stdin is closed may take to exit before that counts as a fault, in milliseconds. */
const CLOSED_STDIN_MS = 2_000;

/** Time after a failure in which stderr is still read as that of its range, in milliseconds. */
const STDERR_MS = 10;

/** Options of {@linkcode ResidentProcess}. */
export interface ResidentProcessOptions {
  readonly clock: Clock;
  readonly gracePeriod: number;
  /** Milliseconds until the first answer. */
  readonly readyTimeout: number;
  /** Whether some output wants what the process prints. */
  readonly keepsOutput: boolean;
  readonly onLeaked: (forced: boolean) => void;
  readonly warn: (text: string) => void;
}

/** A process that takes ranges until it ends. */
export class ResidentProcess {
  readonly #options: ResidentProcessOptions;
  readonly #supervised: SupervisedProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #current: Exchange | undefined;
  #currentId = 0;
  /** The attempt whose order could not be sent. */
  #undelivered: Exchange | undefined;
  /** Resolves when there is a range for what is read next, or the process is over. */
  #turn = Promise.withResolvers<void>();
  /** Aborted when nothing waits for another range: the process has exited, or is asked to. */
  readonly #released = new AbortController();
  #isReady = false;
  /** Whether a turn is being ended. */
  #isEnding = false;
  #ranges = 0;
  #end: SupervisedEnd | undefined;
  /** The error of the launcher's process, if it has one. */
  #error: unknown;
  readonly #over: Promise<void>;

  /** Takes over a process that was started with a pipe as its stdin. */
  constructor(process: WorkerProcess, options: ResidentProcessOptions) {
    this.#options = options;
    const { clock, gracePeriod, onLeaked, warn } = options;
    this.#input = process.stdin!.getWriter();
    // Whoever writes learns of an error.
    this.#input.closed.catch(() => {});
    this.#supervised = new SupervisedProcess(process, {
      clock,
      gracePeriod,
      tracker: this.#tracker(),
      capture: this.#capture(),
      turns: { stdout: this.#turns("stdout"), stderr: this.#turns("stderr") },
      onExit: () => this.#release(),
      onLeaked,
      warn,
    });
    this.#over = this.#supervise();
  }

  /** What ends the process. */
  get supervised(): SupervisedProcess {
    return this.#supervised;
  }

  /** Whether it can be sent another range. */
  get isAlive(): boolean {
    return !this.#isReleased && this.#supervised.endedBy === undefined;
  }

  /** Whether it has ever answered. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The number of ranges that it has answered. */
  get ranges(): number {
    return this.#ranges;
  }

  /** Sends it a range, and resolves when that has ended; to undefined if the process had ended before it could get the range. */
  async take(
    order: Omit<RangeOrder, "id">,
    options: ExchangeOptions,
  ): Promise<AttemptEnd | undefined> {
    const exchange = new Exchange(this.#supervised, options);
    this.#current = exchange;
    this.#turn.resolve();
    if (this.#isReleased) this.#refuse(exchange);
    else this.#send(encodeOrder({ ...order, id: ++this.#currentId }), exchange);
    if (this.#isReady) exchange.begin();
    using _ready = this.#isReady ? undefined : this.#expectAnswer();
    await exchange.settled;
    if (this.#hasLeftBefore(exchange)) {
      await exchange.discard();
      return undefined;
    }
    if (exchange.answer === undefined) return await this.#concludeUnanswered(exchange);
    this.#ranges++;
    return await exchange.conclude();
  }

  /** Asks it to exit by the end of its input, then by SIGTERM. Resolves when it has. */
  async close(): Promise<void> {
    const { clock, gracePeriod } = this.#options;
    // A worker that does not read its input keeps this from ending.
    this.#input.close().catch(() => {});
    this.#release();
    const over = this.#over.then(() => true);
    if (!await withTimeout(over, { ms: gracePeriod, clock })) {
      this.#supervised.end({ kind: "stopped" });
    }
    await this.#over;
    await this.#supervised.cleaned;
  }

  get #isReleased(): boolean {
    return this.#released.signal.aborted;
  }

  async #supervise(): Promise<void> {
    try {
      this.#end = await this.#supervised.run();
    } catch (error) {
      this.#error = error;
    }
    this.#release();
    this.#input.abort().catch(() => {});
    this.#current?.settle();
  }

  async #concludeUnanswered(exchange: Exchange): Promise<AttemptEnd> {
    await this.#over;
    const { exit, droppedBytes } = this.#end ?? {};
    if (this.#end === undefined && this.#supervised.fault === undefined) {
      const message = errorMessage(this.#error);
      exchange.tracker[Symbol.dispose]();
      return { status: "CRASHED", cause: { kind: "fault", message }, progress: 0 };
    }
    return await exchange.conclude({ exit, droppedBytes, notReady: this.#notReady() });
  }

  /** Says why it has never answered, if that is so. */
  #notReady(): string | undefined {
    if (this.#isReady) return undefined;
    const { endedBy } = this.#supervised;
    if (endedBy !== undefined && endedBy.kind !== "timeout") return undefined;
    if (endedBy !== undefined) {
      const seconds = this.#options.readyTimeout / 1000;
      return `the resident worker gave no answer in ${seconds} s: ${DUTY}`;
    }
    const { exit } = this.#end ?? {};
    const how = exit?.kind === "exited"
      ? `with exit code ${exit.code}`
      : exit?.kind === "signaled"
      ? `by ${exit.signal}`
      : "without an exit code";
    const isDone = exit?.kind === "exited" && exit.code === 0;
    return `the resident worker ended ${how} before its first answer${isDone ? `: ${DUTY}` : ""}`;
  }

  #expectAnswer(): Disposable {
    const { clock, readyTimeout } = this.#options;
    return clock.after(readyTimeout, () => {
      if (!this.#isReady) this.#supervised.end({ kind: "timeout" });
    });
  }

  /** Returns whether the process has ended by itself, after another range, before it could get the order. */
  #hasLeftBefore(exchange: Exchange): boolean {
    const isUndelivered = this.#undelivered === exchange && exchange.answer === undefined;
    return isUndelivered && this.#ranges > 0 && this.#supervised.endedBy === undefined;
  }

  /** Notes that an order came too late: the process has ended since it was asked whether it is alive. */
  #refuse(exchange: Exchange): void {
    this.#undelivered = exchange;
    exchange.settle();
  }

  /** Sends bytes. Reading never waits for that. */
  async #send(bytes: Uint8Array, exchange: Exchange): Promise<void> {
    try {
      await this.#input.write(bytes);
    } catch {
      this.#undelivered = exchange;
      await sleep(this.#options.clock, CLOSED_STDIN_MS, this.#released.signal);
      if (this.#isReleased || this.#current !== exchange) return;
      this.#undelivered = undefined;
      this.#supervised.end({ kind: "fault", message: "the resident worker has closed its stdin" });
    }
  }

  /** Lets what is still to be read pass. */
  #release(): void {
    this.#released.abort();
    this.#turn.resolve();
  }

  #takeAnswer({ status, id }: Answer): void {
    const exchange = this.#current;
    if (exchange === undefined) return;
    if (id !== this.#currentId || exchange.answer !== undefined) {
      exchange.tracker.anomalies++;
      return;
    }
    const wasReady = this.#isReady;
    this.#isReady = true;
    if (isTerminal(status)) exchange.answer = status as TerminalStatus;
    else if (status === "RUNNING" || !wasReady) exchange.begin();
  }

  /** Notes a signal: the worker is at work. */
  #noteSignal(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#current?.begin();
  }

  /** Makes the tracker that passes everything on to that of the current range. */
  #tracker(): ConstructorParameters<typeof SupervisedProcess>[1]["tracker"] {
    const current = () => this.#current?.tracker;
    return {
      get fault() {
        return current()?.fault;
      },
      get readsProgress() {
        return current()?.readsProgress ?? false;
      },
      bytesArrived: () => current()?.bytesArrived(),
      takeProgress: (done, text) => {
        this.#noteSignal();
        current()?.takeProgress(done, text);
      },
      signal: (text, stream) => {
        const answer = stream === "stdout" ? parseAnswer(text) : undefined;
        if (answer === undefined) {
          const isSignal = current()?.signal(text, stream) ?? false;
          if (isSignal) this.#noteSignal();
          return isSignal;
        }
        this.#takeAnswer(answer);
        return true;
      },
      log: (text) => current()?.log(text),
    };
  }

  /** Makes the capture that passes everything on to that of the current range. */
  #capture(): ConstructorParameters<typeof SupervisedProcess>[1]["capture"] {
    const current = () => this.#current?.capture;
    const kept = (stream: OutputStream): KeptBytes => ({
      write: (bytes) => current()?.kept(stream)?.write(bytes),
      overwrite: (newline) => current()?.kept(stream)?.overwrite(newline),
    });
    const { keepsOutput } = this.#options;
    return {
      get isBusy() {
        return current()?.isBusy ?? false;
      },
      log: (bytes) => current()?.log(bytes),
      kept: (stream) => keepsOutput ? kept(stream) : undefined,
    };
  }

  /** Makes a stream wait for the next range when the worker has answered; only stdout shows where a range ends. */
  #turns(stream: OutputStream): Turns {
    return {
      split: stream === "stdout" ? splitAtAnswers : (chunk) => [chunk],
      begin: () => {
        const isPast = this.#current === undefined ||
          stream === "stdout" && this.#current.answer !== undefined;
        return isPast && !this.#isReleased ? this.#turn.promise : undefined;
      },
      end: () => {
        const exchange = this.#current;
        if (stream === "stdout" && exchange?.answer !== undefined) this.#endTurn(exchange);
      },
    };
  }

  /** Ends the turn of a range that is answered. */
  async #endTurn(exchange: Exchange): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    // The reasons for a failure are on stderr, which is another pipe: what was written before the answer may be read after it.
    if (isFailed(exchange.answer!)) await sleep(this.#options.clock, STDERR_MS);
    this.#isEnding = false;
    this.#current = undefined;
    if (!this.#isReleased) this.#turn = Promise.withResolvers();
    exchange.settle();
  }
}

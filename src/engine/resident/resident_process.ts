/**
 * One process of a resident worker, which is sent one range after another.
 *
 * @module
 */
import { type Clock, sleep, withTimeout } from "../../base/clock.ts";
import type { WorkerProcess } from "../../launchers/launcher.ts";
import type { AttemptEnd } from "../../model/events.ts";
import { isTerminal, type TerminalStatus } from "../../model/statuses.ts";
import { type Answer, encodeOrders, type RangeOrder } from "../../output/protocol/resident.ts";
import { type Leak, type SupervisedEnd, SupervisedProcess } from "../supervised_process.ts";
import { Exchange, type ExchangeOptions } from "./exchange.ts";
import { RangeTurns } from "./range_turns.ts";
import { whyUnready } from "./unready.ts";
import { WrongAnswers } from "./wrong_answers.ts";

/** Time that a process may take to exit before it counts as a fault that its stdin or stdout is closed, in milliseconds. */
const CLOSED_PIPE_MS = 2_000;
/** Weight of the last answer in the mean time of answers. */
const WEIGHT = 0.2;

/** A range as a process is asked to take it. */
export type Order = Omit<RangeOrder, "id">;

/** An order that was sent, and is not answered. */
interface SentOrder {
  readonly id: number;
  /** The first item of the range. */
  readonly startIndex: number;
  /** Whether the process has got the order: it is written, or was answered. It has not if stdin was closed before. */
  delivery: "sent" | "delivered" | "failed";
}

/** Options of {@linkcode ResidentProcess}. */
export interface ResidentProcessOptions {
  readonly clock: Clock;
  readonly gracePeriod: number;
  /** Milliseconds until the first answer. */
  readonly readyTimeout: number;
  /** Whether some output wants what the process prints. */
  readonly keepsOutput: boolean;
  readonly onLeaked: (leak: Leak) => void;
  readonly warn: (text: string) => void;
  /** Publishes that a worker has printed an answer which ends no range. */
  readonly warnOfAnswer: (text: string) => void;
}

/** A process that takes ranges until it ends. */
export class ResidentProcess {
  readonly #options: ResidentProcessOptions;
  readonly #supervised: SupervisedProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #turns: RangeTurns;
  readonly #wrong: WrongAnswers;
  /** The orders that are not answered; the first one is the next that the worker answers. */
  #sent: SentOrder[] = [];
  #lastId = 0;
  /** Aborted when it takes no further order: the process has exited, or is asked to. */
  readonly #closed = new AbortController();
  #isReady = false;
  #ranges = 0;
  /** Whether a range has failed of its end. */
  #isCharged = false;
  /** Whether it had closed its stdin when it was sent ranges. */
  #isBroken = false;
  /** Whether it is ended for that, as it does not exit. */
  #isEndedAsBroken = false;
  #meanMs: number | undefined;
  #end: SupervisedEnd | undefined;
  /** Resolves when it runs somewhere, or never will. */
  readonly #placed = Promise.withResolvers<void>();
  /** The error of the launcher's process, if it has one. */
  #error: unknown;
  readonly #over: Promise<void>;

  /** Takes over a process that was started with a pipe as its stdin. */
  constructor(process: WorkerProcess, options: ResidentProcessOptions) {
    this.#options = options;
    const { clock, gracePeriod, keepsOutput, onLeaked, readyTimeout, warn } = options;
    this.#input = process.stdin!.getWriter();
    // Whoever writes learns of an error.
    this.#input.closed.catch(() => {});
    const turns = this.#turns = new RangeTurns({
      clock,
      keepsOutput,
      hasAhead: () => this.#sent.length > 1,
      onBytes: () => this.#wrong.notePrinted(),
      onAnswer: (answer) => this.#takeAnswer(answer),
      onSignal: () => this.#noteSignal(),
      onUnnamed: (line) => this.#wrong.noteUnnamed(line.trimEnd()),
      onGlued: (answer) => this.#wrong.noteGlued(answer),
    });
    this.#supervised = new SupervisedProcess(process, {
      clock,
      gracePeriod,
      tracker: turns.tracker(),
      capture: turns.capture(),
      turns: turns.turns(),
      onPlaced: () => this.#placed.resolve(),
      onExit: () => this.#close(),
      onStdoutEnd: () => this.#expectExitAfterStdout(),
      onLeaked,
      warn,
    });
    this.#wrong = new WrongAnswers({
      clock,
      patience: readyTimeout,
      isAtWork: () => turns.current?.capture.isBusy || process.groupIsAtWork?.() === true,
      ids: () => ({ next: this.#sent[0]?.id, last: this.#lastId }),
      hasRange: () => turns.current !== undefined,
      warn: options.warnOfAnswer,
      onFault: (message) => this.#endFaulty(message),
    });
    this.#over = this.#supervise();
  }

  /** What ends the process. */
  get supervised(): SupervisedProcess {
    return this.#supervised;
  }

  /** Whether it can be sent another range. */
  get isAlive(): boolean {
    return !this.#isClosed && !this.#isBroken && this.#supervised.endedBy === undefined;
  }

  /** Whether it can still answer, if only the ranges that it has got. */
  get mayAnswer(): boolean {
    if (this.#isClosed || this.#supervised.endedBy !== undefined) return false;
    return !this.#isBroken || this.unanswered > 0;
  }

  /** Whether it has ever answered. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** The number of ranges that it has answered. */
  get ranges(): number {
    return this.#ranges;
  }

  /** The number of ranges that it was sent, and has not answered; 0 if it had closed its stdin before the first of them. */
  get unanswered(): number {
    return this.#sent[0]?.delivery === "failed" ? 0 : this.#sent.length;
  }

  /** How long it has lately taken for a range, in milliseconds; undefined before its first answer. */
  get meanMs(): number | undefined {
    return this.#meanMs;
  }

  /** Number of bytes that it has printed after the answer to its last range. */
  get unclaimedBytes(): number {
    return this.#turns.droppedBytes;
  }

  /** What it did wrong after its last answer, when no range was left that could fail; undefined if it ended well. */
  get lateFailure(): string | undefined {
    if (this.#sent.length > 0 || this.#isCharged || !this.#isReady) return undefined;
    const { endedBy } = this.#supervised;
    if (this.#isEndedAsBroken) return "closed stdin and did not exit";
    if (endedBy?.kind === "stopped") return "did not exit at the end of the input";
    const { exit } = this.#end ?? {};
    if (endedBy !== undefined || exit === undefined) return undefined;
    if (exit.kind === "signaled") return `crashed with ${exit.signal}`;
    return exit.kind === "exited" && exit.code > 0
      ? `ended with exit code ${exit.code}`
      : undefined;
  }

  /** Sends it ranges, which {@linkcode ResidentProcess.take} must be called for in the same order. */
  send(orders: readonly Order[]): void {
    const sent = orders.map(({ startIndex }): SentOrder => ({
      id: ++this.#lastId,
      startIndex,
      delivery: "sent",
    }));
    this.#sent.push(...sent);
    this.#write(
      encodeOrders(orders.map((order, index) => ({ ...order, id: sent[index]!.id }))),
      sent,
    );
  }

  /** Gives up the ranges that it was sent: {@linkcode ResidentProcess.take} is not called for them. None of them has begun. */
  forsake(): void {
    this.#sent = [];
    this.#releaseIfLast();
  }

  /**
   * Has it take the range that was sent first, or sends this one if there is none. Resolves when the range has ended; to
   * undefined if the process had ended, or closed its stdin, before it could get the range. `onBegun` is called when the range
   * is the current one.
   */
  async take(
    order: Order,
    options: ExchangeOptions,
    { onBegun }: { onBegun?: () => void } = {},
  ): Promise<AttemptEnd | undefined> {
    const exchange = new Exchange(this.#supervised, options);
    if (this.unanswered === 0) this.#sent = [];
    const isAhead = this.#sent.length > 0;
    if (!isAhead && this.#isClosed) {
      // It has ended since it was asked whether it is alive.
      const { startIndex } = order;
      this.#sent.push({ id: ++this.#lastId, startIndex, delivery: "failed" });
    } else if (!isAhead) this.send([order]);
    const [sent] = this.#sent as [SentOrder];
    if (sent.startIndex !== order.startIndex) throw new Error("ranges are taken in another order");
    this.#turns.begin(exchange);
    if (sent.delivery === "failed") this.#expectExit(sent);
    if (this.#isReady) exchange.begin();
    if (this.#end !== undefined || this.#error !== undefined) exchange.settle();
    using _ready = this.#isReady ? undefined : this.#expectAnswer();
    onBegun?.();
    await exchange.settled;
    if (exchange.answer === undefined) {
      this.forsake();
      return await this.#concludeUnanswered(exchange, sent);
    }
    this.#sent.shift();
    this.#releaseIfLast();
    this.#ranges++;
    this.#noteDuration(exchange.elapsed);
    return await exchange.conclude();
  }

  /** Asks it to exit by the end of its input, then by SIGTERM. Resolves when it has. */
  async close(): Promise<void> {
    const { clock, gracePeriod } = this.#options;
    const ms = this.#isBroken ? Math.min(gracePeriod, CLOSED_PIPE_MS) : gracePeriod;
    // A worker that does not read its input keeps this from ending.
    this.#input.close().catch(() => {});
    this.#close();
    const over = this.#over.then(() => true);
    if (!await withTimeout(over, { ms, clock })) {
      this.#isEndedAsBroken ||= this.#isBroken;
      this.#supervised.end({ kind: "stopped" });
    }
    await this.#over;
    await this.#supervised.cleaned;
  }

  /** Waits until nothing is left of a process that takes no further order. Ends it if it has closed its stdin, and stays. */
  async ended(): Promise<void> {
    await (this.#isBroken ? this.close() : this.#supervised.cleaned);
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  async #supervise(): Promise<void> {
    try {
      this.#end = await this.#supervised.run();
    } catch (error) {
      this.#error = error ?? new Error("unknown");
    }
    this.#close();
    this.#wrong[Symbol.dispose]();
    this.#input.abort().catch(() => {});
    this.#turns.current?.settle();
  }

  async #concludeUnanswered(
    exchange: Exchange,
    order: SentOrder,
  ): Promise<AttemptEnd | undefined> {
    await this.#over;
    // A process that ended by itself after another range, before it could get the order, has not failed at this one. Nobody
    // waits for a write that is still under way: a child of the process may hold the pipe.
    if (order.delivery !== "delivered" && this.#ranges > 0 && !this.#isEndedForOrder(order)) {
      await exchange.discard();
      return undefined;
    }
    if (this.#end === undefined) return await exchange.concludeFault(this.#error);
    const { exit, droppedBytes } = this.#end;
    this.#isCharged = true;
    const { endedBy } = this.#supervised;
    const notReady = this.#isReady
      ? undefined
      : whyUnready({ exit, endedBy, readyTimeout: this.#options.readyTimeout });
    return await exchange.conclude({ exit, droppedBytes, notReady });
  }

  /** Whether it was ended because of an order. A limit of time does not count for an order that it could not get. */
  #isEndedForOrder({ delivery }: SentOrder): boolean {
    const { endedBy } = this.#supervised;
    if (endedBy === undefined || this.#isEndedAsBroken) return false;
    return delivery === "sent" || endedBy.kind === "stopped" || endedBy.kind === "cancelled";
  }

  /** Ends the process if it runs, and does not answer in time. */
  #expectAnswer(): Disposable {
    const { clock, readyTimeout } = this.#options;
    const waiting = new DisposableStack();
    this.#placed.promise.then(() => {
      if (waiting.disposed) return;
      waiting.use(clock.after(readyTimeout, () => {
        if (!this.#isReady) this.#supervised.end({ kind: "timeout" });
      }));
    });
    return waiting;
  }

  /** Sends bytes. Reading never waits for that. */
  async #write(bytes: Uint8Array, orders: readonly SentOrder[]): Promise<void> {
    try {
      await this.#input.write(bytes);
      for (const order of orders) order.delivery = "delivered";
    } catch {
      this.#isBroken = true;
      // Of many orders, it may have got the first ones.
      for (const order of orders) if (order.delivery === "sent") order.delivery = "failed";
      const [current] = this.#sent;
      if (current?.delivery === "failed" && this.#turns.current !== undefined) {
        this.#expectExit(current);
      }
    }
  }

  /** Ends the process if it does not exit though it has closed its stdin, and a range waits for it. */
  async #expectExit(order: SentOrder): Promise<void> {
    await this.#patience();
    if (this.#sent[0] !== order) return;
    if (this.#isClosed) return this.#turns.current?.settle();
    if (this.#supervised.endedBy !== undefined) return;
    this.#isEndedAsBroken = true;
    this.#endFaulty("the resident worker has closed its stdin");
  }

  /** Ends the process if it does not exit though it has closed its stdout, where its answers would come. */
  async #expectExitAfterStdout(): Promise<void> {
    await this.#patience();
    if (this.#isClosed) return;
    this.#endFaulty("the resident worker has closed its stdout");
  }

  #endFaulty(message: string): void {
    this.#supervised.end({ kind: "fault", message });
  }

  /** Waits for a process that has closed a pipe, until it takes no further order. */
  #patience(): Promise<void> {
    return sleep(this.#options.clock, CLOSED_PIPE_MS, this.#closed.signal);
  }

  /** Notes that it takes no further order. */
  #close(): void {
    this.#closed.abort();
    this.#releaseIfLast();
  }

  /** Lets what is still to be read pass, if no other range comes. */
  #releaseIfLast(): void {
    if (this.#isClosed && this.#sent.length === 0) this.#turns.release();
  }

  #takeAnswer({ status, id }: Answer): void {
    const exchange = this.#turns.current;
    if (exchange === undefined) return;
    if (id !== this.#sent[0]?.id || exchange.answer !== undefined) {
      exchange.tracker.anomalies++;
      if (isTerminal(status) || id > this.#lastId) {
        this.#wrong.note(`STATUS: ${status} ${id}`, {
          id,
          hasAnswer: exchange.answer !== undefined,
        });
      }
      return;
    }
    this.#sent[0].delivery = "delivered";
    const wasReady = this.#isReady;
    this.#isReady = true;
    if (isTerminal(status)) {
      exchange.answer = status as TerminalStatus;
      this.#wrong[Symbol.dispose]();
    } else if (status === "RUNNING" || !wasReady) exchange.begin();
  }

  /** Notes a signal: the worker is at work. */
  #noteSignal(): void {
    const [current] = this.#sent;
    if (current?.delivery === "sent") current.delivery = "delivered";
    if (this.#isReady) return;
    this.#isReady = true;
    this.#turns.current?.begin();
  }

  #noteDuration(ms: number | undefined): void {
    if (ms === undefined) return;
    this.#meanMs = this.#meanMs === undefined ? ms : this.#meanMs + WEIGHT * (ms - this.#meanMs);
  }
}

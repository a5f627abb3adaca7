/**
 * Conversation with a resident worker: sends it a few ranges, and records how it answers.
 *
 * @module
 */
import { type Clock, sleep } from "../base/clock.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import { isTerminal } from "../model/statuses.ts";
import { type Answer, encodeOrders, type RangeOrder } from "../output/protocol/resident.ts";
import type { ResidentFacts, ResidentRange } from "./observation.ts";

/** The number of lines with a wrong id that are kept as examples. */
const MAX_EXAMPLES = 3;
/** The time for which a worker has one order only, while it works on the last range but one. */
const HEAD_START_MS = 100;

/** Options of {@linkcode Conversation}. */
export interface ConversationOptions {
  /** The ranges, in the order in which they are sent. */
  readonly orders: readonly RangeOrder[];
  readonly clock: Clock;
  /** Milliseconds for the answers to all ranges. */
  readonly timeout: number;
  /** Milliseconds for the worker to exit when its input has ended. */
  readonly gracePeriod: number;
  /** Called if the worker has not exited by then. */
  readonly onRemains: () => void;
}

/** What is known of one range so far. */
interface Sent {
  readonly order: RangeOrder;
  readonly answered: PromiseWithResolvers<void>;
  facts: ResidentRange;
}

/**
 * One conversation. The ranges are sent one by one, but the last one comes while the worker is busy with the one before it: a
 * program that the worker has called, and that reads the stdin of the worker, takes it away.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #ranges: Sent[];
  readonly #wrongIds = new Examples();
  /** Answers to a range that had one, while another range was open. */
  readonly #repeated = new Examples();
  #withoutId = 0;
  #signals = 0;
  #waitedMs = 0;
  #exitedEarly = false;
  #exitedLate = false;
  #isPastDeadline = false;
  #isOver = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#ranges = options.orders.map((order) => {
      const { id, startIndex, endIndex } = order;
      const facts = { id, startIndex, endIndex, isSent: false, answers: 0, isLate: false };
      return { order, answered: Promise.withResolvers(), facts };
    });
  }

  /** Holds the conversation with a process that was just started. Resolves when the process has exited or must be ended. */
  async hold({ stdin, status }: Pick<WorkerProcess, "stdin" | "status">): Promise<void> {
    const { clock, timeout, gracePeriod, onRemains } = this.#options;
    const input = stdin!.getWriter();
    input.closed.catch(() => {});
    const send = (range: Sent) => {
      range.facts = { ...range.facts, isSent: true };
      // A worker that does not read its input must not hold this up.
      input.write(encodeOrders([range.order])).catch(() => {});
    };
    const sentAt = clock.now();
    const over = status.then(() => void (this.#isOver = true));
    const late = new AbortController();
    const deadline = sleep(clock, timeout, late.signal).then(() => "late" as const);
    const wait = (what: Promise<void>) => Promise.race([what, over, deadline]);
    const beforeLast = this.#ranges.length - 2;
    for (const [index, range] of this.#ranges.entries()) {
      if (this.#isOver) break;
      send(range);
      const isShort = index === beforeLast && index > 0;
      const headStart = isShort ? sleep(clock, HEAD_START_MS) : undefined;
      const { promise } = range.answered;
      const what = headStart === undefined ? promise : Promise.race([promise, headStart]);
      if (await wait(what) === "late") break;
    }
    await wait(Promise.all(this.#ranges.map(({ answered }) => answered.promise)).then(() => {}));
    this.#exitedEarly = this.#isOver;
    this.#isPastDeadline = !this.#isOver && this.#open !== undefined;
    late.abort();
    this.#waitedMs = clock.now() - sentAt;
    // What a worker does with these when its input ends shows why it is silent.
    for (const range of this.#ranges) if (!range.facts.isSent && !this.#isOver) send(range);
    input.close().catch(() => {});
    const patience = new AbortController();
    await Promise.race([over, sleep(clock, gracePeriod, patience.signal)]);
    patience.abort();
    this.#exitedLate = !this.#isOver;
    if (this.#exitedLate) onRemains();
  }

  /** Takes a status with an id. */
  takeAnswer({ status, id }: Answer, line: string): void {
    this.#signals++;
    const range = this.#ranges.find(({ facts }) => facts.id === id && facts.isSent);
    if (range === undefined) return this.#wrongIds.add(line);
    if (!isTerminal(status)) return;
    const { facts } = range;
    const isFirst = facts.answers === 0;
    range.facts = {
      ...facts,
      answers: facts.answers + 1,
      status: facts.status ?? status,
      isLate: isFirst ? this.#isPastDeadline : facts.isLate,
    };
    if (!isFirst && this.#open !== undefined) this.#repeated.add(line);
    range.answered.resolve();
  }

  /** Takes a signal that names no range. */
  takeSignal({ status, done }: { status?: string; done?: number }): void {
    this.#signals++;
    if (status !== undefined && isTerminal(status as Answer["status"])) this.#withoutId++;
    const range = this.#open;
    if (done === undefined || range === undefined) return;
    range.facts = { ...range.facts, progress: Math.max(done, range.facts.progress ?? 0) };
  }

  /** Returns what is known. */
  facts(): ResidentFacts {
    // If the other range never got an answer, that was it.
    const wrongIds = this.#open === undefined ? this.#wrongIds : this.#wrongIds.and(this.#repeated);
    return {
      ranges: this.#ranges.map(({ facts }) => facts),
      wrongIds: { count: wrongIds.count, examples: wrongIds.lines },
      withoutId: this.#withoutId,
      signals: this.#signals,
      waitedMs: this.#waitedMs,
      exit: this.#exitedEarly ? "early" : this.#exitedLate ? "never" : "at the end",
    };
  }

  /** The range that the worker is at. */
  get #open(): Sent | undefined {
    return this.#ranges.find(({ facts }) => facts.isSent && facts.answers === 0);
  }
}

/** Counts lines, and keeps the first ones. */
class Examples {
  count = 0;
  lines: readonly string[] = [];

  add(line: string): void {
    this.count++;
    this.lines = [...this.lines, line].slice(0, MAX_EXAMPLES);
  }

  and(others: Examples): Examples {
    const both = new Examples();
    both.count = this.count + others.count;
    both.lines = [...this.lines, ...others.lines].slice(0, MAX_EXAMPLES);
    return both;
  }
}

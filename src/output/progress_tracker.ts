/**
 * What an attempt said.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { AttemptEvent } from "../model/events.ts";
import { isTerminal, type TaskStatus, type TerminalStatus } from "../model/statuses.ts";
import { GuardedProtocol } from "./protocol/guarded.ts";
import type { OutputStream, Protocol } from "../model/protocol.ts";
import { wholeItems } from "../model/state.ts";

/** Time between two events of the same kind; log lines come more often when there are more than a batch of them. */
const INTERVAL_MS = 100;
/** How many log lines one event carries at most. */
const LOG_BATCH = 200;

/** Options of {@linkcode ProgressTracker}. */
export interface ProgressTrackerOptions {
  /** Items of the attempt's range. */
  size: number;
  clock: Clock;
  emit: (event: AttemptEvent) => void;
  /**
   * Makes what says what its lines mean.
   *
   * @default {the protocol of three prefixes}
   */
  protocol?: () => Protocol;
}

/** What progress events tell. */
interface Progress {
  readonly done: number;
  readonly share?: number;
}

/**
 * Takes down an attempt's lines. Its fields are exact at any time. The events that it emits are coalesced: the last
 * progress, message and status ten times a second, and log lines by the hundreds.
 */
export class ProgressTracker implements Disposable {
  /** The last progress said, as said; of a share, the whole items. */
  progress = 0;
  /** The last progress said, when that was a share of the range. */
  share: number | undefined;
  /** The last terminal status said. */
  said: TerminalStatus | undefined;
  malformed = 0;
  anomalies = 0;
  /** When the last progress or message came; a share that has not changed is none. */
  lastSignAt: number;

  readonly #protocol: GuardedProtocol;
  readonly #options: ProgressTrackerOptions;
  /** The last message, which a program's progress display repeats. */
  #message: string | undefined;
  #pendingProgress: Progress | undefined;
  #pendingMessage: string | undefined;
  #pendingStatus: TaskStatus | undefined;
  #pendingLog: string[] = [];
  #timer: Disposable | undefined;
  /** When the bytes came that are read now. */
  #heardAt: number | undefined;

  constructor(options: ProgressTrackerOptions) {
    this.#options = options;
    this.#protocol = new GuardedProtocol(options.protocol);
    this.lastSignAt = options.clock.now();
  }

  /** See {@linkcode Protocol.splitsAtCarriageReturn}. */
  get splitsAtCarriageReturn(): boolean {
    return this.#protocol.splitsAtCarriageReturn;
  }

  /** Why what it says cannot be understood any more. */
  get fault(): string | undefined {
    return this.#protocol.fault;
  }

  /** Bytes have come; to look at the clock for each of their lines would cost more than to read them. (Row flood of bench/.) */
  bytesCame(): void {
    this.#heardAt = this.#options.clock.now();
  }

  /** Takes a line down. */
  line(text: string, stream: OutputStream = "stdout"): void {
    if (!this.signal(text, stream)) this.log(text);
  }

  /** Takes a line down if it is a signal, and says whether it is. */
  signal(text: string, stream: OutputStream): boolean {
    const signal = this.#protocol.parse(text, stream);
    switch (signal.kind) {
      case "progress":
        this.#countAnomaly(signal.done);
        this.progress = signal.done;
        this.share = undefined;
        this.#pendingProgress = { done: signal.done };
        if (signal.text !== undefined) this.#pendingMessage = this.#message = signal.text;
        this.#sign();
        return true;
      case "share":
        this.#takeShare(signal.share, signal.text ?? this.#message);
        return true;
      case "message":
        this.#pendingMessage = this.#message = signal.text;
        this.#sign();
        return true;
      case "status":
        if (isTerminal(signal.status)) this.said = signal.status;
        this.#pendingStatus = signal.status;
        this.#schedule();
        return true;
      case "nothing":
        return true;
      case "malformed":
        this.malformed++;
        return false;
      case "log":
        return false;
    }
  }

  /** Takes a line down that is no signal whatever it looks like. */
  log(text: string): void {
    this.#pendingLog.push(text);
    if (this.#pendingLog.length >= LOG_BATCH) this.#flush();
    else this.#schedule();
  }

  /** Emits what is held back, and nothing later on. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#flush();
  }

  #countAnomaly(done: number): void {
    if (done < this.progress || done > this.#options.size) this.anomalies++;
  }

  /** Programs repeat their share while nothing happens: only what changes is news. */
  #takeShare(share: number, text: string | undefined): void {
    const isNews = share !== this.share || text !== this.#message;
    if (!isNews) return;
    this.share = share;
    this.progress = wholeItems(share * this.#options.size);
    this.#pendingProgress = { done: this.progress, share };
    if (text !== this.#message) this.#pendingMessage = this.#message = text;
    this.#sign();
  }

  #sign(): void {
    this.lastSignAt = this.#heardAt ?? this.#options.clock.now();
    this.#schedule();
  }

  /** The first event goes out at once; those of the next interval together at its end. */
  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#flush();
    this.#timer = this.#options.clock.after(INTERVAL_MS, () => {
      this.#timer = undefined;
      if (this.#hasPending()) this.#schedule();
    });
  }

  /** Emits what is held back. */
  #flush(): void {
    const { emit } = this.#options;
    if (this.#pendingLog.length > 0) emit({ kind: "log", lines: this.#pendingLog });
    if (this.#pendingProgress !== undefined) {
      emit({ kind: "progress", ...this.#pendingProgress });
    }
    if (this.#pendingMessage !== undefined) emit({ kind: "message", text: this.#pendingMessage });
    if (this.#pendingStatus !== undefined) emit({ kind: "status", status: this.#pendingStatus });
    this.#pendingLog = [];
    this.#pendingProgress = this.#pendingMessage = this.#pendingStatus = undefined;
  }

  #hasPending(): boolean {
    return this.#pendingLog.length > 0 || this.#pendingProgress !== undefined ||
      this.#pendingMessage !== undefined || this.#pendingStatus !== undefined;
  }
}

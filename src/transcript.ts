/**
 * What an attempt said.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { AttemptEvent } from "./events.ts";
import { isTerminal, type TaskStatus, type TerminalStatus } from "./models.ts";
import type { ProtocolHandler, WorkerStream } from "./protocol/protocol.ts";

/** Time between two events of the same kind; log lines come more often when there are more than a batch of them. */
const INTERVAL_MS = 100;
/** How many log lines one event carries at most. */
const LOG_BATCH = 200;

/** Options of {@linkcode Transcript}. */
export interface TranscriptOptions {
  /** Items of the attempt's range. */
  size: number;
  /** What its lines mean. */
  protocol: ProtocolHandler;
  clock: Clock;
  emit: (event: AttemptEvent) => void;
}

/**
 * Takes down an attempt's lines. Its fields are exact at any time. The events that it emits are coalesced: the last
 * progress, message and status ten times a second, and log lines by the hundreds.
 */
export class Transcript implements Disposable {
  /** The last progress said, as said. */
  progress = 0;
  /** The last terminal status said. */
  said: TerminalStatus | undefined;
  malformed = 0;
  anomalies = 0;
  /** When the last progress or message came. */
  lastSignAt: number;

  readonly #options: TranscriptOptions;
  /** How much of the range is done, where that was the last thing said of it. */
  #share: number | undefined;
  #hasProgress = false;
  #pendingMessage: string | undefined;
  #pendingStatus: TaskStatus | undefined;
  #pendingLog: string[] = [];
  #timer: Disposable | undefined;
  /** When the bytes came that are read now. */
  #heardAt: number | undefined;

  constructor(options: TranscriptOptions) {
    this.#options = options;
    this.lastSignAt = options.clock.now();
  }

  /** Bytes have come; to look at the clock for each of their lines would cost more than to read them. (Row flood of bench/.) */
  bytesCame(): void {
    this.#heardAt = this.#options.clock.now();
  }

  /** Whether a carriage return alone ends a line. */
  get endsAtReturn(): boolean {
    return this.#options.protocol.endsAtReturn ?? false;
  }

  /** Whether it said that all of the range is done. */
  get saidAll(): boolean {
    return this.#share === undefined ? this.progress >= this.#options.size : this.#share === 1;
  }

  /** Takes a line down. */
  line(text: string, stream: WorkerStream): void {
    const signal = this.#options.protocol.parse(text, stream);
    switch (signal.kind) {
      case "progress":
        this.#countAnomaly(signal.done);
        this.progress = signal.done;
        return this.#takeProgress(signal);
      case "share":
        return this.#takeProgress(signal);
      case "message":
        this.#pendingMessage = signal.text;
        return this.#sign();
      case "status":
        if (isTerminal(signal.status)) this.said = signal.status;
        this.#pendingStatus = signal.status;
        return this.#schedule();
      case "malformed":
        this.malformed++;
        return this.log(text);
      case "log":
        return this.log(text);
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

  #takeProgress({ share, message }: { share?: number; message?: string }): void {
    this.#share = share;
    this.#hasProgress = true;
    if (message !== undefined) this.#pendingMessage = message;
    this.#sign();
  }

  #countAnomaly(done: number): void {
    if (done < this.progress || done > this.#options.size) this.anomalies++;
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
    if (this.#hasProgress) {
      const share = this.#share;
      emit({ kind: "progress", done: this.progress, ...(share !== undefined && { share }) });
    }
    if (this.#pendingMessage !== undefined) emit({ kind: "message", text: this.#pendingMessage });
    if (this.#pendingStatus !== undefined) emit({ kind: "status", status: this.#pendingStatus });
    this.#pendingLog = [];
    this.#hasProgress = false;
    this.#pendingMessage = this.#pendingStatus = undefined;
  }

  #hasPending(): boolean {
    return this.#pendingLog.length > 0 || this.#hasProgress ||
      this.#pendingMessage !== undefined || this.#pendingStatus !== undefined;
  }
}

/**
 * Tracks progress, message, status and log of an attempt, and turns them into events.
 *
 * @module
 */
import { atNextBeat } from "../base/beat.ts";
import type { Clock } from "../base/clock.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { OutputStream, Protocol, Signal } from "../model/protocol.ts";
import { wholeItems } from "../model/state.ts";
import { isTerminal, type TaskStatus, type TerminalStatus } from "../model/statuses.ts";
import { GuardedProtocol } from "./protocol/guarded.ts";
import type { HintWatch } from "./protocol/pattern_hint.ts";

/** Time between two events of the same kind. Log lines come more often if there are more of them than fit in a batch. */
export const INTERVAL_MS = 100;
/** Maximum number of log lines in one event. */
const LOG_BATCH = 200;
/** Characters of log lines after which an event takes no more. */
const LOG_TEXT = 256 << 10;

/** Options of {@linkcode ProgressTracker}. */
export interface ProgressTrackerOptions {
  /** Items of the attempt's range. */
  size: number;
  clock: Clock;
  emit: (event: AttemptEvent) => void;
  /**
   * Makes the protocol that reads the lines.
   *
   * @default {the three prefixes}
   */
  protocol?: () => Protocol;
  /** Looks at lines that are no signals, until there is one. */
  hint?: HintWatch;
}

/**
 * Asks the protocol about each line, once. Its fields are exact at any time. The events that it emits are coalesced: the
 * last progress, message and status ten times a second, and log lines by the hundreds.
 */
export class ProgressTracker implements Disposable {
  /** The last progress, as it was reported. Of a share, the whole items. */
  progress = 0;
  /** The last progress, if it was a share of the range. */
  share: number | undefined;
  /** The last terminal status that was reported. */
  reported: TerminalStatus | undefined;
  malformed = 0;
  anomalies = 0;
  /** Time of the last progress or message. A repeated share does not count. */
  lastSignAt: number;

  readonly #protocol: GuardedProtocol;
  readonly #size: number;
  readonly #options: ProgressTrackerOptions;
  /** The last message, which progress displays repeat. */
  #message: string | undefined;
  /** Whether there is progress that no event has reported yet. */
  #hasProgress = false;
  #pendingMessage: string | undefined;
  #pendingStatus: TaskStatus | undefined;
  #pendingLog: string[] = [];
  /** The characters of these lines. */
  #pendingText = 0;
  #timer: Disposable | undefined;
  #hint: HintWatch | undefined;
  /** When the chunk arrived that is being read. */
  #arrivedAt: number | undefined;
  /** Whether a chunk is being read: its first signal is not worth an event of its own. (Row watch of bench/.) */
  #isReading = false;
  #isOver = false;

  constructor(options: ProgressTrackerOptions) {
    this.#options = options;
    this.#size = options.size;
    this.#protocol = new GuardedProtocol(options.protocol);
    this.#hint = options.hint;
    this.lastSignAt = options.clock.now();
  }

  /** Why the protocol has failed. */
  get fault(): string | undefined {
    return this.#protocol.fault;
  }

  /** Takes the time of a chunk, as the clock costs more than reading a line. (Row flood of bench/.) */
  bytesArrived(): void {
    this.#arrivedAt = this.#options.clock.now();
    this.#isReading = true;
  }

  /** Emits what the chunk has brought, if an event is due. */
  bytesRead(): void {
    this.#isReading = false;
    if (this.#hasPending()) this.#schedule();
  }

  /** Asks the protocol about a line. Returns whether it is a signal, and tracks it if so. */
  signal(text: string, stream: OutputStream): boolean {
    const isSignal = this.#take(this.#protocol.parse(text, stream));
    if (this.#hint !== undefined && !isSignal) this.#lookAt(text, stream);
    return isSignal;
  }

  /** The items of the range, if a line of stdout that is `PROGRESS: number` is a signal. */
  get maxProgress(): number | undefined {
    return this.#protocol.readsPrefixes ? this.#size : undefined;
  }

  /** Tracks the number of a progress line, and the message in it. */
  takeProgress(done: number, text?: string): void {
    if (done < this.progress || done > this.#size) this.anomalies++;
    this.progress = done;
    this.share = undefined;
    this.#hasProgress = true;
    if (text !== undefined) this.#pendingMessage = this.#message = text;
    this.#sign();
  }

  /** Returns whether it is a signal. */
  #take(signal: Signal): boolean {
    switch (signal.kind) {
      case "progress":
        this.takeProgress(signal.done, signal.text);
        return true;
      case "share":
        this.#takeShare(signal.share, signal.text ?? this.#message);
        return true;
      case "message":
        this.#pendingMessage = this.#message = signal.text;
        this.#sign();
        return true;
      case "status":
        if (isTerminal(signal.status)) this.reported = signal.status;
        this.#pendingStatus = signal.status;
        this.#endHint();
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

  /** Adds a line to the log. */
  log(text: string): void {
    this.#pendingText += text.length;
    this.#pendingLog.push(text);
    if (this.#pendingLog.length >= LOG_BATCH || this.#pendingText >= LOG_TEXT) this.#flush();
    else this.#schedule();
  }

  /** Emits what is pending, and nothing afterwards. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#flush();
    this.#isOver = true;
    this.#hint?.close();
  }

  /** Programs repeat their share while they make no progress: only a change counts. */
  #takeShare(share: number, text: string | undefined): void {
    if (share === this.share && text === this.#message) return;
    this.share = share;
    this.progress = wholeItems(share * this.#size);
    this.#hasProgress = true;
    if (text !== this.#message) this.#pendingMessage = this.#message = text;
    this.#sign();
  }

  #sign(): void {
    this.lastSignAt = this.#arrivedAt ?? this.#options.clock.now();
    if (this.#hint !== undefined) this.#endHint();
    if (this.#timer === undefined) this.#schedule();
  }

  #lookAt(text: string, stream: OutputStream): void {
    const now = this.#arrivedAt ?? this.#options.clock.now();
    if (!this.#hint!.look(text, stream, now)) this.#hint = undefined;
  }

  #endHint(): void {
    this.#hint?.signal();
    this.#hint = undefined;
  }

  /**
   * Emits the first event at once, and those that follow together at the next beat. All trackers have the same beats, so that
   * the events of many workers come together. (Row watch of bench/.)
   */
  #schedule(): void {
    if (this.#timer !== undefined || this.#isReading || this.#isOver) return;
    this.#flush();
    this.#timer = atNextBeat(this.#options.clock, INTERVAL_MS, () => {
      this.#timer = undefined;
      if (this.#hasPending()) this.#schedule();
    });
  }

  #flush(): void {
    const { emit } = this.#options;
    if (this.#pendingLog.length > 0) emit({ kind: "log", lines: this.#pendingLog });
    if (this.#hasProgress) {
      const { progress: done, share } = this;
      emit(share === undefined ? { kind: "progress", done } : { kind: "progress", done, share });
    }
    if (this.#pendingMessage !== undefined) emit({ kind: "message", text: this.#pendingMessage });
    if (this.#pendingStatus !== undefined) emit({ kind: "status", status: this.#pendingStatus });
    this.#pendingLog = [];
    this.#pendingText = 0;
    this.#hasProgress = false;
    this.#pendingMessage = this.#pendingStatus = undefined;
  }

  #hasPending(): boolean {
    return this.#pendingLog.length > 0 || this.#hasProgress ||
      this.#pendingMessage !== undefined || this.#pendingStatus !== undefined;
  }
}

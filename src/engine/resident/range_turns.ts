/**
 * Turns of the ranges of a resident process: gives what is read from its pipes to the range that it belongs to.
 *
 * @module
 */
import { type Clock, sleep } from "../../base/clock.ts";
import type { OutputStream } from "../../model/protocol.ts";
import { isFailed } from "../../model/statuses.ts";
import type { KeptBytes } from "../../output/kept_bytes.ts";
import {
  type Answer,
  answerBehindText,
  endsWithoutId,
  parseAnswer,
  splitAtAnswers,
} from "../../output/protocol/resident.ts";
import type { Turns } from "../../output/stream_reader.ts";
import type { SupervisedProcessOptions } from "../supervised_process.ts";
import type { Exchange } from "./exchange.ts";

/** Time after a failure in which stderr is still read as that of its range, in milliseconds. */
const STDERR_MS = 10;

/** Time by which stderr is read later than stdout while ranges are sent ahead, in milliseconds. */
const STDERR_LAG_MS = 2;

/** Options of {@linkcode RangeTurns}. */
export interface RangeTurnsOptions {
  readonly clock: Clock;
  /** Whether some output wants what the process prints. */
  readonly keepsOutput: boolean;
  /** Whether the process was sent ranges beyond the current one. */
  readonly hasAhead: () => boolean;
  /** Takes notice that the process has printed something. */
  readonly onBytes: () => void;
  /** Takes an answer. */
  readonly onAnswer: (answer: Answer) => void;
  /** Takes notice of any other signal. */
  readonly onSignal: () => void;
  /** Takes a terminal status that names no range, and so ends none. */
  readonly onUnnamed: (line: string) => void;
  /** Takes what would be an answer if it stood at the beginning of its line. */
  readonly onGlued: (answer: string) => void;
}

/** Has the pipes of a process wait for the range that what they bring belongs to. */
export class RangeTurns {
  readonly #options: RangeTurnsOptions;
  #current: Exchange | undefined;
  /** Resolves when there is a range for what is read next, or nothing waits for one any longer. */
  #next = Promise.withResolvers<void>();
  /** Whether the turn of the current range is being ended. */
  #isEnding = false;
  /** Whether what comes on stderr belongs to the next range, as the turn is being ended. */
  #isPast = false;
  /** Resolves when the part of stderr is kept that is being read. */
  #stderrPart: PromiseWithResolvers<void> | undefined;
  /** Aborted when nothing waits for a next range any longer. */
  readonly #released = new AbortController();
  #droppedBytes = 0;

  constructor(options: RangeTurnsOptions) {
    this.#options = options;
  }

  /** The range whose turn it is. */
  get current(): Exchange | undefined {
    return this.#current;
  }

  /** Number of bytes that came when no range followed any more. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Begins the turn of a range. The one before it is answered. */
  begin(exchange: Exchange): void {
    this.#current = exchange;
    this.#next.resolve();
  }

  /** Lets what is still to be read pass, as no other range comes. */
  release(): void {
    this.#released.abort();
    this.#next.resolve();
  }

  /** Makes the tracker that passes everything on to that of the current range. */
  tracker(): SupervisedProcessOptions["tracker"] {
    const { onAnswer, onBytes, onGlued, onSignal, onUnnamed } = this.#options;
    const current = () => this.#current?.tracker;
    return {
      get fault() {
        return current()?.fault;
      },
      get maxProgress() {
        return current()?.maxProgress;
      },
      bytesArrived: () => {
        onBytes();
        current()?.bytesArrived();
      },
      bytesRead: () => current()?.bytesRead(),
      takeProgress: (done, text) => {
        onSignal();
        current()?.takeProgress(done, text);
      },
      signal: (text, stream) => {
        const answer = stream === "stdout" ? parseAnswer(text) : undefined;
        if (answer === undefined) {
          const isSignal = current()?.signal(text, stream) ?? false;
          if (isSignal) onSignal();
          if (isSignal && endsWithoutId(text)) onUnnamed(text);
          return isSignal;
        }
        onAnswer(answer);
        return true;
      },
      log: (text) => {
        const answer = answerBehindText(text);
        if (answer !== undefined) onGlued(answer);
        current()?.log(text);
      },
    };
  }

  /** Makes the capture that passes everything on to that of the current range. */
  capture(): SupervisedProcessOptions["capture"] {
    const current = () => this.#current?.capture;
    const isWaiting = () => this.#current === undefined && !this.#isReleased;
    const kept = (stream: OutputStream): KeptBytes => ({
      write: (bytes) => current()?.kept(stream)?.write(bytes),
      overwrite: (newline) => current()?.kept(stream)?.overwrite(newline),
    });
    return {
      get isBusy() {
        return isWaiting() || (current()?.isBusy ?? false);
      },
      log: (bytes) => {
        if (this.#current === undefined) this.#droppedBytes += bytes.length;
        return current()?.log(bytes);
      },
      kept: (stream) => this.#options.keepsOutput ? kept(stream) : undefined,
    };
  }

  /** Makes the streams wait for the next range when the worker has answered; only stdout shows where a range ends. */
  turns(): Readonly<Record<OutputStream, Turns>> {
    return {
      stdout: {
        split: splitAtAnswers,
        begin: () => this.#mustWait("stdout") ? this.#wait("stdout") : undefined,
        end: () => {
          if (this.#current?.answer !== undefined) this.#end(this.#current);
        },
      },
      stderr: {
        split: (chunk) => [chunk],
        begin: () => {
          const isLate = this.#options.hasAhead() && !this.#isReleased;
          if (!isLate && !this.#mustWait("stderr")) return this.#beginStderr();
          return this.#waitForStderr({ isLate });
        },
        end: () => {
          this.#stderrPart?.resolve();
          this.#stderrPart = undefined;
        },
      },
    };
  }

  /** Waits until stdout is read up to where stderr was written, if the worker may already work on the next range. */
  async #waitForStderr({ isLate }: { isLate: boolean }): Promise<void> {
    if (isLate) await sleep(this.#options.clock, STDERR_LAG_MS);
    await this.#wait("stderr");
    this.#beginStderr();
  }

  #beginStderr(): undefined {
    this.#stderrPart = Promise.withResolvers();
  }

  #mustWait(stream: OutputStream): boolean {
    if (this.#isReleased) return false;
    if (this.#current === undefined) return true;
    return stream === "stdout" ? this.#current.answer !== undefined : this.#isPast;
  }

  async #wait(stream: OutputStream): Promise<void> {
    while (this.#mustWait(stream)) await this.#next.promise;
  }

  get #isReleased(): boolean {
    return this.#released.signal.aborted;
  }

  /** Ends the turn of a range that is answered. */
  async #end(exchange: Exchange): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (!this.#isReleased) this.#next = Promise.withResolvers();
    // The reasons for a failure are on stderr, which is another pipe: what was written before the answer may be read after it.
    if (isFailed(exchange.answer!)) {
      await sleep(this.#options.clock, STDERR_MS, this.#released.signal);
    }
    this.#isPast = true;
    if (this.#stderrPart !== undefined) await this.#stderrPart.promise;
    this.#isEnding = this.#isPast = false;
    this.#current = undefined;
    exchange.settle();
  }
}

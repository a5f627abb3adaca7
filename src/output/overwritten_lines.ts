/**
 * Keeps the last state of each rewritten line, as a terminal shows it.
 *
 * @module
 */
import type { OutputStream } from "../model/protocol.ts";
import type { StateEnd } from "./byte_stage.ts";
import type { ProgressTracker } from "./progress_tracker.ts";
import type { Verdict } from "./kept_bytes.ts";
import type { StateSink } from "./stream_reader.ts";

/** Takes signals and log lines. */
export type StateTracker = Pick<
  ProgressTracker,
  "signal" | "maxProgress" | "takeProgress" | "log"
>;

/**
 * Passes the states of one stream to a tracker. Every signal counts as soon as it has come. Text is a log line if it is
 * the last state of its line; text that is overwritten is dropped.
 */
export class OverwrittenLines implements StateSink {
  readonly #tracker: StateTracker;
  readonly #stream: OutputStream;
  /** The text of the open line, which can still be overwritten. */
  #standing: string | undefined;
  /** Whether the open line has had text. */
  #hasText = false;

  constructor(tracker: StateTracker, stream: OutputStream) {
    this.#tracker = tracker;
    this.#stream = stream;
  }

  /** See {@linkcode StateSink.take}. */
  take(text: string, end: StateEnd | undefined): Verdict {
    const isSignal = this.#tracker.signal(text, this.#stream);
    const verdict = !isSignal ? "text" : this.#hasText ? "overwriting signal" : "signal";
    this.#standing = isSignal ? undefined : text;
    this.#hasText ||= !isSignal;
    if (end !== undefined) this.end(end);
    return verdict;
  }

  /** See {@linkcode StateSink.maxProgress}. */
  get maxProgress(): number | undefined {
    return this.#stream === "stdout" ? this.#tracker.maxProgress : undefined;
  }

  /** See {@linkcode StateSink.takeProgress}. */
  takeProgress(done: number): void {
    this.#tracker.takeProgress(done);
  }

  /** See {@linkcode StateSink.end}. */
  end(end: StateEnd): void {
    if (end !== "\n") return;
    this.#log();
    this.#hasText = false;
  }

  /**
   * Takes the text that the stream ended in, if no line end came after it. If the worker was killed, that text is no
   * signal: as the kill cut it off, it could be read as another value.
   */
  finish(fragment: string | undefined, { killed }: { killed: boolean }): Verdict {
    if (fragment === undefined || killed) {
      this.#standing = fragment ?? this.#standing;
      this.#log();
      return "text";
    }
    return this.take(fragment, "\n");
  }

  #log(): void {
    if (this.#standing !== undefined) this.#tracker.log(this.#standing);
    this.#standing = undefined;
  }
}

/**
 * Arrival times of a worker's output, relative to its exit.
 *
 * @module
 */
import type { ArrivalFacts } from "./observation.ts";

/** The time before the exit that counts as the last moment: an interpreter flushes its buffers a while before it exits. */
const LAST_MOMENT_MS = 250;
const BLOCK_BYTES = 4096;
const NEWLINE = 10;

/** Output that arrived at about the same time. */
interface Arrival {
  readonly at: number;
  chunks: number;
  bytes: number;
  signals: number;
}

/** The time within which chunks count as one arrival. */
const STEP_MS = 25;
/** The time for which arrivals are kept: longer than pipes are read after the exit. */
const KEPT_MS = 3_000;

/** Records the recent arrivals one by one, and only the totals of all others. */
export class Arrivals {
  #chunks = 0;
  #blocks = 0;
  #signals = 0;
  readonly #recent: Arrival[] = [];

  /** Records a chunk of stdout. */
  addChunk(bytes: Uint8Array, at: number): void {
    this.#chunks++;
    if (bytes.length % BLOCK_BYTES === 0 && bytes.at(-1) !== NEWLINE) this.#blocks++;
    const arrival = this.#arrivalAt(at);
    arrival.chunks++;
    arrival.bytes += bytes.length;
  }

  /** Records a signal. */
  addSignal(at: number): void {
    this.#signals++;
    this.#arrivalAt(at).signals++;
  }

  /** Returns the facts for a worker that exited at `exitAt`. */
  facts(exitAt: number): ArrivalFacts {
    const late = this.#recent.filter(({ at }) => at >= exitAt - LAST_MOMENT_MS);
    const sum = (field: "chunks" | "bytes" | "signals") =>
      late.reduce((total, arrival) => total + arrival[field], 0);
    const lateSignals = sum("signals");
    return {
      chunks: this.#chunks,
      blocks: this.#blocks,
      signals: { early: this.#signals - lateSignals, late: lateSignals },
      late: { chunks: sum("chunks"), bytes: sum("bytes") },
    };
  }

  #arrivalAt(at: number): Arrival {
    const last = this.#recent.at(-1);
    if (last !== undefined && at < last.at + STEP_MS) return last;
    const arrival = { at, chunks: 0, bytes: 0, signals: 0 };
    this.#recent.push(arrival);
    while (this.#recent[0]!.at < at - KEPT_MS) this.#recent.shift();
    return arrival;
  }
}

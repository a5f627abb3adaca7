/**
 * When a worker's words come, seen from its end.
 *
 * @module
 */
import type { ArrivalFacts } from "./observation.ts";

/** How long before the exit the last moment begins: an interpreter flushes its buffers some time before it is gone. */
export const LAST_MOMENT_MS = 250;
const BLOCK_BYTES = 4096;
const NEWLINE = 10;

/** What came at one time. */
interface Arrival {
  readonly at: number;
  pieces: number;
  bytes: number;
  signals: number;
}

/** What comes closer together than this is one arrival … */
const STEP_MS = 25;
/** … and is kept for so long: pipes that are held open are read for two seconds after the exit. */
const KEPT_MS = 3_000;

/** Keeps what came lately one by one, and of all that came before only the sum. */
export class Arrivals {
  #pieces = 0;
  #blocks = 0;
  #signals = 0;
  readonly #lately: Arrival[] = [];

  /** Takes a piece of stdout down. */
  piece(bytes: Uint8Array, at: number): void {
    this.#pieces++;
    if (bytes.length % BLOCK_BYTES === 0 && bytes.at(-1) !== NEWLINE) this.#blocks++;
    const arrival = this.#arrivalAt(at);
    arrival.pieces++;
    arrival.bytes += bytes.length;
  }

  /** Takes a signal down. */
  signal(at: number): void {
    this.#signals++;
    this.#arrivalAt(at).signals++;
  }

  /** What came when, for a worker that exited at a time. */
  facts(exitAt: number): ArrivalFacts {
    const late = this.#lately.filter(({ at }) => at >= exitAt - LAST_MOMENT_MS);
    const sum = (field: "pieces" | "bytes" | "signals") =>
      late.reduce((total, arrival) => total + arrival[field], 0);
    const lateSignals = sum("signals");
    return {
      pieces: this.#pieces,
      blocks: this.#blocks,
      signals: { early: this.#signals - lateSignals, late: lateSignals },
      late: { pieces: sum("pieces"), bytes: sum("bytes") },
    };
  }

  #arrivalAt(at: number): Arrival {
    const last = this.#lately.at(-1);
    if (last !== undefined && at < last.at + STEP_MS) return last;
    const arrival = { at, pieces: 0, bytes: 0, signals: 0 };
    this.#lately.push(arrival);
    while (this.#lately[0]!.at < at - KEPT_MS) this.#lately.shift();
    return arrival;
  }
}

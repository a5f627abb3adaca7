/**
 * Output of a hook: its two streams, as whole lines and up to a bound.
 *
 * @module
 */
import { awakeClock, withTimeout } from "../../base/clock.ts";
import { plural } from "../wording.ts";

/** The most bytes of one hook that are printed. */
const MAX_BYTES = 64 * 1024;
/** Time after the last byte until a pipe is given up that another process still holds, in milliseconds … */
const QUIET_MS = 200;
/** … and the number of such times after which it is given up in any case. */
const MAX_QUIETS = 5;

/** Prints what a hook writes. What exceeds the bound is read, so that the hook goes on, and is left out. */
export class HookOutput {
  readonly #print: (lines: string) => void;
  readonly #readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  readonly #ends: Promise<void>[] = [];
  #room = MAX_BYTES;
  #omitted = 0;
  #lastAt = 0;

  /** Creates an output; `print` gets whole lines. */
  constructor(print: (lines: string) => void) {
    this.#print = print;
  }

  /** Begins to read a stream. */
  add(stream: ReadableStream<Uint8Array>): void {
    const reader = stream.getReader();
    this.#readers.push(reader);
    this.#ends.push(this.#read(reader));
  }

  /** Call it when the hook has ended. Resolves when its streams have, too, or other processes that hold them are silent. */
  async settle(): Promise<void> {
    const ended = Promise.all(this.#ends).then(() => true);
    for (let looks = 1; !await withTimeout(ended, { ms: QUIET_MS, clock: awakeClock }); looks++) {
      if (looks < MAX_QUIETS && awakeClock.now() - this.#lastAt < QUIET_MS) continue;
      for (const reader of this.#readers) reader.cancel().catch(() => {});
      break;
    }
    await ended;
    if (this.#omitted > 0) this.#print(`… ${plural(this.#omitted, "more byte")} left out\n`);
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let line = "";
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        this.#lastAt = awakeClock.now();
        const lines = (line + decoder.decode(this.#take(part.value), { stream: true })).split("\n");
        line = lines.pop()!;
        if (lines.length > 0) this.#print(`${lines.join("\n")}\n`);
      }
    } catch {
      // What was read counts.
    }
    line += decoder.decode();
    if (line !== "") this.#print(`${line}\n`);
  }

  #take(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, this.#room);
    this.#room -= taken.length;
    this.#omitted += bytes.length - taken.length;
    return taken;
  }
}

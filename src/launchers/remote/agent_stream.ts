/**
 * The output of a worker, with the frames that its agent puts amid it.
 *
 * @module
 */
import { concatBytes } from "../../base/bytes.ts";
import { awakeClock, systemClock, withTimeout } from "../../base/clock.ts";

/** Options of {@linkcode AgentStream}. */
export interface AgentStreamOptions {
  /** The words that frames begin with. */
  prefixes: readonly string[];
  /** Called with the text of each frame, in its place between the bytes. */
  onFrame: (text: string) => void;
  /** Called with the bytes that come before the worker's: a login shell may print something. */
  onNoise: (bytes: Uint8Array) => void;
}

/** Separates frames from bytes. Reads as fast as its stream is read, and by itself after that is cancelled. */
export class AgentStream {
  /** The worker's bytes, as it wrote them. */
  readonly stream: ReadableStream<Uint8Array>;

  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #frames: FrameSplitter;
  readonly #options: AgentStreamOptions;
  readonly #ended = Promise.withResolvers<void>();
  #signAt = awakeClock.now();
  #isReading = false;
  #hasBegun = false;

  constructor(source: ReadableStream<Uint8Array>, options: AgentStreamOptions) {
    this.#reader = source.getReader();
    this.#frames = new FrameSplitter(options.prefixes);
    this.#options = options;
    const bytes = {
      pull: (controller: ReadableStreamDefaultController<Uint8Array>) => this.#pull(controller),
      cancel: () => void this.#discard(),
    };
    // Nothing is read before somebody reads this stream.
    this.stream = new ReadableStream(bytes, { highWaterMark: 0 });
  }

  /** See {@linkcode FrameSplitter.removePrefix}. */
  removePrefix(prefix: string): void {
    this.#frames.removePrefix(prefix);
  }

  /** Declares that all bytes that follow are the worker's. */
  begin(): void {
    this.#hasBegun = true;
  }

  /** When something came last, by {@linkcode awakeClock}; undefined while nobody reads. */
  get lastSignAt(): number | undefined {
    return this.#isReading ? this.#signAt : undefined;
  }

  /** Whether somebody waits for the next bytes. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** Resolves when all was read, or after `ms` milliseconds. */
  async ended(ms: number): Promise<void> {
    await withTimeout(this.#ended.promise, { ms, clock: systemClock });
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (let isFed = false; !isFed;) {
      const pieces = await this.#read();
      if (pieces === undefined) return controller.close();
      for (const piece of pieces) {
        controller.enqueue(piece);
        isFed = true;
      }
    }
  }

  /** Reads the next bytes of the worker, perhaps none; returns undefined at the end. */
  async #read(): Promise<Uint8Array[] | undefined> {
    this.#signAt = awakeClock.now();
    this.#isReading = true;
    // A broken pipe counts as ended.
    const { done, value } = await this.#reader.read().catch(() => ({
      done: true,
      value: undefined,
    }));
    this.#isReading = false;
    if (done || value === undefined) {
      const rest = this.#frames.rest();
      this.#ended.resolve();
      return rest.length > 0 ? [rest] : undefined;
    }
    const bytes: Uint8Array[] = [];
    for (const piece of this.#frames.split(value)) {
      if (typeof piece === "string") this.#options.onFrame(piece);
      else if (this.#hasBegun) bytes.push(piece);
      else this.#options.onNoise(piece);
    }
    return bytes;
  }

  async #discard(): Promise<void> {
    while (await this.#read() !== undefined);
  }
}

const MARK = 0x1e;
const NEWLINE = 10;
/** More than any frame has, which is a line of a few words. */
const MAX_FRAME_BYTES = 4096;

/**
 * Finds frames amid other bytes. A frame is the mark 0x1e, one of the prefixes, and the rest of the line; it may begin in the
 * middle of another line.
 */
export class FrameSplitter {
  readonly #prefixes: Map<string, Uint8Array>;
  readonly #decoder = new TextDecoder();
  #held: Uint8Array<ArrayBufferLike> = new Uint8Array();

  /** @param prefixes The words that frames begin with. */
  constructor(prefixes: readonly string[]) {
    const encoder = new TextEncoder();
    this.#prefixes = new Map(prefixes.map((word) => [word, encoder.encode(`\x1e${word}`)]));
  }

  /** Stops looking for frames that begin with this prefix. */
  removePrefix(prefix: string): void {
    this.#prefixes.delete(prefix);
  }

  /** Splits a chunk: yields bytes as they came, and frames as text from their prefix to the end of the line, in order. */
  *split(chunk: Uint8Array): Generator<Uint8Array | string> {
    let bytes = this.#held.length === 0 ? chunk : concatBytes(this.#held, chunk);
    this.#held = new Uint8Array();
    for (let from = 0;;) {
      const mark = bytes.indexOf(MARK, from);
      if (mark < 0) break;
      const rest = bytes.subarray(mark);
      const match = this.#match(rest);
      if (match === "none") {
        from = mark + 1;
        continue;
      }
      if (mark > 0) yield bytes.subarray(0, mark);
      if (match === "open") {
        this.#held = rest;
        return;
      }
      yield this.#decoder.decode(rest.subarray(1, match));
      bytes = rest.subarray(match + 1);
      from = 0;
    }
    if (bytes.length > 0) yield bytes;
  }

  /** Takes the bytes of a frame that the end of the stream has cut off: they count as output. */
  rest(): Uint8Array {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return rest;
  }

  /** Returns where the frame ends, or whether more bytes are needed (`open`), or that it is no frame. */
  #match(bytes: Uint8Array): number | "open" | "none" {
    for (const prefix of this.#prefixes.values()) {
      const length = Math.min(prefix.length, bytes.length);
      if (!prefix.subarray(0, length).every((byte, index) => byte === bytes[index])) continue;
      const end = bytes.indexOf(NEWLINE);
      if (end >= prefix.length && end < MAX_FRAME_BYTES) return end;
      if (end < 0 && bytes.length < MAX_FRAME_BYTES) return "open";
    }
    return "none";
  }
}

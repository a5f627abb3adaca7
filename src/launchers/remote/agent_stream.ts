/**
 * What a worker prints, and what its agent says amid it.
 *
 * @module
 */

/** Options of {@linkcode AgentStream}. */
export interface AgentStreamOptions {
  /** What frames begin with. */
  words: readonly string[];
  /** Called with each frame, in its place between the bytes. */
  onFrame: (text: string) => void;
  /** Called with what comes before the worker: a login shell may have something to say. */
  onNoise: (bytes: Uint8Array) => void;
}

/** Reads as fast as its stream is read, and on its own once that is cancelled. */
export class AgentStream {
  /** The worker's bytes, as it wrote them. */
  readonly stream: ReadableStream<Uint8Array>;

  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #frames: Frames;
  readonly #options: AgentStreamOptions;
  readonly #ended = Promise.withResolvers<void>();
  #signAt = performance.now();
  #isReading = false;
  #hasBegun = false;

  constructor(source: ReadableStream<Uint8Array>, options: AgentStreamOptions) {
    this.#reader = source.getReader();
    this.#frames = new Frames(options.words);
    this.#options = options;
    this.stream = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => void this.#discard(),
    });
  }

  /** See {@linkcode Frames.forget}. */
  forget(word: string): void {
    this.#frames.forget(word);
  }

  /** From now on, what comes is the worker's. */
  begin(): void {
    this.#hasBegun = true;
  }

  /** When something came last; nothing while what has come is not wanted yet. */
  get lastSignAt(): number | undefined {
    return this.#isReading ? this.#signAt : undefined;
  }

  /** Resolves when there is no more, or after so many milliseconds. */
  async ended(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([this.#ended.promise, promise]);
    clearTimeout(timer);
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

  /** The next bytes of the worker, perhaps none; nothing at the end. */
  async #read(): Promise<Uint8Array[] | undefined> {
    this.#signAt = performance.now();
    this.#isReading = true;
    // A pipe that breaks is one that has ended.
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
/** Longer than any frame, which is a line of a few words. */
const MAX_FRAME_BYTES = 4096;

/** Finds frames: the mark, a word that announces them, and the rest of the line. They may stand amid another line. */
export class Frames {
  readonly #prefixes: Map<string, Uint8Array>;
  readonly #decoder = new TextDecoder();
  #held: Uint8Array<ArrayBufferLike> = new Uint8Array();

  /** @param words What stands between the mark and the frame's text. */
  constructor(words: readonly string[]) {
    const encoder = new TextEncoder();
    this.#prefixes = new Map(words.map((word) => [word, encoder.encode(`\x1e${word}`)]));
  }

  /** From now on, what begins with this word is no frame. */
  forget(word: string): void {
    this.#prefixes.delete(word);
  }

  /** The pieces of a chunk in order: bytes as they came, and frames as text, from their word to the end of the line. */
  *split(chunk: Uint8Array): Generator<Uint8Array | string> {
    let bytes = this.#held.length === 0 ? chunk : concat(this.#held, chunk);
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

  /** What the end of the stream left of a frame that it cut off: no frame, after all. Gives it once. */
  rest(): Uint8Array {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return rest;
  }

  /** Where the frame ends; or that more must come, or that it is none. */
  #match(bytes: Uint8Array): number | "open" | "none" {
    for (const prefix of this.#prefixes.values()) {
      const length = Math.min(prefix.length, bytes.length);
      if (!prefix.subarray(0, length).every((byte, at) => byte === bytes[at])) continue;
      const end = bytes.indexOf(NEWLINE);
      if (end >= prefix.length && end < MAX_FRAME_BYTES) return end;
      if (end < 0 && bytes.length < MAX_FRAME_BYTES) return "open";
    }
    return "none";
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

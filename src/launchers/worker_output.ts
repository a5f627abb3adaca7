/**
 * What a worker prints, and what its agent says amid it.
 *
 * @module
 */
import { Frames } from "./frames.ts";

/** Options of {@linkcode WorkerOutput}. */
export interface WorkerOutputOptions {
  /** What frames begin with. */
  words: readonly string[];
  /** Called with each frame, in its place between the bytes. */
  onFrame: (text: string) => void;
  /** Called with what comes before the worker: a login shell may have something to say. */
  onNoise: (bytes: Uint8Array) => void;
}

/** Reads as fast as its stream is read, and on its own once that is cancelled. */
export class WorkerOutput {
  /** The worker's bytes, as it wrote them. */
  readonly stream: ReadableStream<Uint8Array>;

  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #frames: Frames;
  readonly #options: WorkerOutputOptions;
  readonly #ended = Promise.withResolvers<void>();
  #signAt = performance.now();
  #isReading = false;
  #hasBegun = false;

  constructor(source: ReadableStream<Uint8Array>, options: WorkerOutputOptions) {
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

/**
 * Streams of a worker of a pilot, on the side of the executor.
 *
 * @module
 */
import { Kind } from "./frames.ts";
import { type FrameWriter, parts } from "./frame_writer.ts";
import { Window, WINDOW_BYTES } from "./window.ts";

/** The reader tells the pilot what it has taken whenever it is at least this part of the window. */
const TOLD_PART = 1 / 4;

/** The first room for what arrives: a few lines. */
const MIN_BUFFER_BYTES = 256;
const NOTHING = new Uint8Array();

/** Output of a worker. The pilot sends more of it when its reader has taken some. */
export class PilotOutput {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #tell: (bytes: number) => void;
  readonly #window: number;
  /**
   * What has arrived comes first in it. Frames are small and many: to keep an array for each of them, and with it the chunk of
   * the pipe that it came in, would take much more memory. (Row pilots of bench/.)
   */
  #buffer = NOTHING;
  #arrived = 0;
  #untold = 0;
  #end: { readonly error?: Error } | undefined;
  #isCancelled = false;
  #wake: (() => void) | undefined;

  /**
   * @param tell Tells the pilot that so many bytes were taken.
   * @param window How many bytes may be on the way.
   */
  constructor(tell: (bytes: number) => void, window: number) {
    this.#tell = tell;
    this.#window = window;
    this.stream = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#cancel(),
    }, { highWaterMark: 0 });
  }

  /** Adds what the worker has written. */
  push(bytes: Uint8Array): void {
    if (this.#isCancelled) return this.#take(bytes.length);
    const needed = this.#arrived + bytes.length;
    if (needed > this.#buffer.length) {
      const ample = Math.min(2 * this.#buffer.length, this.#window);
      const larger = new Uint8Array(Math.max(needed, MIN_BUFFER_BYTES, ample));
      larger.set(this.#buffer.subarray(0, this.#arrived));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#arrived);
    this.#arrived = needed;
    this.#wake?.();
  }

  /** Ends the stream after all that has arrived; with an error if one is given. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#arrived === 0 && this.#end === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#arrived === 0) {
      if (this.#end?.error) controller.error(this.#end.error);
      else controller.close();
      return;
    }
    const bytes = this.#takeArrived();
    this.#take(bytes.length);
    controller.enqueue(bytes);
  }

  #take(bytes: number): void {
    this.#untold += bytes;
    if (this.#untold < TOLD_PART * this.#window || this.#end !== undefined) return;
    this.#tell(this.#untold);
    this.#untold = 0;
  }

  #cancel(): void {
    this.#isCancelled = true;
    this.#take(this.#takeArrived().length);
  }

  #takeArrived(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#arrived);
    this.#buffer = NOTHING;
    this.#arrived = 0;
    return bytes;
  }
}

/** Input of a worker. */
export class PilotInput {
  readonly stream: WritableStream<Uint8Array>;
  readonly #window = new Window(WINDOW_BYTES);
  #controller: WritableStreamDefaultController | undefined;

  /** @param worker The number of the worker. */
  constructor(writer: FrameWriter, worker: number) {
    this.stream = new WritableStream({
      start: (controller) => void (this.#controller = controller),
      write: async (bytes) => {
        for (const part of parts(bytes)) {
          for (let rest = part; rest.length > 0;) {
            const size = await this.#window.take(rest.length);
            if (size === 0) return;
            writer.ordered(Kind.stdin, worker, rest.subarray(0, size));
            rest = rest.subarray(size);
          }
        }
      },
      close: () => writer.ordered(Kind.stdinEnd, worker),
      abort: () => {
        this.#window.close();
        writer.ordered(Kind.stdinEnd, worker);
      },
    });
  }

  /** Takes notice that the worker has taken so many bytes. */
  give(bytes: number): void {
    this.#window.give(bytes);
  }

  /** Takes notice that the worker reads no more: what is written fails from now on, as a local pipe does. */
  break(): void {
    this.#controller?.error(new Deno.errors.BrokenPipe("the worker has closed its stdin"));
    this.#window.close();
  }
}

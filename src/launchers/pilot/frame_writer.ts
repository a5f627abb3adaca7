/**
 * Writer of frames: those that must not wait pass those that carry data.
 *
 * @module
 */
import { concatBytes } from "../../base/bytes.ts";
import { systemClock } from "../../base/clock.ts";
import { encodeFrame, type Kind, MAX_DATA_BYTES } from "./frames.ts";

/** How many bytes are written at once, as far as there are so many. */
const BATCH_BYTES = 131_072;
/** How long output may wait for more of it, in milliseconds … */
const GATHER_MS = 20;
/** … unless it is so much. */
const MUCH_BYTES = 32_768;

/**
 * Writes frames in batches, one batch at a time. Control frames come first. Frames of workers come in turn: one frame of each
 * worker that has some, those of one worker in their order. So neither a flood of output nor a reader that is slow holds up a
 * sign of life.
 */
export class FrameWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #onBroken: (error: unknown) => void;
  #control: Uint8Array[] = [];
  /** The frames of each worker that has some, by its number; the worker whose turn is next comes first. */
  readonly #queues = new Map<number, Uint8Array[]>();
  /** Is there while output waits for more of it. */
  #gathering: Disposable | undefined;
  #gatheredBytes = 0;
  #isWriting = false;
  #isBroken = false;
  #drained = Promise.withResolvers<void>();

  /**
   * @param write Writes all of some bytes.
   * @param onBroken Called once if that fails. From then on, frames are dropped.
   */
  constructor(write: (bytes: Uint8Array) => Promise<void>, onBroken: (error: unknown) => void) {
    this.#write = write;
    this.#onBroken = onBroken;
  }

  /** Sends a frame before all data that waits. */
  control(kind: Kind, worker?: number, payload?: Uint8Array | string): void {
    this.#control.push(encodeFrame(kind, worker, payload));
    this.#start();
  }

  /** Sends a number of bytes that were taken. */
  taken(kind: Kind, worker: number, bytes: number): void {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, bytes);
    this.control(kind, worker, payload);
  }

  /** Sends a frame after those that were sent for this worker before. The data of one frame is at most 64 KiB. */
  ordered(kind: Kind, worker: number, payload?: Uint8Array | string): void {
    this.#enqueue(kind, worker, payload);
    this.#start();
  }

  /**
   * Does the same some milliseconds later, or with the next frame that does not wait: the executor is woken up for the lines of
   * many workers together, and not for each of them. (Row pilots of bench/.)
   */
  gathered(kind: Kind, worker: number, payload: Uint8Array): void {
    this.#enqueue(kind, worker, payload);
    this.#gatheredBytes += payload.length;
    if (this.#gatheredBytes >= MUCH_BYTES) this.#start();
    else if (!this.#isWriting) {
      this.#gathering ??= systemClock.after(GATHER_MS, () => this.#start());
    }
  }

  /** Resolves when nothing is left to write. */
  async drained(): Promise<void> {
    if (this.#gathering !== undefined) this.#start();
    if (this.#isWriting && !this.#isBroken) await this.#drained.promise;
  }

  #enqueue(kind: Kind, worker: number, payload: Uint8Array | string | undefined): void {
    const frame = encodeFrame(kind, worker, payload);
    const queue = this.#queues.get(worker);
    if (queue === undefined) this.#queues.set(worker, [frame]);
    else queue.push(frame);
  }

  #start(): void {
    this.#gathering?.[Symbol.dispose]();
    this.#gathering = undefined;
    this.#gatheredBytes = 0;
    if (this.#isWriting) return;
    this.#isWriting = true;
    // What is sent in the same turn of the event loop goes out together.
    queueMicrotask(() => this.#run());
  }

  async #run(): Promise<void> {
    try {
      for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
        if (!this.#isBroken) await this.#write(batch);
      }
    } catch (error) {
      this.#isBroken = true;
      this.#control = [];
      this.#queues.clear();
      this.#onBroken(error);
    }
    this.#isWriting = false;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers<void>();
  }

  /** Takes the frames that are to be written next. */
  #take(): Uint8Array {
    const frames = this.#control;
    this.#control = [];
    let size = frames.reduce((sum, { length }) => sum + length, 0);
    for (const [worker, queue] of this.#queues) {
      if (size >= BATCH_BYTES) break;
      const frame = queue.shift()!;
      frames.push(frame);
      size += frame.length;
      this.#queues.delete(worker);
      // Its next turn comes after that of all others.
      if (queue.length > 0) this.#queues.set(worker, queue);
    }
    return concatBytes(...frames);
  }
}

/** Splits data into parts that fit into a frame. */
export function* parts(bytes: Uint8Array, size = MAX_DATA_BYTES): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/**
 * Frames: what an executor and a pilot send each other, over one pipe in each direction.
 *
 * A frame is a kind (one byte), the number of a worker (four bytes, big-endian; 0 if the frame is about no worker), the length of
 * its payload (four bytes), and the payload.
 *
 * @module
 */
import { concatBytes } from "../../base/bytes.ts";

/**
 * The kinds of frames. Both sides come from the same executor, so that the numbers may change with it.
 *
 * From the executor: the facts of the run as JSON, a sign of life, a command as JSON, the stdin of a worker and its end, how many
 * bytes of a stream its reader has taken, a signal, and calls of methods of `WorkerProcess`.
 *
 * From the pilot: that it is ready, a sign of life, that a worker was started or cannot be, its streams and their ends, how many
 * bytes of its stdin it has taken, that it has closed its stdin, what workers use, how it ended and whether its group is alive,
 * warnings, and why it ends itself.
 */
export const Kind = {
  open: 1,
  ping: 2,
  launch: 3,
  stdin: 4,
  stdinEnd: 5,
  stdoutTaken: 6,
  stderrTaken: 7,
  signal: 8,
  claimAll: 9,
  search: 10,
  markUse: 11,
  close: 12,

  ready: 33,
  pong: 34,
  started: 35,
  cannot: 36,
  stdout: 37,
  stdoutEnd: 38,
  stderr: 39,
  stderrEnd: 40,
  stdinTaken: 41,
  stdinClosed: 42,
  use: 43,
  exit: 44,
  alive: 45,
  searched: 46,
  working: 47,
  warning: 48,
  over: 49,
} as const;

/** The number of a kind. */
export type Kind = typeof Kind[keyof typeof Kind];

/** A frame that was read. */
export interface Frame {
  /** One of {@linkcode Kind}. */
  readonly kind: number;
  /** The number of the worker; 0 if the frame is about none. */
  readonly worker: number;
  /** What it carries. */
  readonly payload: Uint8Array;
}

/** The bytes before the payload. */
const HEADER_BYTES = 9;

/** The most bytes of a stream that one frame carries: other frames do not wait long for it. */
export const MAX_DATA_BYTES = 65_536;

/**
 * Milliseconds in which a pilot must start: its executor gives it up after that, and a pilot ends itself if its executor has not
 * opened it by then.
 */
export const START_MS = 300_000;

/** A longer payload cannot be right. */
const MAX_PAYLOAD_BYTES = 2 ** 28;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Returns the bytes of a frame. */
export function encodeFrame(
  kind: Kind,
  worker = 0,
  payload: Uint8Array | string = new Uint8Array(),
): Uint8Array {
  const body = typeof payload === "string" ? encoder.encode(payload) : payload;
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, worker);
  view.setUint32(5, body.length);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** Returns the payload as text. */
export function textOf({ payload }: Frame): string {
  return decoder.decode(payload);
}

/** Returns the payload as the value that was encoded as JSON. Both sides trust each other: they are one program. */
export function valueOf<T>(frame: Frame): T {
  return JSON.parse(textOf(frame));
}

/** Returns the payload as a number of bytes that were taken. */
export function countOf(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset).getUint32(0);
}

/** Reads a number. A `DataView` for each frame would take longer. (Row pilots of bench/.) */
function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

/** Finds the frames in the chunks of a pipe. */
export class FrameReader {
  #held: Uint8Array = new Uint8Array();

  /**
   * Yields the frames that end in this chunk, in order. Their payloads may be parts of the chunk: who keeps one copies it.
   *
   * @throws {Error} If these are no frames.
   */
  *read(chunk: Uint8Array): Generator<Frame> {
    let bytes: Uint8Array = this.#held.length === 0 ? chunk : concatBytes(this.#held, chunk);
    while (bytes.length >= HEADER_BYTES) {
      const length = uint32(bytes, 5);
      if (length > MAX_PAYLOAD_BYTES) throw new Error("the other side sends no frames");
      const end = HEADER_BYTES + length;
      if (bytes.length < end) break;
      yield {
        kind: bytes[0]!,
        worker: uint32(bytes, 1),
        payload: bytes.subarray(HEADER_BYTES, end),
      };
      bytes = bytes.subarray(end);
    }
    this.#held = bytes.slice();
  }
}

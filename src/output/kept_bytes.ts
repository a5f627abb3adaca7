/**
 * Passes on the bytes of every state that is not a signal.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import type { Batch } from "./byte_stage.ts";

const NEWLINE = 10;

/** Takes the bytes of each state that is not a signal, exactly as they came, with the newline or carriage returns behind it. */
export interface KeptBytes {
  /** Takes some bytes, which are valid until the returned promise resolves. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** A signal overwrites what was written of the open line. */
  overwrite(): Promise<void> | undefined;
}

/** What was decided about the states of a batch. */
export interface Decisions {
  /** Indices of the signals, in order. */
  readonly signals: readonly number[];
  /** Those of them that overwrite text of the same line. */
  readonly overwriting: ReadonlySet<number>;
  /** Whether the last state of the batch before is a signal. */
  readonly wasSignal: boolean;
}

/** Passes the bytes of a batch on, in as few pieces as possible. */
export async function passKept(batch: Batch, decisions: Decisions, kept: KeptBytes): Promise<void> {
  let pieces: Uint8Array[] = [];
  for (const piece of keptPieces(batch, decisions)) {
    if (piece !== "overwrite") {
      pieces.push(piece);
      continue;
    }
    if (pieces.length > 0) await kept.write(join(pieces));
    pieces = [];
    await kept.overwrite();
  }
  if (pieces.length > 0) await kept.write(join(pieces));
}

function* keptPieces(
  batch: Batch,
  { signals, overwriting, wasSignal }: Decisions,
): Iterable<Uint8Array | "overwrite"> {
  const { held, bytes, marks } = batch;
  let from = wasSignal ? firstStart(batch) : 0;
  const isComplete = marks === undefined || marks.length > 1;
  if (isComplete && held.length > 0 && signals[0] !== 0) yield held;
  const spanOf = spans(batch);
  for (const index of signals) {
    const { start, stop } = spanOf(index);
    if (start > from) yield bytes.subarray(from, start);
    if (overwriting.has(index)) yield "overwrite";
    from = stop;
  }
  const stop = lastStop(batch);
  if (stop > from) yield bytes.subarray(from, stop);
}

/** Returns where the first state of a batch begins: behind bytes that belong to the state before. */
function firstStart({ marks = [] }: Batch): number {
  return marks[0]?.stop ?? 0;
}

/** Returns where the last state of a batch ends. */
function lastStop({ marks = [], bytes }: Batch): number {
  return marks.at(-1)?.stop ?? bytes.length;
}

/** Returns a function that finds the bytes of a state. It is called with growing indices. */
function spans({ bytes, marks }: Batch): (index: number) => { start: number; stop: number } {
  if (marks !== undefined) {
    return (index) => ({ start: marks[index]!.stop, stop: marks[index + 1]!.stop });
  }
  let line = 0;
  let start = 0;
  return (index) => {
    for (; line < index; line++) start = bytes.indexOf(NEWLINE, start) + 1;
    return { start, stop: bytes.indexOf(NEWLINE, start) + 1 };
  };
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : concatBytes(...pieces);
}

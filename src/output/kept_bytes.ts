/**
 * Passes on the bytes of every state that is not a signal.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import type { Batch } from "./byte_stage.ts";

const NEWLINE = 10;

/**
 * What a state is: text, a signal, or a signal that overwrites text of the same line. A line that no carriage return
 * rewrites has one state.
 */
export type Verdict = "text" | "signal" | "overwriting signal";

/** Takes the bytes of each state that is not a signal, exactly as they came, with the newline or carriage returns behind it. */
export interface KeptBytes {
  /** Takes some bytes, which are valid until the returned promise resolves. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** A signal overwrites the text that was written of the open line. `newline` ends that line; it is empty if none came. */
  overwrite(newline: Uint8Array): Promise<void> | undefined;
}

/** What was decided about the states of a batch. */
export interface Decisions {
  /** The verdict on each state. */
  readonly verdicts: readonly Verdict[];
  /** The verdict on the last state of the batch before. */
  readonly previous: Verdict;
}

/** A newline of a line whose text a signal overwrites, or no bytes. */
interface Overwritten {
  readonly newline: Uint8Array;
}

/** Passes the bytes of a batch on, in as few pieces as possible. */
export async function passKept(batch: Batch, decisions: Decisions, kept: KeptBytes): Promise<void> {
  let pieces: Uint8Array[] = [];
  for (const piece of keptPieces(batch, decisions)) {
    if (piece instanceof Uint8Array) {
      pieces.push(piece);
      continue;
    }
    if (pieces.length > 0) await kept.write(join(pieces));
    pieces = [];
    await kept.overwrite(piece.newline);
  }
  if (pieces.length > 0) await kept.write(join(pieces));
}

function* keptPieces(
  batch: Batch,
  { verdicts, previous }: Decisions,
): Iterable<Uint8Array | Overwritten> {
  const { held, bytes, marks } = batch;
  let from = previous === "text" ? 0 : firstStart(batch);
  if (previous === "overwriting signal") yield { newline: newlineBefore(bytes, from) };
  const isComplete = marks === undefined || marks.length > 1;
  if (isComplete && held.length > 0 && verdicts[0] === "text") yield held;
  const spanOf = spans(batch);
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict === "text") continue;
    const { start, stop } = spanOf(index);
    if (start > from) yield bytes.subarray(from, start);
    if (verdict === "overwriting signal") yield { newline: newlineBefore(bytes, stop) };
    from = stop;
  }
  const stop = lastStop(batch);
  if (stop > from) yield bytes.subarray(from, stop);
}

/** Returns the newline that ends at an index, or no bytes if there is another byte. */
function newlineBefore(bytes: Uint8Array, stop: number): Uint8Array {
  return bytes.subarray(bytes[stop - 1] === NEWLINE ? stop - 1 : stop, stop);
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

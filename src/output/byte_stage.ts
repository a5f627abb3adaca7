/**
 * Cuts bytes into states, which are lines or parts of a rewritten line, each of a bounded length.
 *
 * A lone carriage return moves the cursor back, so that the next text overwrites the text before it. Each of these texts
 * is a _state_ of the line. An ordinary line has one state.
 *
 * @module
 */

/** The longest state that is read whole, in bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

/** What ended a state: the end of its line, or a carriage return after which other text can overwrite it. */
export type StateEnd = "\n" | "\r";

/** States that a chunk completed. */
export interface Batch {
  /** The states, each followed by a newline, whatever ended it in the stream. */
  readonly text: string;
  /** The bytes of the first state that earlier chunks brought. */
  readonly held: Uint8Array;
  /** The bytes of the states, and of what ended them. Valid as long as the chunk is. */
  readonly bytes: Uint8Array;
  /** Absent if each state is a line that a newline ended. */
  readonly marks?: readonly StateMark[];
}

/** End of one state. The first mark of a batch belongs to the last state of the batch before. */
export interface StateMark {
  /** Undefined if the state reached the maximum length, and its end has not come yet. */
  end?: StateEnd;
  /** Where its bytes end. */
  stop: number;
}

/** The text at the end of a stream that has no line end. */
export interface Fragment {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const NO_BYTES = new Uint8Array();

/** Removes a byte order mark, which only the first state of a stream can have. */
const FIRST_DECODER = new TextDecoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where in a line the next byte stands. */
type Position =
  /** Before its first text; carriage returns can have come. */
  | "start"
  /** In a state. */
  | "state"
  /** In a state beyond its maximum length; more text is dropped. */
  | "excess"
  /** After a carriage return that ended a state. */
  | "returned";

/**
 * Keeps the bytes of the open state, at most {@linkcode MAX_LINE_BYTES}, and counts what it drops. Carriage returns at the
 * start of a line belong to the state that follows; all others, and a newline after them, to the state before.
 */
export class ByteStage {
  readonly #batchBytes: number;
  #droppedBytes = 0;
  #position: Position = "start";
  readonly #open = new OpenState();
  #isFirst = true;

  /** @param batchBytes A batch ends with the line that reaches this number of bytes, if no line has a carriage return. */
  constructor(batchBytes = MAX_LINE_BYTES) {
    this.#batchBytes = batchBytes;
  }

  /** Number of bytes dropped so far, which were beyond {@linkcode MAX_LINE_BYTES}. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Takes a chunk of any size, and yields what it completes. */
  *write(chunk: Uint8Array): Iterable<Batch> {
    for (let at = 0; at < chunk.length; at += MAX_LINE_BYTES) {
      yield* this.#write(chunk.subarray(at, at + MAX_LINE_BYTES));
    }
  }

  /** Returns what is left when the stream has ended. */
  end(): Fragment | undefined {
    const bytes = this.#open.bytes;
    if (bytes.length === 0) return undefined;
    return { text: this.#decode(bytes.subarray(textStart(bytes))), bytes };
  }

  *#write(chunk: Uint8Array): Iterable<Batch> {
    const rest = yield* this.#lines(yield* this.#first(chunk));
    if (rest.length === 0) return;
    if (!rest.includes(CARRIAGE_RETURN) && this.#fits(rest)) this.#hold(rest);
    else yield this.#states(rest);
  }

  /** Completes the line that is open. Returns the bytes that follow it. */
  *#first(chunk: Uint8Array): Generator<Batch, Uint8Array> {
    if (this.#position === "start" && this.#open.length === 0) return chunk;
    const start = chunk.indexOf(NEWLINE) + 1;
    if (start === 0) return chunk;
    yield this.#states(chunk.subarray(0, start));
    return chunk.subarray(start);
  }

  /** Takes whole lines, unless one of them has a carriage return. Returns the bytes that are left. */
  *#lines(chunk: Uint8Array): Generator<Batch, Uint8Array> {
    for (let rest = chunk;;) {
      const bytes = this.#wholeLines(rest);
      if (bytes.length === 0) return rest;
      const wasFirst = this.#isFirst;
      // No line can be too long here, as the chunk is not.
      const text = this.#decode(bytes);
      // A string is searched faster than bytes are. (Row flood of bench/.)
      if (text.includes("\r")) {
        this.#isFirst = wasFirst;
        return rest;
      }
      yield { text, held: NO_BYTES, bytes };
      rest = rest.subarray(bytes.length);
    }
  }

  /** Returns the whole lines that bytes begin with: all of them, or little more than a batch. */
  #wholeLines(bytes: Uint8Array): Uint8Array {
    const stop = bytes.indexOf(NEWLINE, this.#batchBytes - 1) + 1 || bytes.lastIndexOf(NEWLINE) + 1;
    return bytes.subarray(0, stop);
  }

  /** Checks whether bytes without any line end just make the open state longer. */
  #fits(bytes: Uint8Array): boolean {
    const isOpen = this.#position === "start" || this.#position === "state";
    return isOpen && this.#open.length + bytes.length <= MAX_LINE_BYTES;
  }

  #hold(bytes: Uint8Array): void {
    this.#open.add(bytes);
    this.#position = "state";
  }

  /** Goes through bytes one by one. */
  #states(bytes: Uint8Array): Batch {
    const held = this.#open.bytes;
    let position = this.#position;
    let mark: StateMark = { stop: 0 };
    const marks = [mark];
    let size = held.length;
    const text = new Uint8Array(held.length + bytes.length + 1);
    let length = held.length - textStart(held);
    text.set(held.subarray(held.length - length));
    let wholeLength = 0;
    const complete = (stop: number, end?: StateEnd) => {
      text[length++] = NEWLINE;
      wholeLength = length;
      marks.push(mark = { stop, end });
      size = 0;
    };
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === NEWLINE) {
        if (position === "start" || position === "state") complete(at + 1, "\n");
        mark.end = "\n";
        position = "start";
      } else if (byte === CARRIAGE_RETURN && position !== "start") {
        if (position === "state") complete(at + 1, "\r");
        mark.end = "\r";
        position = "returned";
      } else if (position === "excess") {
        this.#droppedBytes++;
      } else if (position !== "returned" && size === MAX_LINE_BYTES) {
        complete(at);
        this.#droppedBytes++;
        position = "excess";
      } else {
        size++;
        if (byte === CARRIAGE_RETURN) continue;
        text[length++] = byte;
        position = "state";
        continue;
      }
      mark.stop = at + 1;
    }
    this.#position = position;
    if (marks.length > 1) this.#open.clear();
    this.#open.add(bytes.subarray(mark.stop));
    return { text: this.#decode(text.subarray(0, wholeLength)), held, bytes, marks };
  }

  /** Decodes whole states: no character continues in the next bytes. */
  #decode(bytes: Uint8Array): string {
    if (bytes.length === 0) return "";
    const decoder = this.#isFirst ? FIRST_DECODER : DECODER;
    this.#isFirst = false;
    return decoder.decode(bytes);
  }
}

/** Returns where the text begins in bytes that can begin with carriage returns. */
function textStart(bytes: Uint8Array): number {
  let start = 0;
  while (bytes[start] === CARRIAGE_RETURN) start++;
  return start;
}

/** The bytes of a state whose end has not come yet. */
class OpenState {
  #room = NO_BYTES;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Its bytes. They stay valid until a byte is added. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#room.length) {
      const room = new Uint8Array(Math.min(MAX_LINE_BYTES, Math.max(2 * length, 64)));
      room.set(this.bytes);
      this.#room = room;
    }
    this.#room.set(bytes, this.#length);
    this.#length = length;
  }

  /** Begins the next state. */
  clear(): void {
    this.#room = NO_BYTES;
    this.#length = 0;
  }
}

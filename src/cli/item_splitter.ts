/**
 * Splitter of bytes into items: lines, parts that end in a NUL, or records of CSV.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import { decodeBytes } from "../base/surrogate_escape.ts";

/** The largest size of an item: a list without any end of an item must not fill the memory. */
const MAX_ITEM_MIB = 64;

const [TAB, NEWLINE, CR, SPACE, QUOTE] = [9, 10, 13, 32, 34];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** How items are found in bytes. */
export interface ItemEnds {
  /** The byte that ends an item. */
  readonly end: number;
  /** Is called if the first item ends in a CR: that of an item is then a part of its end. */
  readonly onCrlf?: () => void;
  /** Is called if the first item begins with a byte order mark: that is then no part of it. */
  readonly onMark?: () => void;
  /** Whether items that have nothing but blanks are left out. */
  readonly skipsBlank?: boolean;
  /** The byte between the fields of CSV. A line end in quotes is then a part of its item. */
  readonly delimiter?: number;
}

/** Splits bytes into items; an item without its end byte at the end of the stream is one, too. */
export async function* splitItems(
  stream: ReadableStream<Uint8Array>,
  ends: ItemEnds,
): AsyncGenerator<string> {
  const splitter = new ItemSplitter(ends);
  for await (const chunk of stream) {
    for (const item of splitter.push(chunk)) yield decodeBytes(item);
  }
  for (const item of splitter.end()) yield decodeBytes(item);
}

/** Counts the items of a file. */
export async function countItems(path: string, ends: ItemEnds): Promise<number> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(1 << 18);
  const splitter = new ItemSplitter({
    ...ends,
    onCrlf: ends.onCrlf && (() => {}),
    onMark: ends.onMark && (() => {}),
  });
  let count = 0;
  for (let read = await file.read(chunk); read !== null; read = await file.read(chunk)) {
    count += splitter.push(chunk.subarray(0, read)).length;
  }
  // A quote that is not closed is told when the items are read.
  return count + splitter.end({ isStrict: false }).length;
}

/** Splits chunks of bytes, one after another. */
class ItemSplitter {
  readonly #ends: ItemEnds;
  readonly #quotes: QuoteScanner | undefined;
  /** The parts of the item that has not ended. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #isFirst = true;
  #isCrlf = false;
  #count = 0;

  constructor(ends: ItemEnds) {
    this.#ends = ends;
    if (ends.delimiter !== undefined) this.#quotes = new QuoteScanner(ends.delimiter);
  }

  /**
   * Returns the items that end in this chunk. They may share its memory.
   *
   * @throws {TypeError} If an item is longer than 64 MiB.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const items: Uint8Array[] = [];
    let start = 0;
    for (let at = this.#findEnd(chunk, 0); at >= 0; at = this.#findEnd(chunk, start)) {
      const part = chunk.subarray(start, at);
      this.#take(this.#rest.length === 0 ? part : concatBytes(...this.#rest, part), items, true);
      this.#rest = [];
      this.#restBytes = 0;
      start = at + 1;
    }
    this.#restBytes += chunk.length - start;
    if (this.#restBytes > MAX_ITEM_MIB << 20) {
      throw new TypeError(`item ${this.#count + 1} is longer than ${MAX_ITEM_MIB} MiB`);
    }
    // The chunk may be filled anew.
    if (start < chunk.length) this.#rest.push(chunk.slice(start));
    return items;
  }

  /**
   * Returns what is left after the last end byte.
   *
   * @throws {TypeError} If a quote is not closed, unless `isStrict` is false.
   */
  end({ isStrict = true }: { isStrict?: boolean } = {}): Uint8Array[] {
    if (isStrict && this.#quotes?.isOpen) {
      throw new TypeError(`a quote in record ${this.#count + 1} is not closed`);
    }
    const items: Uint8Array[] = [];
    if (this.#restBytes > 0) this.#take(concatBytes(...this.#rest), items, false);
    return items;
  }

  #findEnd(chunk: Uint8Array, from: number): number {
    return this.#quotes?.findEnd(chunk, from) ?? chunk.indexOf(this.#ends.end, from);
  }

  #take(bytes: Uint8Array, items: Uint8Array[], isEnded: boolean): void {
    const { onCrlf, onMark, skipsBlank = false } = this.#ends;
    let item = bytes;
    if (this.#isFirst) {
      if (onMark !== undefined && hasMark(item)) {
        item = item.subarray(BYTE_ORDER_MARK.length);
        onMark();
      }
      if (isEnded && onCrlf !== undefined && item.at(-1) === CR) {
        this.#isCrlf = true;
        onCrlf();
      }
      this.#isFirst = false;
    }
    if (this.#isCrlf && item.at(-1) === CR) item = item.subarray(0, -1);
    if (skipsBlank && isBlank(item)) return;
    this.#count++;
    items.push(item);
  }
}

function isBlank(item: Uint8Array): boolean {
  return item.every((byte) => byte === SPACE || byte === TAB);
}

/** Returns whether bytes begin with a byte order mark, as programs of Windows put it before text. */
function hasMark(bytes: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte);
}

/** Finds the ends of CSV records: newlines that are not in quotes. A quote counts at the beginning of a field only. */
class QuoteScanner {
  readonly #delimiter: number;
  #state: "begin" | "plain" | "quoted" | "closing" = "begin";

  constructor(delimiter: number) {
    this.#delimiter = delimiter;
  }

  /** Whether the record so far ends inside of quotes. */
  get isOpen(): boolean {
    return this.#state === "quoted";
  }

  /** Returns where the next record ends; -1 if it does not. */
  findEnd(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#state === "quoted") {
        if (byte === QUOTE) this.#state = "closing";
      } else if (byte === QUOTE && this.#state !== "plain") {
        this.#state = "quoted";
      } else if (byte === NEWLINE) {
        this.#state = "begin";
        return at;
      } else {
        // A byte order mark may come before the first quote.
        const isMark = BYTE_ORDER_MARK.includes(byte) && this.#state === "begin";
        this.#state = byte === this.#delimiter || isMark ? "begin" : "plain";
      }
    }
    return -1;
  }
}

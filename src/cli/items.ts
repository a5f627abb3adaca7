/**
 * Items of strings: from a file, from stdin, or from the command line.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import { decodeBytes } from "../base/surrogate_escape.ts";
import type { ItemSource } from "../model/job_origin.ts";
import { UsageError } from "./errors.ts";

/** More bytes than any system accepts as an argument: the rest of a longer item is dropped, as it is refused anyway. */
const MAX_ITEM_BYTES = 2 << 20;

/** Items, where they come from, and their number if it is known. */
export interface Items {
  source: ItemSource;
  items: Iterable<string> | AsyncIterable<string>;
  totalItems?: number;
}

/** The word between a command and its items. */
const MARK = ":::";
/** Words that mark items in GNU parallel. */
const MARKS = [MARK, ":::+", "::::", "::::+"];
/** Such a word with backslashes before it: the word itself, with one backslash less. */
const ESCAPED_MARK = /^\\+:::{1,2}\+?$/;

/**
 * Splits the items after `:::` off a command. In both, `\:::` is the text `:::`; a longer word such as `:::note` is text
 * as it is.
 *
 * @throws {UsageError} If there is more than one `:::`.
 */
export function splitLiteral(
  argv: readonly string[],
): { command: readonly string[]; items?: readonly string[] } {
  const marks = argv.filter((arg) => MARKS.includes(arg));
  const [first, second] = marks;
  if (first === undefined) return { command: argv.map(unescapeMark) };
  if (first !== MARK || second !== undefined) {
    const word = first === MARK ? second : first;
    throw new UsageError(
      `items must come after exactly one :::, as in -- wc ::: a b: current value is "${word}" ` +
        `(${escapeHint(word!)})`,
    );
  }
  const at = argv.indexOf(MARK);
  return {
    command: argv.slice(0, at).map(unescapeMark),
    items: argv.slice(at + 1).map(unescapeMark),
  };
}

/** Returns how a word that marks items is written if it is an argument. */
export function escapeHint(mark: string = MARK): string {
  return `write '\\${mark}' if it is an argument`;
}

/** Returns the words of a command line that {@linkcode splitLiteral} splits into a command and its items. */
export function joinLiteral(
  { command, items }: { command: readonly string[]; items?: readonly string[] },
): string[] {
  const escaped = [command, items ?? []].map((words) => words.map(escapeMark));
  return items === undefined ? escaped[0]! : [...escaped[0]!, MARK, ...escaped[1]!];
}

function escapeMark(arg: string): string {
  return MARKS.includes(arg) || ESCAPED_MARK.test(arg) ? `\\${arg}` : arg;
}

function unescapeMark(arg: string): string {
  return ESCAPED_MARK.test(arg) ? arg.slice(1) : arg;
}

/** Options of {@linkcode openItems}. */
export interface OpenOptions {
  /** Whether items end in a NUL, not in a newline. */
  readonly isNull: boolean;
  /** Is called if the lines of the list end in CRLF. */
  readonly onCrlf: () => void;
}

/**
 * Opens a list of items: a file, or stdin for `-`. Items end in a newline, or in a NUL. If the first line ends in CRLF, the
 * CR at the end of a line is no part of the item.
 *
 * @throws {UsageError} If the file cannot be read.
 */
export async function openItems(path: string, { isNull, onCrlf }: OpenOptions): Promise<Items> {
  const separator = isNull ? "\0" : "\n";
  const end = separator.charCodeAt(0);
  const options = { end, onCrlf: isNull ? undefined : onCrlf };
  if (path === "-") {
    const source = { kind: "stdin", separator } as const;
    return { source, items: splitItems(Deno.stdin.readable, options) };
  }
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    if (isDirectory) throw new TypeError("it is a directory");
    const totalItems = isFile ? await countItems(path, end) : undefined;
    const { readable } = await Deno.open(path);
    const source = { kind: "file", path, separator } as const;
    return { source, items: splitItems(readable, options), totalItems };
  } catch (error) {
    throw new UsageError(
      `--items must be a file that can be read: current value is "${path}" (${
        errorMessage(error)
      })`,
    );
  }
}

async function countItems(path: string, end: number): Promise<number> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(1 << 18);
  let count = 0;
  let last = end;
  for (let read = await file.read(chunk); read !== null; read = await file.read(chunk)) {
    const bytes = chunk.subarray(0, read);
    for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, at + 1)) count++;
    last = bytes.at(-1) ?? last;
  }
  return last === end ? count : count + 1;
}

const CR = 13;

/** How {@linkcode splitItems} finds the ends of items. */
interface ItemEnds {
  /** The byte that ends an item. */
  readonly end: number;
  /** Is called if the first item ends in a CR: that of an item is then a part of its end. */
  readonly onCrlf?: () => void;
}

/** Splits bytes into items; an item without its end byte at the end of the stream is one, too. */
export async function* splitItems(
  stream: ReadableStream<Uint8Array>,
  { end, onCrlf }: ItemEnds,
): AsyncGenerator<string> {
  let rest = new Uint8Array();
  let isFirst = true;
  let isCrlf = false;
  for await (const chunk of stream) {
    let start = 0;
    for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, start)) {
      const line = concatBytes(rest, chunk.subarray(start, at));
      if (isFirst && onCrlf !== undefined && line.at(-1) === CR) {
        isCrlf = true;
        onCrlf();
      }
      isFirst = false;
      yield decodeBytes(isCrlf ? withoutCr(line) : line);
      rest = new Uint8Array();
      start = at + 1;
    }
    rest = concatBytes(rest, chunk.subarray(start, start + MAX_ITEM_BYTES - rest.length));
  }
  if (rest.length > 0) yield decodeBytes(isCrlf ? withoutCr(rest) : rest);
}

function withoutCr(line: Uint8Array): Uint8Array {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}

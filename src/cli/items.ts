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

/**
 * Splits the items after `:::` off a command.
 *
 * @throws {UsageError} If there is more than one `:::`.
 */
export function splitLiteral(
  argv: readonly string[],
): { command: readonly string[]; items?: readonly string[] } {
  const at = argv.findIndex((arg) => arg.startsWith(MARK));
  if (at < 0) return { command: argv };
  const items = argv.slice(at + 1);
  const other = [argv[at]!, ...items].find((arg, index) =>
    index === 0 ? arg !== MARK : arg.startsWith(MARK)
  );
  if (other !== undefined) {
    throw new UsageError(
      `items must come after exactly one :::, as in -- wc ::: a b: current value is "${other}"`,
    );
  }
  return { command: argv.slice(0, at), items };
}

/**
 * Opens a list of items: a file, or stdin for `-`. Items end in a newline, or in a NUL.
 *
 * @throws {UsageError} If the file cannot be read.
 */
export async function openItems(path: string, options: { isNull: boolean }): Promise<Items> {
  const separator = options.isNull ? "\0" : "\n";
  const end = separator.charCodeAt(0);
  if (path === "-") {
    const source = { kind: "stdin", separator } as const;
    return { source, items: splitItems(Deno.stdin.readable, end) };
  }
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    if (isDirectory) throw new TypeError("it is a directory");
    const totalItems = isFile ? await countItems(path, end) : undefined;
    const { readable } = await Deno.open(path);
    const source = { kind: "file", path, separator } as const;
    return { source, items: splitItems(readable, end), totalItems };
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

/** Splits bytes into items; an item without its end byte at the end of the stream is one, too. */
export async function* splitItems(
  stream: ReadableStream<Uint8Array>,
  end: number,
): AsyncGenerator<string> {
  let rest = new Uint8Array();
  for await (const chunk of stream) {
    let start = 0;
    for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, start)) {
      yield decodeBytes(concatBytes(rest, chunk.subarray(start, at)));
      rest = new Uint8Array();
      start = at + 1;
    }
    rest = concatBytes(rest, chunk.subarray(start, start + MAX_ITEM_BYTES - rest.length));
  }
  if (rest.length > 0) yield decodeBytes(rest);
}

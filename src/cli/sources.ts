/**
 * Sources of items: the words of a command line that name them, and the lists that they are opened as.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { ItemSeparator, SourceOf } from "../model/job_origin.ts";
import type { ItemList } from "./combinations.ts";
import type { LineFormat } from "./columns.ts";
import { UsageError } from "./errors.ts";
import { countItems, type ItemEnds, splitItems } from "./item_splitter.ts";
import { noticeSilence, SILENCE_MS } from "./stdin.ts";

/** A source of strings. */
export type StringSource = SourceOf<"words" | "file" | "stdin">;

/** Marks between a command and the sources of its items, as in GNU parallel. */
const MARKS = [":::", ":::+", "::::", "::::+"] as const;
type Mark = typeof MARKS[number];
/** A mark with backslashes before it: the mark itself, with one backslash less. */
const ESCAPED_MARK = /^\\+:::{1,2}\+?$/;

/** Options of {@linkcode splitSources}. */
export interface SplitOptions {
  /**
   * What ends an item of a file.
   *
   * @default {"\n"}
   */
  readonly separator?: ItemSeparator;
  /**
   * Whether there are other sources before these.
   *
   * @default {false}
   */
  readonly hasOthers?: boolean;
}

/**
 * Splits the sources after `:::` and `::::` off a command. In all of them, `\:::` is the text `:::`; a longer word such as
 * `:::note` is text as it is.
 *
 * @throws {UsageError} If a source is incomplete.
 */
export function splitSources(
  argv: readonly string[],
  { separator = "\n", hasOthers = false }: SplitOptions = {},
): { command: readonly string[]; sources: readonly StringSource[] } {
  const parts = [...argv.keys()].filter((at) => isMark(argv[at]!));
  const sources = parts.flatMap((at, index) => {
    const mark = argv[at] as Mark;
    if (mark.endsWith("+") && index === 0 && !hasOthers) {
      throw new UsageError(`there is no list before ${mark}: ${escapeHint(mark)}`);
    }
    const words = argv.slice(at + 1, parts[index + 1]).map(unescapeMark);
    if (words.length === 0 && hasOthers) {
      throw new UsageError(`there are no items after ${mark}: ${escapeHint(mark)}`);
    }
    return sourcesOf(mark, words, separator);
  });
  return { command: argv.slice(0, parts[0]).map(unescapeMark), sources };
}

/** Returns whether a word marks the items after a command, as `:::` does. */
export function isMark(word: string): word is Mark {
  return (MARKS as readonly string[]).includes(word);
}

function sourcesOf(
  mark: Mark,
  words: readonly string[],
  separator: ItemSeparator,
): StringSource[] {
  const linked = mark.endsWith("+") ? { isLinked: true } as const : {};
  if (mark === ":::" || mark === ":::+") return [{ kind: "words", words, ...linked }];
  if (words.length > 0) return words.map((path) => ({ ...listAt(path, separator), ...linked }));
  throw new UsageError(`${mark} needs the name of a file after it (${escapeHint(mark)})`);
}

/** Returns the source of a path: a file, or stdin for `-`. */
export function listAt(path: string, separator: ItemSeparator): SourceOf<"file" | "stdin"> {
  return path === "-" ? { kind: "stdin", separator } : { kind: "file", path, separator };
}

/** Returns how a word that marks items is written if it is an argument. */
export function escapeHint(mark: string = ":::"): string {
  return `write '\\${mark}' if it is an argument`;
}

function unescapeMark(arg: string): string {
  return ESCAPED_MARK.test(arg) ? arg.slice(1) : arg;
}

/** Options of {@linkcode openList}. */
export interface OpenOptions {
  /** Whether blank lines are items. */
  readonly keepsBlank: boolean;
  /** How lines are split into columns. */
  readonly format?: LineFormat;
  readonly clock: Clock;
  /** Prints a warning. */
  readonly warn: (text: string) => void;
  /** Prints a line about what the command waits for. */
  readonly note: (text: string) => void;
}

/**
 * Opens a list of items. If its first line ends in CRLF, the CR at the end of a line is no part of the item. Nor is a byte order
 * mark at its beginning.
 *
 * @throws {UsageError} If a file cannot be read.
 */
export async function openList(source: StringSource, options: OpenOptions): Promise<ItemList> {
  const isLinked = source.isLinked === true;
  if (source.kind === "words") {
    return { items: source.words, count: source.words.length, isLinked };
  }
  const ends = endsOf(source, options);
  if (source.kind === "stdin") {
    const bytes = noticed(Deno.stdin.readable, "stdin", options);
    return { items: splitItems(bytes, ends), isLinked };
  }
  const { path } = source;
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    if (isDirectory) throw new TypeError("it is a directory");
    const count = isFile ? await countItems(path, ends) : undefined;
    const readable = isFile ? (await Deno.open(path)).readable : await openPipe(path, options);
    const items = splitItems(readable, ends);
    return { items: count === undefined ? items : allItems(items, count), count, isLinked };
  } catch (error) {
    throw new UsageError(
      `--items or :::: must be a file that can be read: current value is "${path}" (${
        errorMessage(error)
      })`,
    );
  }
}

/** Yields items, and fails after the last one if there were more when they were counted: somebody has cut the list. */
async function* allItems(items: AsyncIterable<string>, count: number): AsyncGenerator<string> {
  let read = 0;
  for await (const item of items) {
    read++;
    yield item;
  }
  if (read >= count) return;
  throw new UsageError(
    "the list has become shorter since the run began: restore it before you resume the run",
  );
}

/** Opens a pipe, or another file that is no list on a disk. A named pipe opens when it has a writer. */
async function openPipe(path: string, options: OpenOptions): Promise<ReadableStream<Uint8Array>> {
  const { clock, note } = options;
  let isTold = false;
  using _notice = clock.after(SILENCE_MS, () => {
    isTold = true;
    note(waitingFor(path));
  });
  const { readable } = await Deno.open(path);
  return isTold ? readable : noticed(readable, path, options);
}

/** Passes a stream on, and says so if nothing comes at its beginning. */
function noticed(
  stream: ReadableStream<Uint8Array>,
  name: string,
  { clock, note }: OpenOptions,
): ReadableStream<Uint8Array> {
  const onSilence = () => note(waitingFor(name));
  return ReadableStream.from(noticeSilence(stream, { clock, onSilence }));
}

function waitingFor(name: string): string {
  return `waits for the list of items, which comes from ${name}`;
}

function endsOf(
  source: SourceOf<"file" | "stdin">,
  { keepsBlank, format, warn }: OpenOptions,
): ItemEnds {
  const isNull = source.separator === "\0";
  const list = source.kind === "stdin" ? "stdin" : source.path;
  const onCrlf = () =>
    warn(`the lines of ${list} end in CRLF: the CR at the end of a line is no part of its item`);
  const onMark = () => {
    // Of CSV, everybody expects it.
    if (format?.delimiter === undefined) {
      warn(`the byte order mark at the beginning of ${list} is left out`);
    }
  };
  return {
    end: source.separator.charCodeAt(0),
    onCrlf: isNull ? undefined : onCrlf,
    onMark: isNull ? undefined : onMark,
    skipsBlank: !isNull && !keepsBlank,
    delimiter: isNull ? undefined : format?.delimiter,
  };
}

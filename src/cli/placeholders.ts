/**
 * Placeholders of a command: checks them against the job, and fills them in for each attempt.
 *
 * @module
 */
import { LaunchError } from "../launchers/launcher.ts";
import {
  type ColumnToken,
  namedRange,
  parseArgument,
  type PlaceholderSyntax,
  type PlaceholderWord,
  type Token,
  type WordToken,
} from "../model/placeholders.ts";
import type { WorkerState } from "../model/types.ts";
import type { Columns } from "./columns.ts";
import { UsageError } from "./errors.ts";
import { baseOf, extensionOf, folderOf, type PartOf, PARTS, stemOf } from "./item_parts.ts";
import {
  asItIs,
  columnOfSeveral,
  mistakeError,
  nestedBraces,
  numberWithoutMeaning,
  severalItems,
  unknownToResident,
  withoutSlots,
} from "./placeholder_errors.ts";

/** The job whose commands are filled in. */
export interface TemplateOptions {
  /** The number of all items, if it is known. */
  totalItems?: number;
  /** Items per range, in a job of strings. */
  perProcess?: number;
  /** Whether each range of a job of numbers has one item because somebody said so: `{}` is its number then. */
  isOneByOne?: boolean;
  /** The text that stands for the item in place of `{}`. */
  replaceString?: string;
  /** The columns of the items, if they have any. */
  columns?: Columns;
  /**
   * Whether items that no argument names are added to the end of the command.
   *
   * @default {true}
   */
  appendsItems?: boolean;
  /**
   * Whether the command is that of a resident worker, which has no range.
   *
   * @default {false}
   */
  isResident?: boolean;
  /**
   * Whether workers have GPUs.
   *
   * @default {false}
   */
  hasGpus?: boolean;
  /**
   * Whether workers are told how many CPUs to use.
   *
   * @default {false}
   */
  hasCpus?: boolean;
}

/** Fills a command in for an attempt. */
export type FillCommand = (worker: WorkerState) => string[];

type Fill = (worker: WorkerState) => string;

/** A placeholder, and what help says about it. */
interface Placeholder {
  readonly help: string;
  readonly fill: Fill;
}

/** The placeholders of any job. */
const NUMBERS = {
  start: {
    help: "the first item of the range",
    fill: ({ extraData }) => `${extraData.startIndex}`,
  },
  end: { help: "the item after its last one", fill: ({ extraData }) => `${extraData.endIndex}` },
  count: {
    help: "the number of its items",
    fill: ({ extraData }) => `${extraData.endIndex - extraData.startIndex}`,
  },
  // A range that is tried again begins at its checkpoint: a command that relies on that uses this word.
  resume: {
    help: "the first item that is not safely done, the same as {start}",
    fill: ({ extraData }) => `${extraData.startIndex}`,
  },
  range: {
    help: "the number of the range, from 0",
    fill: ({ extraData }) => `${extraData.range}`,
  },
  worker: { help: "the number of the worker, from 0", fill: ({ index }) => `${index}` },
  "%": { help: "that number, from 1", fill: ({ index }) => `${index + 1}` },
  attempt: { help: "the number of the attempt, from 1", fill: ({ attempt }) => `${attempt}` },
} satisfies Partial<Record<PlaceholderWord, Placeholder>>;

/** The placeholders of an item and its parts, if a process has one item. */
const ITEM = {
  "item": { help: "the item", partOf: (item) => item },
  "item.dir": { help: "the folder of a path", partOf: folderOf },
  "item.base": { help: "its name without the folder", partOf: baseOf },
  "item.stem": { help: "that name without its extension", partOf: stemOf },
  "item.ext": { help: "the extension, with its dot", partOf: extensionOf },
} satisfies Partial<Record<PlaceholderWord, { help: string; partOf: PartOf }>>;

/** Those of GNU parallel. */
const STRINGS = {
  "": { help: "the item, too", partOf: PARTS[""] },
  ".": { help: "the item without its extension", partOf: PARTS["."] },
  "/": { help: "its name without the folder", partOf: PARTS["/"] },
  "//": { help: "its folder", partOf: PARTS["//"] },
  "/.": { help: "its name without folder and extension", partOf: PARTS["/."] },
} satisfies Partial<Record<PlaceholderWord, { help: string; partOf: PartOf }>>;

/** The placeholders of what a worker may use. A part of a resumed run that only prints results has no worker. */
const SLOTS = {
  gpu: { help: "the GPU of the worker, with --gpus", fill: ({ gpu = "" }) => gpu },
  cpus: { help: "the CPUs to use, with --threads or --cpus", fill: ({ cpus = "" }) => `${cpus}` },
} satisfies Partial<Record<PlaceholderWord, Placeholder>>;

const TOTAL_HELP = "the number of all items";
const INDEX_HELP = "the number of the item, from 0";
/** The argument that is replaced by one argument per item. */
export const ALL_ITEMS = "{items}";

/** All placeholders, each with what it stands for. */
export const PLACEHOLDER_ROWS: readonly (readonly [words: string, meaning: string])[] = [
  ...Object.entries(NUMBERS).filter(([name]) => name !== "%").map(toHelp),
  ["{total}", TOTAL_HELP],
  ...Object.entries(SLOTS).map(toHelp),
  ["{index}", INDEX_HELP],
  ...Object.entries(ITEM).map(toHelp),
  [ALL_ITEMS, "the items of --per-process, an argument each"],
  ["{} {.} {/}", "as in GNU parallel, and {//} {/.} {#} {%}"],
  ["{1} {2.}", "a column of the item; {name} with --header"],
  ["{start:04}", "padded with zeros, as any of these can be"],
  ["\\{start}", "the text {start}; ${start} is text, too"],
];

function toHelp([name, { help }]: [string, { help: string }]): [string, string] {
  return [`{${name}}`, help];
}

/** Returns what counts as a placeholder in a job. */
function syntaxOf({ replaceString, columns, perProcess }: TemplateOptions): PlaceholderSyntax {
  const hasColumns = perProcess === undefined ? undefined : columns !== undefined;
  return { replaceString, hasColumns, columns: columns?.names };
}

/**
 * Checks a command and returns a function that fills its placeholders in, inside an argument too; only `{items}` is an
 * argument of its own. In a job of strings, a command without a placeholder for items gets them at its end, unless
 * `appendsItems` is false.
 *
 * @throws {UsageError} If a placeholder has no meaning in the job, or is likely misspelled.
 */
export function compileTemplate(argv: readonly string[], job: TemplateOptions): FillCommand {
  const template = argv.map((arg) => parseArgument(arg, syntaxOf(job)));
  checkMistakes(template, job);
  const early = job.isResident ? unknownToResident(template) : undefined;
  if (early !== undefined) throw early;
  const filled = template.map((tokens, at) => compileArgument(tokens, { arg: argv[at]!, job }));
  const { perProcess, appendsItems = true } = job;
  if (perProcess !== undefined && appendsItems && !template.flat().some(isOfItem)) {
    filled.push(job.columns === undefined ? itemsOf : valuesOf(job.columns));
  }
  return (worker) => {
    const command = filled.flatMap((fill) => fill(worker));
    if (command[0] !== "") return command;
    throw new LaunchError("the name of the program is empty", { permanent: true });
  };
}

/**
 * Compiles a text that may have placeholders, such as a tag.
 *
 * @throws {UsageError} If a placeholder has no meaning in the job, or is likely misspelled.
 */
export function compileText(text: string, job: TemplateOptions): (worker: WorkerState) => string {
  const fill = compileArgument(parseArgument(text, syntaxOf(job)), { arg: text, job });
  return (worker) => fill(worker).join(" ");
}

function checkMistakes(template: readonly Token[][], { replaceString }: TemplateOptions): void {
  for (const token of template.flat()) {
    if (token.kind === "mistake") throw mistakeError(token);
  }
  const nested = nestedBraces(template);
  if (nested !== undefined && replaceString === undefined) throw nested;
  const isReplaced = template.flat().some((t) => t.kind === "word" && t.word === "");
  if (replaceString !== undefined && !isReplaced) {
    throw new UsageError(
      `--replace must be a text of the command, which stands for the item: ` +
        `current value is "${replaceString}"`,
    );
  }
}

/** Returns whether a token stands for an item, a part of it, or its number. */
export function isOfItem(token: Token): boolean {
  if (token.kind === "column") return true;
  if (token.kind !== "word") return false;
  const { word } = token;
  return word.startsWith("item") || Object.hasOwn(STRINGS, word) || word === "index" ||
    word === "#" || word === "%";
}

/** Returns whether a command names an item. In a job with a header, any word may be the name of a column. */
export function namesItem(
  argv: readonly string[],
  { hasHeader = false, ...syntax }: PlaceholderSyntax & { hasHeader?: boolean } = {},
): boolean {
  const words = argv.flatMap((arg) => Array.from(arg.matchAll(/\{([^{}]+)\}/g), ([, w]) => w!));
  const columns = hasHeader ? words : [];
  return argv.some((arg) =>
    parseArgument(arg, { ...syntax, columns })
      .some((token) => isOfItem(token) && !(token.kind === "word" && token.word === "%"))
  );
}

/** An argument, and the job that it is filled in for. */
interface Place {
  readonly arg: string;
  readonly job: TemplateOptions;
}

function compileArgument(tokens: readonly Token[], place: Place): FillCommand {
  const [only] = tokens;
  if (tokens.length === 1 && only?.kind === "word") {
    const { perProcess, columns } = place.job;
    const isAll = only.word === "items" && perProcess !== undefined && only.width === undefined;
    if (isAll && columns === undefined) return itemsOf;
    // As in GNU parallel, each value is an argument of its own.
    if (columns !== undefined && isString(only.word)) {
      const { partOf } = STRINGS[only.word];
      const values = valuesOf(columns);
      return (worker) => values(worker).map((value) => pad(partOf(value), only.width));
    }
  }
  const fills = tokens.map((token) => compileToken(token, place));
  return (worker) => [fills.map((fill) => fill(worker)).join("")];
}

function compileToken(token: Token, place: Place): Fill {
  if (token.kind === "text") return () => token.text;
  if (token.kind === "mistake") throw mistakeError(token);
  const fill = token.kind === "column" ? columnFill(token, place.job) : wordFill(token, place);
  const { width } = token;
  return width === undefined ? fill : (worker) => pad(fill(worker), width);
}

/** Puts zeros before a text, behind its sign. */
function pad(text: string, width = 0): string {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

function wordFill({ word, source }: WordToken, { arg, job }: Place): Fill {
  const { totalItems, perProcess, isOneByOne = false, columns } = job;
  if (Object.hasOwn(NUMBERS, word)) return NUMBERS[word as keyof typeof NUMBERS].fill;
  if (word === "gpu" || word === "cpus") {
    if (word === "gpu" ? job.hasGpus : job.hasCpus) return SLOTS[word].fill;
    throw withoutSlots(word, source);
  }
  if (word === "total") {
    if (totalItems !== undefined) return () => `${totalItems}`;
    throw new UsageError(
      `{total} is not known before the list of items ends: leave it out, or ${asItIs(source)}`,
    );
  }
  if (perProcess === undefined && !isOneByOne) throw numberWithoutMeaning(word, source);
  if (word === "index") return NUMBERS.start.fill;
  if (word === "#") return jobNumber(perProcess);
  if (word === "items") throw itemsInside(arg, job);
  if (perProcess !== undefined && perProcess > 1) {
    throw severalItems(`${source} stands for one item`, "use {items}");
  }
  if (columns !== undefined && word !== "item") {
    if (!isString(word)) {
      throw new UsageError(
        `${source} is a part of the whole item: name a column, as in {1${word.slice(4)}}`,
      );
    }
    const [values, { partOf }] = [valuesOf(columns), STRINGS[word]];
    return (worker) => values(worker).map(partOf).join(" ");
  }
  const { partOf } = isString(word) ? STRINGS[word] : ITEM[word as keyof typeof ITEM];
  return (worker) => partOf(itemOf(worker));
}

function isString(word: PlaceholderWord): word is keyof typeof STRINGS {
  return Object.hasOwn(STRINGS, word);
}

/** GNU parallel counts the jobs; a job has one item, or several. */
function jobNumber(perProcess = 1): Fill {
  return ({ extraData: { startIndex, range } }) => `${(perProcess === 1 ? startIndex : range) + 1}`;
}

function itemsInside(arg: string, { perProcess, columns }: TemplateOptions): UsageError {
  if (perProcess === undefined) {
    return new UsageError(
      "{items} stands for the items of a list, such as --items FILE: use {item}",
    );
  }
  if (columns !== undefined) {
    return new UsageError("{items} cannot be used with columns: use {}, which is all of them");
  }
  return new UsageError(`{items} must be an argument of its own: current value is "${arg}"`);
}

function columnFill({ column, part, source }: ColumnToken, job: TemplateOptions): Fill {
  const { columns, perProcess = 1 } = job;
  if (perProcess > 1) throw columnOfSeveral(source);
  const { names, count = names?.length, valuesOf } = columns!;
  if (typeof column === "string" && names!.indexOf(column) !== names!.lastIndexOf(column)) {
    throw new UsageError(`the header has two columns "${column}": use their numbers`);
  }
  const number = typeof column === "string" ? names!.indexOf(column) + 1 : column;
  const isThere = (has: number) => Math.abs(number) <= has;
  const missing = (has: number) => `there is no column ${source}, as an item has ${has}`;
  if (count !== undefined && !isThere(count)) {
    throw new UsageError(`${missing(count)}: ${asItIs(source)}`);
  }
  const partOf = PARTS[part];
  return (worker) => {
    const values = valuesOf(itemOf(worker));
    if (isThere(values.length)) return partOf(values.at(number > 0 ? number - 1 : number)!);
    throw new LaunchError(missing(values.length), { permanent: true });
  };
}

/** Returns the item of a process that has one. In a job of numbers, it is the number. */
function itemOf({ extraData: { items, startIndex } }: WorkerState): string {
  return items === undefined ? `${startIndex}` : items[0]!;
}

function itemsOf({ extraData: { items = [] } }: WorkerState): string[] {
  return [...items];
}

function valuesOf({ valuesOf }: Columns): FillCommand {
  return (worker) => [...valuesOf(itemOf(worker))];
}

/**
 * Returns the words in braces that stand for themselves in a job with a header, and look like names of columns: nobody would
 * notice that a name is wrong.
 */
export function unknownNames(argv: readonly string[], job: TemplateOptions): string[] {
  if (job.columns?.names === undefined) return [];
  const texts = argv.flatMap((arg) => parseArgument(arg, syntaxOf(job)))
    .flatMap((token) => token.kind === "text" ? [token.source] : []);
  const words = texts.flatMap((text) => text.match(/(?<![\\${%@#])\{[A-Za-z]\w*\}(?!\})/g) ?? []);
  return [...new Set(words)];
}

/** Returns the name of the program, without the backslashes of placeholders; undefined if it is another one for each range. */
export function fixedProgram(
  [program = ""]: readonly string[],
  job: TemplateOptions,
): string | undefined {
  const tokens = parseArgument(program, syntaxOf(job));
  if (tokens.length === 0) return "";
  const [only] = tokens;
  return tokens.length === 1 && only?.kind === "text" ? only.text : undefined;
}

/**
 * Returns a warning if a command is likely a mistake: one that names the start of its range and not its end would leave
 * all items but the first undone, and nobody would notice.
 */
export function suspectTemplate(argv: readonly string[], largestRange: number): string | undefined {
  if (namedRange(argv) !== "start" || !(largestRange > 1)) return undefined;
  return `ranges have up to ${largestRange} items, but the command names only {start}: ` +
    "add -c 1 for one item each, or {end}";
}

/**
 * Placeholders in the arguments of a command: splits an argument into texts and placeholders, once, for all that read it.
 *
 * @module
 */
import { countSlips } from "../base/slips.ts";

/** The words of placeholders. In a job, some of them may have no meaning, and are errors then. */
export const PLACEHOLDER_WORDS = [
  "start",
  "end",
  "count",
  "resume",
  "range",
  "worker",
  "attempt",
  "total",
  "gpu",
  "cpus",
  "index",
  "item",
  "item.dir",
  "item.base",
  "item.stem",
  "item.ext",
  "items",
  // As in GNU parallel.
  "",
  ".",
  "/",
  "//",
  "/.",
  "#",
  "%",
] as const;

/** The word of a placeholder. */
export type PlaceholderWord = typeof PLACEHOLDER_WORDS[number];

/** Those of GNU parallel that are an item or a part of it. They have no format. */
const PATH_STRINGS: readonly string[] = ["", ".", "/", "//", "/."];

/** The parts of a column that a placeholder may name, after its number or its name. */
const COLUMN_PARTS = ["//", "/.", "/", ".dir", ".base", ".stem", ".ext", "."] as const;

/** A part of a column; the empty text is all of it. */
export type ColumnPart = typeof COLUMN_PARTS[number] | "";

/** A piece of an argument. The sources of all pieces together are the argument. */
export type Token = TextToken | WordToken | ColumnToken | MistakeToken;

/** Text that stands for itself. */
export interface TextToken {
  readonly kind: "text";
  readonly source: string;
  /** The text, without the backslash that keeps a placeholder from being one. */
  readonly text: string;
}

/** A placeholder. */
export interface WordToken {
  readonly kind: "word";
  readonly source: string;
  readonly word: PlaceholderWord;
  /** The length to which zeros are put before it. */
  readonly width?: number;
}

/** A placeholder of a column: `{2}`, `{name}`, `{2.}`. */
export interface ColumnToken {
  readonly kind: "column";
  readonly source: string;
  /** Its number, from 1; from the last one if it is negative. Or its name. */
  readonly column: number | string;
  readonly part: ColumnPart;
  /** The length to which zeros are put before it. */
  readonly width?: number;
}

/** Text that is likely meant as a placeholder, and is none. */
export interface MistakeToken {
  readonly kind: "mistake";
  readonly source: string;
  /** What is wrong. */
  readonly mistake: Mistake;
}

/** What is wrong with a placeholder. */
export type Mistake =
  /** It is one slip away from another one. */
  | { readonly kind: "slip"; readonly known: string }
  /** It has two braces before it and one behind it. */
  | { readonly kind: "doubled"; readonly inner: string }
  /** Its format is not that of zeros. */
  | { readonly kind: "format"; readonly word: string; readonly format: string }
  /** It is an unknown part of the item. */
  | { readonly kind: "part" }
  /** It is a column, and items have none. */
  | { readonly kind: "column"; readonly part: ColumnPart }
  /** It is a string of GNU parallel that stands for nothing here. */
  | { readonly kind: "foreign" };

/** What counts as a placeholder beside the words. */
export interface PlaceholderSyntax {
  /** The text that stands for the item in place of `{}`. */
  readonly replaceString?: string;
  /** Whether items have columns, so that `{1}` is a placeholder. If that is false, it is a mistake; if left out, text. */
  readonly hasColumns?: boolean;
  /** The names of the columns. One that is also a word stands for the column. */
  readonly columns?: readonly string[];
}

/** Words in braces; those of GNU parallel and names of columns may have any characters in them. */
const BRACES = /\{([^{}]*)\}/y;
const FORMAT_OF_ZEROS = /^0([1-9]\d{0,2})$/;
/** Formats of printf and of Python. */
const OTHER_FORMAT = /^[<>=^+ #-]*[\d.]*\d[a-zA-Z]?$|^[dis]$/;
/** Perl in a string of GNU parallel, and its other strings that have no counterpart. */
const FOREIGN = /\{=(?:[^=]|=(?!\}))*=\}|\{0[#%]\}/y;
/** Characters that make braces after them the variable of another program, as in `%{name}` and `#{name}`. */
const SIGILS = "%@#";

/** Splits an argument into its texts and placeholders. Neighbouring texts are one. */
export function parseArgument(arg: string, syntax: PlaceholderSyntax = {}): Token[] {
  const tokens: Token[] = [];
  let text = "";
  let source = "";
  const add = (token: Token) => {
    if (token.kind === "text") {
      text += token.text;
      source += token.source;
      return;
    }
    if (source !== "") tokens.push({ kind: "text", source, text });
    text = source = "";
    tokens.push(token);
  };
  for (let at = 0; at < arg.length;) {
    const found = readPieces(arg, at, syntax);
    for (const token of found) {
      add(token);
      at += token.source.length;
    }
  }
  if (source !== "") tokens.push({ kind: "text", source, text });
  return tokens;
}

/** Reads what comes next: one piece, or two if backslashes come before a placeholder. */
function readPieces(arg: string, at: number, syntax: PlaceholderSyntax): Token[] {
  const { replaceString } = syntax;
  if (replaceString !== undefined && arg.startsWith(replaceString, at)) {
    return [{ kind: "word", source: replaceString, word: "" }];
  }
  switch (arg[at]) {
    case "\\":
      return readEscape(arg, at, syntax);
    case "$":
      return [asText(afterDollar(arg, at))];
    case "{":
      return [readBraces(arg, at, syntax)];
    default: {
      const end = nextSpecial(arg, at + 1, replaceString);
      return [asText(arg.slice(at, end))];
    }
  }
}

function nextSpecial(arg: string, from: number, replaceString?: string): number {
  const special = /[\\${]/g;
  special.lastIndex = from;
  const end = special.exec(arg)?.index ?? arg.length;
  const replaced = replaceString === undefined ? -1 : arg.indexOf(replaceString, from);
  return replaced >= 0 && replaced < end ? replaced : end;
}

function asText(text: string): TextToken {
  return { kind: "text", source: text, text };
}

/** Reads backslashes: before what is not text, two of them are one, and a single one makes it text. */
function readEscape(arg: string, at: number, syntax: PlaceholderSyntax): Token[] {
  const slashes = /\\+/y;
  slashes.lastIndex = at;
  const source = slashes.exec(arg)![0];
  const next = at + source.length;
  if (arg[next] !== "{") return [asText(source)];
  const braces = readBraces(arg, next, syntax);
  if (braces.kind === "text") return [asText(source)];
  const kept: Token = { kind: "text", source, text: "\\".repeat(Math.floor(source.length / 2)) };
  const isEscaped = source.length % 2 === 1;
  return [kept, isEscaped ? asText(braces.source) : braces];
}

/** Returns a `$` with the braces that follow it: they belong to a variable of a shell. */
function afterDollar(arg: string, at: number): string {
  const end = doubleBracesEnd(arg, at + 1);
  if (end !== undefined) return arg.slice(at, end);
  return /^\$\{*/.exec(arg.slice(at))![0];
}

function readBraces(arg: string, at: number, syntax: PlaceholderSyntax): Token {
  if (arg.startsWith("{{", at)) {
    const inner = matchAt(BRACES, arg, at + 1);
    const isSingle = inner !== undefined && !arg.startsWith("}", at + 1 + inner[0].length);
    if (isSingle && isPlaceholder(classify(inner[0], inner[1]!, syntax))) {
      const source = `{${inner[0]}`;
      return { kind: "mistake", source, mistake: { kind: "doubled", inner: inner[0] } };
    }
    const end = doubleBracesEnd(arg, at);
    return asText(end === undefined ? "{" : arg.slice(at, end));
  }
  const foreign = matchAt(FOREIGN, arg, at);
  if (foreign !== undefined) {
    return { kind: "mistake", source: foreign[0], mistake: { kind: "foreign" } };
  }
  const match = matchAt(BRACES, arg, at);
  if (match === undefined) return asText("{");
  const token = classify(match[0], match[1]!, syntax);
  const isOfOther = at > 0 && SIGILS.includes(arg[at - 1]!);
  if (token.kind === "mistake" && isOfOther) return asText(match[0]);
  return token.kind === "text" && syntax.hasColumns === false && !isOfOther
    ? refusedColumn(match, arg) ?? token
    : token;
}

/**
 * Returns the mistake of a column where there are none: `{1.}` anywhere; `{1}` at the beginning of a word, where it is not
 * part of a regular expression, and not beside the `{0}` of a format.
 */
function refusedColumn({ 0: source, 1: content, index }: RegExpExecArray, arg: string) {
  const token = lookUp(source, content!, { hasColumns: true });
  if (token?.kind !== "column") return undefined;
  const isAlone = /(?:^|[\s/])\\*$/.test(arg.slice(0, index)) && !arg.includes("{0}");
  if (token.part === "" && !isAlone) return undefined;
  const mistake: Mistake = { kind: "column", part: token.part };
  return { kind: "mistake", source, mistake } as const;
}

function isPlaceholder({ kind }: Token): boolean {
  return kind === "word" || kind === "column";
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/**
 * Returns the end of what begins with two braces and ends with two. Returns undefined if it does not, as in
 * `{{print} next}`. Where braces are not balanced, the next two braces are the end.
 */
function doubleBracesEnd(arg: string, at: number): number | undefined {
  if (!arg.startsWith("{{", at)) return undefined;
  let depth = 0;
  for (let end = at; end < arg.length; end++) {
    if (arg[end] === "{") depth++;
    if (arg[end] !== "}") continue;
    depth--;
    if (depth === 1 && arg[end + 1] !== "}") return undefined;
    if (depth === 0) return end + 1;
  }
  const end = arg.indexOf("}}", at);
  return end < 0 ? undefined : end + 2;
}

/** Says what a word in braces is. */
function classify(source: string, content: string, syntax: PlaceholderSyntax): Token {
  const whole = lookUp(source, content, syntax);
  if (whole !== undefined) return whole;
  const colon = content.lastIndexOf(":");
  const [word, format] = colon < 0
    ? [content, undefined]
    : [content.slice(0, colon), content.slice(colon + 1)];
  const isFormat = format === undefined || FORMAT_OF_ZEROS.test(format) ||
    OTHER_FORMAT.test(format);
  if (!isFormat) return asText(source);
  const token = format === undefined ? undefined : lookUp(source, word, syntax);
  // `{:04}` and `{:.2f}` belong to Python and Rust.
  if (token?.kind === "word" && PATH_STRINGS.includes(token.word)) return asText(source);
  if (token !== undefined && format !== undefined) {
    const width = FORMAT_OF_ZEROS.exec(format)?.[1];
    if (width !== undefined) return { ...token, width: Number(width) };
    // `{1:2}` may be anything.
    if (token.kind === "column" && typeof token.column === "number") return asText(source);
    return { kind: "mistake", source, mistake: { kind: "format", word, format } };
  }
  const known = nearestWord(word, syntax);
  if (known !== undefined) return { kind: "mistake", source, mistake: { kind: "slip", known } };
  const isPart = /^item\.\w+$/.test(word);
  return isPart ? { kind: "mistake", source, mistake: { kind: "part" } } : asText(source);
}

function lookUp(
  source: string,
  word: string,
  { replaceString, hasColumns = false, columns = [] }: PlaceholderSyntax,
): WordToken | ColumnToken | undefined {
  if (columns.includes(word) && word !== "") {
    return { kind: "column", source, column: word, part: "" };
  }
  if (isWord(word)) {
    const isReplaced = word === "" && replaceString !== undefined;
    return isReplaced ? undefined : { kind: "word", source, word };
  }
  if (!hasColumns) return undefined;
  const part = COLUMN_PARTS.find((part) => word.endsWith(part)) ?? "";
  const column = word.slice(0, word.length - part.length);
  if (/^-?[1-9]\d*$/.test(column)) {
    return { kind: "column", source, column: Number(column), part };
  }
  const isName = column !== "" && columns.includes(column);
  return isName ? { kind: "column", source, column, part } : undefined;
}

function isWord(word: string): word is PlaceholderWord {
  return (PLACEHOLDER_WORDS as readonly string[]).includes(word);
}

/** Returns the known word of which another one is a slip: one letter is missing, wrong or too many, or two are swapped. */
function nearestWord(word: string, { columns = [] }: PlaceholderSyntax): string | undefined {
  if (!/^[A-Za-z][\w.]*$/.test(word)) return undefined;
  // {stem} is one slip away from {item}, but {item.stem} is meant: its first part was left out.
  const part = `item.${word}`;
  const known = [...columns, ...PLACEHOLDER_WORDS];
  const column = columns.find((name) => name.toLowerCase() === word.toLowerCase());
  const found = column ?? known.find((other) => isSlip(word, other));
  return found !== undefined && isWord(part) ? part : found;
}

/** Of three letters, another letter in place of one makes many words, such as `and` and `env` of `end`. */
function isSlip(word: string, known: string): boolean {
  if (known.length < 3 || countSlips(word, known) !== 1) return false;
  if (known.length > 3) return true;
  const isSwapped = word.length === 3 && [...word].sort().join() === [...known].sort().join();
  return isSwapped || (word.length === 4 && word[0] === known[0]);
}

/** The part of its range that a command names: both ends, the start only, or nothing. */
export type NamedRange = "whole" | "start" | "nothing";

/** Returns which part of its range a command names. Without the end, it cannot know how many items to do. */
export function namedRange(argv: readonly string[]): NamedRange {
  const names = wordsIn(argv);
  if (names.has("end") || names.has("count")) return "whole";
  return names.has("start") ? "start" : "nothing";
}

/** Returns whether a command names the number of its range. */
export function namesRange(argv: readonly string[]): boolean {
  return wordsIn(argv).has("range");
}

/** Returns the words of the placeholders in a command. */
export function wordsIn(
  argv: readonly string[],
  syntax?: PlaceholderSyntax,
): ReadonlySet<PlaceholderWord> {
  const tokens = argv.flatMap((arg) => parseArgument(arg, syntax));
  return new Set(tokens.flatMap((token) => token.kind === "word" ? [token.word] : []));
}

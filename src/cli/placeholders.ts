/**
 * Commands with placeholders.
 *
 * @module
 */
import type { WorkerState } from "../model/types.ts";
import { UsageError } from "./errors.ts";
import { parse } from "node:path";

/** What a job has to fill placeholders with. */
export interface TemplateOptions {
  /** All items, where their number is known. */
  totalItems?: number;
  /** Items of a range, in a job that is made of strings. */
  perProcess?: number;
  /** What takes an item apart, for a command that {@linkcode namesParts}. */
  parts?: typeof import("./placeholders.ts");
}

type Fill = (worker: WorkerState, total?: number) => string;

/** What stands for numbers, in any job. */
const NUMBERS: Record<string, Fill> = {
  start: ({ extraData }) => `${extraData.startIndex}`,
  end: ({ extraData }) => `${extraData.endIndex}`,
  // The range of an attempt begins where the one before it was sure to be: this is the word for who means that.
  resume: ({ extraData }) => `${extraData.startIndex}`,
  count: ({ extraData }) => `${extraData.endIndex - extraData.startIndex}`,
  range: ({ extraData }) => `${extraData.rangeIndex}`,
  worker: ({ index }) => `${index}`,
  attempt: ({ attempt }) => `${attempt}`,
  total: (_, total) => `${total}`,
};

/** What stands for an item and its parts, where a process has one. */
const ITEM: Record<string, (item: string, parts: TemplateOptions["parts"]) => string> = {
  "item": (item) => item,
  "": (item) => item,
  "item.stem": (item, parts) => parts!.stem(item),
  "item.base": (item, parts) => parts!.basename(item),
  "item.dir": (item, parts) => parts!.dirname(item),
  "item.ext": (item, parts) => parts!.extension(item),
};

/** Whether a command is to have parts of items: only then is there a need for what knows them. (Row start of bench/.) */
export function namesParts(argv: readonly string[]): boolean {
  return argv.some((arg) => namesIn(arg).some((name) => name?.startsWith("item.")));
}

/** What is replaced by several arguments. */
const ALL_ITEMS = "{items}";

/** A brace doubled, or a word in braces; any other brace stands for itself, as in awk or JSON. */
const PATTERN = /\{\{|\{([\w.]*)\}/g;

/**
 * Checks a command and makes a function of it that fills its placeholders in: `{start}`, `{end}`, `{resume}`, `{count}`,
 * `{range}`, `{worker}`, `{attempt}`, `{total}`, inside an argument too; in a job that is made of strings also `{index}`,
 * `{item}` (or `{}`) and its parts, and `{items}`, an argument of its own that becomes as many as the range has items. A
 * command that names none of those gets the items at its end. `{{` is a brace.
 *
 * @throws {UsageError} If there is a placeholder of another name, or at a wrong place.
 */
export function compileTemplate(
  argv: readonly string[],
  { totalItems, perProcess, parts }: TemplateOptions,
): (worker: WorkerState) => string[] {
  const fills = fillsFor({ totalItems, perProcess, parts });
  const template = perProcess === undefined || namesItem(argv) ? argv : [...argv, ALL_ITEMS];
  const filled = template.map((arg) => compileArgument(arg, { fills, perProcess }));
  return (worker) => filled.flatMap((fill) => fill(worker, totalItems));
}

function fillsFor({ totalItems, perProcess, parts }: TemplateOptions): Record<string, Fill> {
  if (perProcess === undefined) return NUMBERS;
  const { total, ...numbers } = NUMBERS;
  return {
    ...numbers,
    index: NUMBERS.start!,
    ...(totalItems === undefined ? {} : { total: total! }),
    ...(perProcess === 1 ? itemFills(parts) : {}),
  };
}

function itemFills(parts: TemplateOptions["parts"]): Record<string, Fill> {
  const fillOf = (name: string): Fill => (worker) => ITEM[name]!(itemsOf(worker)[0]!, parts);
  return Object.fromEntries(Object.keys(ITEM).map((name) => [name, fillOf(name)]));
}

function compileArgument(
  arg: string,
  { fills, perProcess }: { fills: Record<string, Fill>; perProcess?: number },
): (worker: WorkerState, total?: number) => string[] {
  if (perProcess !== undefined && arg === ALL_ITEMS) return itemsOf;
  for (const name of namesIn(arg)) {
    if (name !== undefined && !Object.hasOwn(fills, name)) {
      throw unknown(name, { arg, fills, perProcess });
    }
  }
  return (worker, total) => [
    arg.replace(
      PATTERN,
      (_, name?: string) => name === undefined ? "{" : fills[name]!(worker, total),
    ),
  ];
}

/** The words in braces of an argument; nothing for a brace doubled. */
function namesIn(arg: string): (string | undefined)[] {
  return Array.from(arg.matchAll(PATTERN), ([, name]) => name);
}

function namesItem(argv: readonly string[]): boolean {
  return argv.some((arg) =>
    namesIn(arg).some((name) => name === "" || name?.startsWith("item") || name === "index")
  );
}

function itemsOf({ extraData: { items = [] } }: WorkerState): string[] {
  return [...items];
}

function unknown(
  name: string,
  { arg, fills, perProcess }: { arg: string; fills: Record<string, Fill>; perProcess?: number },
): UsageError {
  if (perProcess !== undefined && name === "items") {
    return new UsageError(`{items} must be an argument of its own: current value is "${arg}"`);
  }
  if (perProcess !== undefined && Object.hasOwn(ITEM, name)) {
    return new UsageError(
      `{${name}} stands for one item, and a process has up to ${perProcess}: use {items}`,
    );
  }
  const known = [...Object.keys(fills), ...(perProcess === undefined ? [] : ["items"])]
    .filter((known) => known !== "").map((known) => `{${known}}`).join(" ");
  return new UsageError(
    `there is no placeholder {${name}}, as in the argument "${arg}": use ${known}, or {{ for a brace`,
  );
}

/**
 * What is likely a mistake: a command that is told where its range begins and not where it ends would leave all items
 * but the first undone, and nobody would know.
 */
export function suspectTemplate(argv: readonly string[], largestRange: number): string | undefined {
  const names = new Set(argv.flatMap(namesIn));
  const isTold = !names.has("start") || names.has("end") || names.has("count");
  if (isTold || !(largestRange > 1)) return undefined;
  return `ranges have up to ${largestRange} items, but the command names only {start}: ` +
    "add -c 1 for one item each, or {end}";
}

/** What comes after the last slash, those at the end left out. */
export function basename(item: string): string {
  return parse(item).base;
}

/** What comes before the last slash; `.` where there is none, so that a slash and a name can follow. */
export function dirname(item: string): string {
  return parse(item).dir || ".";
}

/** The base without its extension. */
export function stem(item: string): string {
  return parse(item).name;
}

/** The extension with its dot; nothing where there is none, as in `.bashrc`. */
export function extension(item: string): string {
  return parse(item).ext;
}

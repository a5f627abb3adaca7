/**
 * Placeholders of a command: checks them, and fills them in for each attempt.
 *
 * @module
 */
import { parse } from "node:path";
import type { WorkerState } from "../model/types.ts";
import { UsageError } from "./errors.ts";

/** The job whose commands are filled in. */
export interface TemplateOptions {
  /** The number of all items, if it is known. */
  totalItems?: number;
  /** Items per range, in a job of strings. */
  perProcess?: number;
}

type Fill = (worker: WorkerState, total?: number) => string;

/** The placeholders of any job. */
const NUMBERS: Record<string, Fill> = {
  start: ({ extraData }) => `${extraData.startIndex}`,
  end: ({ extraData }) => `${extraData.endIndex}`,
  // A range that is tried again begins at its checkpoint: a command that relies on that uses this word.
  resume: ({ extraData }) => `${extraData.startIndex}`,
  count: ({ extraData }) => `${extraData.endIndex - extraData.startIndex}`,
  range: ({ extraData }) => `${extraData.range}`,
  worker: ({ index }) => `${index}`,
  attempt: ({ attempt }) => `${attempt}`,
  total: (_, total) => `${total}`,
};

/** The placeholders of an item and its parts, if a process has one item. */
const ITEM: Record<string, (item: string) => string> = {
  "item": (item) => item,
  "": (item) => item,
  // Without its extension; slashes at the end do not count.
  "item.stem": (item) => parse(item).name,
  "item.base": (item) => parse(item).base,
  // Never empty, so that a slash and a name can follow.
  "item.dir": (item) => parse(item).dir || ".",
  // With its dot; empty for a name such as `.bashrc`.
  "item.ext": (item) => parse(item).ext,
};

/** The argument that is replaced by one argument per item. */
const ALL_ITEMS = "{items}";

/** A doubled brace, or a word in braces. Any other brace stands for itself, as in awk or JSON. */
const PATTERN = /\{\{|\{([\w.]*)\}/g;

/**
 * Checks a command and returns a function that fills its placeholders in: `{start}`, `{end}`, `{resume}`, `{count}`,
 * `{range}`, `{worker}`, `{attempt}`, `{total}`, inside an argument too; in a job of strings also `{index}`, `{item}` (or
 * `{}`) and its parts, and `{items}`, an argument of its own that is replaced by one argument per item of the range. A
 * command without a placeholder for items gets them at its end. `{{` is a brace.
 *
 * @throws {UsageError} If a placeholder has another name, or is not allowed where it is.
 */
export function compileTemplate(
  argv: readonly string[],
  { totalItems, perProcess }: TemplateOptions,
): (worker: WorkerState) => string[] {
  const fills = fillsFor({ totalItems, perProcess });
  const template = perProcess === undefined || namesItem(argv) ? argv : [...argv, ALL_ITEMS];
  const filled = template.map((arg) => compileArgument(arg, { fills, perProcess }));
  return (worker) => filled.flatMap((fill) => fill(worker, totalItems));
}

function fillsFor({ totalItems, perProcess }: TemplateOptions): Record<string, Fill> {
  if (perProcess === undefined) return NUMBERS;
  const { total, ...numbers } = NUMBERS;
  return {
    ...numbers,
    index: NUMBERS.start!,
    ...(totalItems === undefined ? {} : { total: total! }),
    ...(perProcess === 1 ? itemFills() : {}),
  };
}

function itemFills(): Record<string, Fill> {
  const entries = Object.entries(ITEM).map(([name, partOf]) => {
    const fill: Fill = (worker) => partOf(itemsOf(worker)[0]!);
    return [name, fill];
  });
  return Object.fromEntries(entries);
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

/** Returns the words in braces of an argument, with `undefined` for each doubled brace. */
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
 * Returns a warning if a command is likely a mistake: one that names the start of its range and not its end would leave
 * all items but the first undone, and nobody would notice.
 */
export function suspectTemplate(argv: readonly string[], largestRange: number): string | undefined {
  const names = new Set(argv.flatMap(namesIn));
  const isComplete = !names.has("start") || names.has("end") || names.has("count");
  if (isComplete || !(largestRange > 1)) return undefined;
  return `ranges have up to ${largestRange} items, but the command names only {start}: ` +
    "add -c 1 for one item each, or {end}";
}

/**
 * Placeholders of a command: checks them, and fills them in for each attempt.
 *
 * @module
 */
import { parse } from "node:path";
import { argumentCost } from "../base/argument_space.ts";
import type { ItemSpace } from "../engine/item_ranges.ts";
import { namedRange, PLACEHOLDER, placeholdersIn } from "../model/placeholders.ts";
import { LaunchError } from "../launchers/launcher.ts";
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
  attempt: { help: "the number of the attempt, from 1", fill: ({ attempt }) => `${attempt}` },
  total: { help: "the number of all items", fill: (_, total) => `${total}` },
} satisfies Record<string, Placeholder>;

/** The placeholder of an item's number, in a job of strings. */
const INDEX: Placeholder = { help: "the number of the item, from 0", fill: NUMBERS.start.fill };

/** The placeholders of an item and its parts, if a process has one item. */
const ITEM: Record<string, { readonly help: string; readonly partOf: (item: string) => string }> = {
  "item": { help: "the item", partOf: (item) => item },
  "": { help: "the item, too", partOf: (item) => item },
  // Never empty, so that a slash and a name can follow.
  "item.dir": { help: "the folder of a path", partOf: (item) => parse(item).dir || "." },
  "item.base": { help: "its name without the folder", partOf: (item) => parse(item).base },
  // Slashes at the end do not count.
  "item.stem": { help: "that name without its extension", partOf: (item) => parse(item).name },
  // Empty for a name such as `.bashrc`.
  "item.ext": { help: "the extension, with its dot", partOf: (item) => parse(item).ext },
};

/** The argument that is replaced by one argument per item. */
const ALL_ITEMS = "{items}";

/** All placeholders, each with what it stands for, as lines of help. */
export const PLACEHOLDER_HELP: string = [
  ...[...Object.entries(NUMBERS), ["index", INDEX] as const, ...Object.entries(ITEM)]
    .map(([name, { help }]) => [`{${name}}`, help]),
  [ALL_ITEMS, "the items of --per-process, an argument each"],
  ["{{", "a brace"],
].map(([word, help]) => `  ${word!.padEnd(13)}${help}`).join("\n");

/**
 * Checks a command and returns a function that fills its placeholders in, inside an argument too; only `{items}` is an
 * argument of its own. In a job of strings, a command without a placeholder for items gets them at its end.
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
  return (worker) => {
    const command = filled.flatMap((fill) => fill(worker, totalItems));
    if (command[0] !== "") return command;
    throw new LaunchError("the name of the program is empty", { permanent: true });
  };
}

function fillsFor({ totalItems, perProcess }: TemplateOptions): Record<string, Fill> {
  const { total, ...numbers } = NUMBERS;
  const isList = perProcess !== undefined;
  const placeholders: Record<string, Placeholder> = {
    ...numbers,
    ...(isList && totalItems === undefined ? {} : { total }),
    ...(isList ? { index: INDEX } : {}),
  };
  return {
    ...Object.fromEntries(Object.entries(placeholders).map(([name, { fill }]) => [name, fill])),
    ...(perProcess === 1 ? itemFills() : {}),
  };
}

function itemFills(): Record<string, Fill> {
  const entries = Object.entries(ITEM).map(([name, { partOf }]) => {
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
  for (const name of placeholdersIn(arg)) {
    if (name !== undefined && !Object.hasOwn(fills, name)) {
      throw unknown(name, { arg, fills, perProcess });
    }
  }
  return (worker, total) => [
    arg.replace(
      PLACEHOLDER,
      (_, name?: string) => name === undefined ? "{" : fills[name]!(worker, total),
    ),
  ];
}

/** Returns whether a command has a placeholder for its items. */
export function namesItem(argv: readonly string[]): boolean {
  return argv.some((arg) =>
    placeholdersIn(arg).some((name) => name === "" || name?.startsWith("item") || name === "index")
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

/** Returns whether the name of the program is another one for each range. */
export function isProgramFilled(command: readonly string[]): boolean {
  return placeholdersIn(command[0] ?? "").length > 0;
}

/** A number takes this many bytes at most. */
const NUMBER_BYTES = 16;

/**
 * Returns the space that a command of a list has for its items, if it has several per process: what is left of `space` bytes,
 * as often as it names them.
 */
export function itemSpaceOf(
  argv: readonly string[],
  { perProcess, space }: { perProcess: number; space: number },
): ItemSpace | undefined {
  if (perProcess === 1) return undefined;
  const times = argv.filter((arg) => arg === ALL_ITEMS).length || (namesItem(argv) ? 0 : 1);
  if (times === 0) return undefined;
  const fixed = argv.filter((arg) => arg !== ALL_ITEMS)
    .map((arg) => argumentCost(arg) + NUMBER_BYTES * placeholdersIn(arg).length);
  const room = Math.max(1, (space - fixed.reduce((sum, cost) => sum + cost, 0)) / times);
  return { room, costOf: argumentCost };
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

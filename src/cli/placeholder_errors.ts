/**
 * Errors of placeholders: misspelled ones, and those that have no meaning in a job.
 *
 * @module
 */
import type { MistakeToken, PlaceholderWord, Token } from "../model/placeholders.ts";
import { UsageError } from "./errors.ts";

/** Says how braces are written that stand for themselves. */
export function asItIs(source: string): string {
  return `write '\\${source}' for the text ${source}`;
}

/** Returns the error for text that is likely meant as a placeholder. */
export function mistakeError({ mistake, source }: MistakeToken): UsageError {
  switch (mistake.kind) {
    case "slip":
      return new UsageError(
        `there is no placeholder ${source}: use {${mistake.known}}, or ${asItIs(source)}`,
      );
    case "doubled":
      return new UsageError(
        `"${source}" has two braces before it and one behind it: ${asItIs(mistake.inner)}`,
      );
    case "format": {
      const zeros = /[1-9]\d{0,2}/.exec(mistake.format)?.[0] ?? "4";
      return new UsageError(
        `there is no format "${mistake.format}", as in ${source}: ` +
          `use {${mistake.word}:0${zeros}} for zeros before a number, or ${asItIs(source)}`,
      );
    }
    case "part":
      return new UsageError(
        `there is no placeholder ${source}: use {item}, {item.dir}, {item.base}, {item.stem} or ` +
          `{item.ext}, or ${asItIs(source)}`,
      );
    case "column": {
      const { part } = mistake;
      const word = part.startsWith(".") && part !== "." ? `{item${part}}` : `{${part}}`;
      return new UsageError(
        `${source} is a column, and items have none: use ${word}, several lists or --colsep, ` +
          `or ${asItIs(source)}`,
      );
    }
    case "foreign":
      return new UsageError(
        `there is no placeholder ${source}, as GNU parallel has it: use a shell, as in ` +
          `sh -c '…' sh {item}, or ${asItIs(source)}`,
      );
  }
}

/** Returns the error for a placeholder of an item in a job of numbers, where a range may have several. */
export function numberWithoutMeaning(word: PlaceholderWord, source: string): UsageError {
  if (word === "items") {
    return new UsageError(
      `${source} stands for the items of a list, such as --items FILE: use {start} and {end}, ` +
        `or ${asItIs(source)}`,
    );
  }
  return new UsageError(
    `${source} stands for one item, and a range of numbers may have several: ` +
      `add -c 1 for one item each, or use {start} and {end}, or ${asItIs(source)}`,
  );
}

/** Returns the error for a placeholder of what a worker may use, in a run that does not say what that is. */
export function withoutSlots(word: "gpu" | "cpus", source: string): UsageError {
  const [meaning, option] = word === "gpu"
    ? ["the GPU of the worker", "--gpus"]
    : ["the CPUs that the worker is to use", "--threads or --cpus"];
  return new UsageError(`${source} stands for ${meaning}: add ${option}, or ${asItIs(source)}`);
}

/** Placeholders that a worker has before it has a range. */
const WITHOUT_RANGE: readonly PlaceholderWord[] = ["worker", "%", "total", "gpu", "cpus"];

/** Returns the error for a placeholder of one item in the command of a process that may get several. */
export function severalItems(meaning: string, instead: string): UsageError {
  return new UsageError(`${meaning}, and a process may get several: ${instead}`);
}

/** Returns the error for a column in the command of a process that may get several items. It gets them on stdin. */
export function columnOfSeveral(source: string): UsageError {
  return new UsageError(
    `${source} names a column of one item, but a process may get several items: leave it out. ` +
      "The process reads its items on stdin",
  );
}

/** Returns the error for the command of a resident worker that has a placeholder of a range. */
export function unknownToResident(
  template: readonly (readonly Token[])[],
): UsageError | undefined {
  const wrong = template.flat().find((token) =>
    token.kind === "column" || (token.kind === "word" && !WITHOUT_RANGE.includes(token.word))
  );
  return wrong && new UsageError(
    `${wrong.source} is not known when a resident worker starts, as it gets its ranges on stdin: ` +
      `leave it out, or ${asItIs(wrong.source)}`,
  );
}

/** Words after which `{}` belongs to another program: those of find(1), of fd of GNU parallel and others, and the -I of xargs(1). */
const OTHER_BRACES =
  /(?:^|[\s;|&('"`])(?:-(?:exec|execdir|ok|okdir)|--exec|--exec-batch)\s|(?:^|[\s;|&('"`])parallel\s|(?:^|\s)(?:-I|--replace=?)\s*["']?$/;
const FD_BRACES = /(?:^|[\s/;|&('"`])(?:fd|fdfind)\s(?:[^]*\s)?-[xX]\s/;
/** Words that do not name the item: a command may have them and mean `{}` as the item. */
const NOT_OF_ITEM: readonly PlaceholderWord[] = [
  "",
  "worker",
  "%",
  "attempt",
  "total",
  "gpu",
  "cpus",
];

/**
 * Returns the error for a command in which `{}` stands in the command of another program, such as find(1), and that names
 * its item in another way.
 */
export function nestedBraces(template: readonly (readonly Token[])[]): UsageError | undefined {
  const isNamed = template.flat().some((token) =>
    token.kind === "column" || (token.kind === "word" && !NOT_OF_ITEM.includes(token.word))
  );
  if (!isNamed) return undefined;
  let before = "";
  for (const tokens of template) {
    for (const token of tokens) {
      const other = OTHER_BRACES.exec(before) ?? FD_BRACES.exec(before);
      if (token.kind === "word" && token.word === "" && other !== null) {
        const [, option] = /([\w-]+)[^\w-]*$/.exec(other[0])!;
        return new UsageError(
          `{} after ${option} may belong to another program, as the command also names the item in ` +
            `another way: write '\\{}' for the text {}, or give -I STR for another text that stands for the item`,
        );
      }
      before += token.source;
    }
    before += " ";
  }
  return undefined;
}

/**
 * Commands with placeholders.
 *
 * @module
 */
import type { WorkerState } from "../models.ts";
import { UsageError } from "./usage_error.ts";

/** What a placeholder can stand for. */
const PLACEHOLDERS: Record<string, (worker: WorkerState, total: number) => number> = {
  start: ({ extraData }) => extraData.startIndex,
  end: ({ extraData }) => extraData.endIndex,
  count: ({ extraData }) => extraData.endIndex - extraData.startIndex,
  worker: ({ index }) => index,
  attempt: ({ attempt }) => attempt,
  total: (_, total) => total,
};

/** A brace doubled, or a word in braces; any other brace stands for itself, as in awk or JSON. */
const PATTERN = /\{\{|\{([\w.]*)\}/g;

/**
 * Checks a command and makes a function of it that fills its placeholders in: `{start}`, `{end}`, `{count}`, `{worker}`,
 * `{attempt}`, `{total}`, inside an argument too. `{{` is a brace.
 *
 * @throws {UsageError} If there is a placeholder of another name.
 */
export function compileTemplate(
  argv: readonly string[],
  total: number,
): (worker: WorkerState) => string[] {
  for (const arg of argv) {
    for (const [, name] of arg.matchAll(PATTERN)) {
      if (name !== undefined && !Object.hasOwn(PLACEHOLDERS, name)) throw unknown(name, arg);
    }
  }
  return (worker) =>
    argv.map((arg) =>
      arg.replace(
        PATTERN,
        (_, name?: string) => name === undefined ? "{" : `${PLACEHOLDERS[name]!(worker, total)}`,
      )
    );
}

function unknown(name: string, arg: string): UsageError {
  const known = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`).join(" ");
  return new UsageError(
    `there is no placeholder {${name}}, as in the argument "${arg}": use ${known}, or {{ for a brace`,
  );
}

/**
 * What is likely a mistake: a command that is told where its range begins and not where it ends would leave all items
 * but the first undone, and nobody would know.
 */
export function suspectTemplate(argv: readonly string[], largestRange: number): string | undefined {
  const names = new Set(
    argv.flatMap((arg) => Array.from(arg.matchAll(PATTERN), ([, name]) => name)),
  );
  const isTold = !names.has("start") || names.has("end") || names.has("count");
  if (isTold || !(largestRange > 1)) return undefined;
  return `ranges have up to ${largestRange} items, but the command names only {start}: ` +
    "add -c 1 for one item each, or {end}";
}

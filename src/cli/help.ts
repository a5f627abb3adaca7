/**
 * Help: its style, and the lines about options.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import type { AnyOption } from "../model/option.ts";
import { useColor } from "../terminal/capabilities.ts";
import { spellDuration } from "./option_types.ts";

/** Options for Cliffy's help: colour for a person only, and no hints, which need more than 80 columns. */
export const HELP = {
  colors: useColor("auto", { env: readEnv, isTerminal: Deno.stdout.isTerminal() }),
  hints: false,
};

/** Returns the flags of an option with its value: those that mean the same first, as in `-j, --jobs, -w, --workers <n>`. */
export function flagText({ flag, aliases = [] }: AnyOption): string {
  return [...aliases, flag].join(", ");
}

/** A longer line of help may need more than 80 columns. */
const MAX_LINE = 51;

/**
 * Returns the help of an option: a line with its choices and its default, which stand on a line of their own if that gets
 * too long, and one with details if there are any.
 */
export function helpOf(option: AnyOption): string {
  const { help, details } = option;
  const { choices } = option.type;
  const fallback = defaultOf(option);
  const values = choices?.map((word) => word === fallback ? `${word} (default)` : word);
  const suffix = values !== undefined
    ? `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`
    : fallback === undefined
    ? ""
    : `(default: ${fallback})`;
  const start = values === undefined ? help : `${help}:`;
  const isLong = `${start} ${suffix}.`.length > MAX_LINE;
  const line = suffix === "" ? start : `${start}${isLong ? "\n" : " "}${suffix}`;
  return [`${line}.`, ...(details === undefined ? [] : [`${details}.`])].join("\n");
}

/** Returns the default of an option as a person would type it, or `undefined` if there is none to be mentioned. */
function defaultOf({ type, default: value, defaultText }: AnyOption): string | undefined {
  if (defaultText !== undefined || value === undefined || typeof value === "boolean") {
    return defaultText;
  }
  const isTime = type.syntax === "duration" || type.syntax === "retry-delay";
  return isTime && typeof value === "number" ? spellDuration(value) : `${value}`;
}

/**
 * Help: its style, its sections, and the lines about options.
 *
 * @module
 */
import { alternatives } from "../base/alternatives.ts";
import { readEnv } from "../base/env.ts";
import type { AnyOption } from "../model/option.ts";
import { useColor } from "../terminal/capabilities.ts";
import { spellDuration } from "./option_types.ts";

/** A part of a page: a heading, and lines or rows of a term and its meaning. */
export interface HelpSection {
  readonly title: string;
  readonly text?: string;
  readonly rows?: readonly (readonly [term: string, meaning: string])[];
}

/** Returns whether help is coloured: for a person only. */
export function isHelpColored(): boolean {
  return useColor("auto", { env: readEnv, isTerminal: Deno.stdout.isTerminal() });
}

/**
 * Returns the flags of an option with its value, those of other programs first, as in `-j, -w, --workers <n>`. With `isFull`,
 * long ones of other programs are among them.
 */
export function flagText(
  { flag, aliases = [] }: AnyOption,
  { isFull = false }: { isFull?: boolean } = {},
): string {
  return [...aliases.filter((alias) => isFull || !alias.startsWith("--")), flag].join(", ");
}

/** Returns the help of an option: a line with its choices and its default, and one with details if there are any. */
export function helpOf(option: AnyOption): string {
  const { help, details } = option;
  const { choices } = option.type;
  const fallback = defaultOf(option);
  const values = choices?.map((word) => word === fallback ? `${word} (default)` : word);
  const line = values !== undefined
    ? `${help}: ${alternatives(values)}`
    : fallback === undefined
    ? help
    : `${help} (default: ${fallback})`;
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

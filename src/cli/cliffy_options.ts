/**
 * Options of Cliffy: made from tables of options, and read back with their checks.
 *
 * @module
 */
import type { Command } from "@cliffy/command";
import {
  type AnyOption,
  type Checked,
  checkOptions,
  OPTION_GROUPS,
  type Options,
} from "../model/option.ts";
import { ConfigError } from "../model/value_types.ts";
import { UsageError } from "./errors.ts";
import { helpOf } from "./help.ts";
import { PARSERS, PART_NAMES, spellDuration } from "./option_types.ts";

/** A command of any type. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export type AnyCommand = Command<any>;

/** Values of options that were given, by their fields; those of other options are left out. */
export type GivenValues = Readonly<Record<string, unknown>>;

/** What a command does with its options. */
export interface CommandSettings<O extends Options> {
  /** The options, by their fields. */
  readonly options: O;
  /**
   * Called with the values of the options, with the other words, and with the values that were given, by field and
   * before they were checked.
   */
  readonly action: (values: Checked<O>, args: string[], given: GivenValues) => Promise<void>;
}

/** Gives a command its options, and an action that is called with their values after they were checked. */
export function withOptions<O extends Options>(
  command: AnyCommand,
  { options, action }: CommandSettings<O>,
): AnyCommand {
  for (const option of Object.values<AnyOption>(options)) {
    // Cliffy checks no value itself: all errors have the same form.
    const type = `${longName(option.flag)}-value`;
    command.type(type, ({ value }) => readWord(option, value));
    const flag = flagForCliffy(option.flag).replace(/[>\]]$/, (end) => `:${type}${end}`);
    command.option(flag, helpOf(option), { collect: option.isRepeatable });
  }
  return command.action(async (given: Record<string, unknown>, ...args: string[]) => {
    const words = [...args.filter((arg) => arg !== undefined), ...command.getLiteralArgs()];
    await action(readOptions(options, given), words, givenValues(options, given));
  });
}

/** Sorts options by their groups, the daily ones of a group first. */
export function inGroups(options: Options): AnyOption[] {
  const all = Object.values(options);
  return OPTION_GROUPS.flatMap((name) => {
    const group = all.filter((option) => option.group === name);
    return [...group.filter((o) => o.isDaily), ...group.filter((o) => !o.isDaily)];
  });
}

/**
 * Reads the values of options from what Cliffy made of the command line, and checks them.
 *
 * @throws {UsageError} If one of them is wrong.
 */
export function readOptions<O extends Options>(
  options: O,
  given: Readonly<Record<string, unknown>>,
): Checked<O> {
  return checkValues(options, givenValues(options, given));
}

/**
 * Checks the values of options by their fields, and fills their defaults in.
 *
 * @throws {UsageError} If one of them is wrong.
 */
export function checkValues<O extends Options>(options: O, values: GivenValues): Checked<O> {
  try {
    return checkOptions(options, values as { [F in keyof O]?: unknown }, {
      nameOf: (field) => flagOf(options[field]!),
    });
  } catch (error) {
    const isOfValue = error instanceof ConfigError || error instanceof TypeError;
    throw isOfValue ? new UsageError(aboutFlag(error.message)) : error;
  }
}

/**
 * Reads a word of the command line as a value of an option. The value is checked while the word is known, and returned as it
 * was before it was checked.
 *
 * @throws {UsageError} If it is wrong.
 */
export function readWord(option: AnyOption, word: string): unknown {
  const name = flagOf(option);
  const { type: { syntax, check }, isRepeatable } = option;
  const value = PARSERS[syntax]({ name, value: word });
  try {
    check((isRepeatable ? [value] : value) as never, name);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(messageOfWord(error, option, word)) : error;
  }
  return value;
}

/** Returns the message of an error about the word that was given for an option: about the value, or a part of it. */
export function messageOfWord(error: ConfigError, option: AnyOption, word: string): string {
  const flag = flagOf(option);
  const part = error.field.startsWith(`${flag}.`) ? error.field.slice(flag.length + 1) : undefined;
  const partName = part && (PART_NAMES[option.type.syntax]?.[part] ?? part);
  const name = partName === undefined ? flag : `the ${partName} of ${flag}`;
  return aboutFlag(error.messageForWord(name, { word, spellDuration }));
}

/** Returns by field what Cliffy has by flag: of two flags such as `--journal` and `--no-journal`, it has one value. */
function givenValues(options: Options, given: Readonly<Record<string, unknown>>): GivenValues {
  const values = Object.entries(options).flatMap(([field, { flag }]) => {
    const value = given[keyOf(flag)];
    return (value === false) === isNegation(flag) ? [[field, value]] : [];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Returns whether a flag turns something off, as `--no-journal` does, and `--no-retry-on <causes>` does not. */
function isNegation(flag: string): boolean {
  return longName(flagForCliffy(flag)).startsWith("no-");
}

/** Returns a flag as Cliffy has it, to which any `--no-…` turns something off: one with a value has another name. */
function flagForCliffy(flag: string): string {
  return /<|\[/.test(flag) ? nameForCliffy(flag) : flag;
}

/** Returns an option with its value as Cliffy reads it. */
export function nameForCliffy(option: string): string {
  return option.replace(/--no-(?=[\w-]+[ =])/, "--not-");
}

/** Returns the flag by which errors name an option, as in `--timeout`. */
export function flagOf({ flag }: AnyOption): string {
  return `--${longName(flag)}`;
}

/** Shortens a sentence about a flag, or a part of its value: that the job cannot be run is no news. */
export function aboutFlag(message: string): string {
  return message.replace(/^Cannot run the job as (?=(the [\w ]+ of )?--)/, "");
}

/** Returns the name under which Cliffy has the value of an option. */
function keyOf(flag: string): string {
  const name = longName(flagForCliffy(flag)).replace(/^no-/, "");
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function longName(flag: string): string {
  return /--([\w-]+)/.exec(flag)![1]!;
}

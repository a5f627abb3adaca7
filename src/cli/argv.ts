/**
 * Reads the words of a command line: options with their values, other words, and the command after `--`.
 *
 * @module
 */
import { countSlips } from "../base/slips.ts";
import type { AnyOption, Options } from "../model/option.ts";
import { nameForCliffy } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import type { HelpSection } from "./help.ts";

/** What may stand in the command line of a command. */
export interface CommandSyntax {
  /** The options, by their fields. */
  readonly options: Options;
  /** Checks the words before `--` that are no options. */
  readonly checkWords: (words: readonly string[]) => void;
  /** Whether a command comes after `--`. */
  readonly hasCommand: boolean;
  /** Whether words may stand after `--`, as items that begin with `-` do. */
  readonly hasDashedWords?: boolean;
  /** Returns what `--help-all` shows beside all options; if left out, `--help` shows them all, and in no groups. */
  readonly reference?: () => readonly HelpSection[];
  /** Options of other programs that stand for options of the command, by their flags. */
  readonly synonyms?: Readonly<Record<string, Synonym>>;
  /** Returns what to use in place of an option of another program, as the end of a sentence. */
  readonly insteadOf?: (flag: string) => string | undefined;
}

/** An option of another program that stands for options of the command. */
export interface Synonym {
  readonly hasValue: boolean;
  /** Returns the options that it stands for, such as `["--halt-on=1:kill"]`. `flag` is how it was given. */
  readonly toOptions: (value: string, flag: string) => readonly string[];
}

/** A flag, and the option that it stands for. */
interface Flag {
  /** The long form, which is passed on. */
  readonly name: string;
  readonly value: "none" | "needed" | "optional";
  readonly isRepeatable: boolean;
  readonly withoutValue?: string;
  readonly idleValue?: string;
  /** Returns the options that it stands for, if they have other names. */
  readonly toOptions?: Synonym["toOptions"];
}

/** An option as it stands in a command line. */
interface GivenOption {
  readonly flag: Flag;
  /** The value that is joined to it. */
  readonly value?: string;
}

/** An option of a command line that was read. */
export interface ReadOption {
  /** The long flag, such as `--total`. */
  readonly name: string;
  readonly value?: string;
}

/** A command line that was read, without the name of the command. */
export interface ReadArgv {
  /** Whether help is asked for, and which one. Nothing else counts then. */
  readonly help?: "--help" | "--help-all";
  readonly options: readonly ReadOption[];
  /** The words that are no options, and are not of the command. */
  readonly words: readonly string[];
  /** The words after `--`; undefined if there is no `--`. */
  readonly command?: readonly string[];
}

/** The flags that every command has. */
const HELP: Flag = { name: "--help", value: "none", isRepeatable: true };
const HELP_ALL: Flag = { name: "--help-all", value: "none", isRepeatable: true };

/**
 * Reads a command line, without the name of the command.
 *
 * @throws {UsageError} If an option is unknown, is given twice, or lacks its value, or if a word is out of place.
 */
export function readArgv(args: readonly string[], syntax: CommandSyntax): ReadArgv {
  const flags = flagsOf(syntax);
  const unknown = (name: string, known?: readonly string[]) => {
    const isWord = /^-[^-]./.test(name);
    const instead = syntax.insteadOf?.(isWord ? `-${name}` : name);
    if (instead === undefined) return unknownOption(name, known ?? [...flags.keys()]);
    return new UsageError(`there is no option ${name}: ${instead}`);
  };
  const end = args.indexOf("--");
  const words = args.slice(0, end < 0 ? args.length : end);
  const options: ReadOption[] = [];
  const others: string[] = [];
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!isDashed(word)) {
      others.push(word);
      continue;
    }
    for (const { flag, value } of readOption(word, { flags, unknown })) {
      if (flag === HELP || flag === HELP_ALL) {
        return { help: flag === HELP ? "--help" : "--help-all", options: [], words: [] };
      }
      const next = value ?? valueAfter(words[at + 1], flag);
      const isIdle = value === undefined && words[at + 1] === flag.idleValue &&
        at + 1 < words.length;
      if (isIdle || (value === undefined && next !== undefined)) at++;
      for (const option of optionsOf(flag, next)) {
        const { name } = option;
        if (given.has(name) && !flag.isRepeatable) {
          const same = sameAs(word, name) || sameAs(given.get(name)!, name);
          throw new UsageError(`${name} must be given once${same}`);
        }
        const opposite = oppositeOf(name);
        // Options with values are no opposites: --retry-on and --no-retry-on go together.
        const negation = name.startsWith("--no-") ? name : opposite;
        if (given.has(opposite) && flags.get(negation)?.value === "none") {
          throw new UsageError(`${name} cannot be used with ${opposite}`);
        }
        given.set(name, word);
        options.push(option);
      }
    }
  }
  if (end >= 0 && syntax.hasDashedWords) others.push(...args.slice(end + 1));
  else if (end >= 0 && !syntax.hasCommand) {
    throw new UsageError(`there is nothing to be put after --: leave it out`);
  }
  syntax.checkWords(others);
  const command = end >= 0 && syntax.hasCommand ? args.slice(end + 1) : undefined;
  return { options, words: others, command };
}

/**
 * Returns the words of a command line, without the name of the command, in the form that all versions of Cliffy read alike:
 * each option by its long flag, with its value in the same word. If help is asked for, they are `--help` or `--help-all`.
 *
 * @throws {UsageError} The same as {@linkcode readArgv}.
 */
export function normalizeArgv(args: readonly string[], syntax: CommandSyntax): string[] {
  const { help, options, words, command } = readArgv(args, syntax);
  if (help !== undefined) return [help];
  return [
    ...options.map(({ name, value }) =>
      value === undefined ? name : nameForCliffy(`${name}=${value}`)
    ),
    // A word that begins with - would be an option.
    ...(words.some(isDashed) ? ["--"] : []),
    ...(syntax.hasCommand ? [] : words),
    ...(command === undefined ? [] : ["--", ...command]),
  ];
}

/** Returns an option, or what it stands for. */
function optionsOf({ name, toOptions }: Flag, value: string | undefined): readonly ReadOption[] {
  if (toOptions === undefined) return [{ name, value }];
  return toOptions(value ?? "", name).map((option) => {
    const [, name = option, value] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
    return { name, value };
  });
}

/** Explains how an option is given twice if it was not given by its own name. */
function sameAs(word: string, name: string): string {
  const given = word.replace(/=.*/s, "");
  return given.startsWith("--") && given !== name ? `: ${given} means ${name}` : "";
}

/** Returns the flag that turns off what a flag turns on, or the other way round. */
function oppositeOf(name: string): string {
  return name.startsWith("--no-") ? `--${name.slice(5)}` : `--no-${name.slice(2)}`;
}

/** Returns whether a word is an option. `-` alone is a file. */
export function isDashed(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

/** Returns the error for an option that there is not. Names another one only if it is near. */
export function unknownOption(name: string, known: readonly string[]): UsageError {
  const near = nearest(name, known);
  const suggestion = near === undefined ? "" : `: did you mean ${near}?`;
  return new UsageError(`there is no option ${name}${suggestion}`);
}

/**
 * Returns the word that another one is likely a slip of: at most one letter in three is wrong, and two in all; or it is the
 * beginning of just one.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const isLong = word.replace(/^-+/, "").length >= 3;
  const begun = known.filter((other) => other.startsWith(word));
  if (isLong && begun.length === 1) return begun[0];
  const most = Math.min(2, Math.floor(word.replace(/^-+/, "").length / 3));
  const ranked = known.map((other) => ({ other, slips: countSlips(word, other) }))
    .filter(({ slips }) => slips <= most)
    .sort((a, b) => a.slips - b.slips);
  return ranked[0]?.other;
}

function flagsOf({ options, synonyms = {} }: CommandSyntax): ReadonlyMap<string, Flag> {
  const flags = new Map([["-h", HELP], [HELP.name, HELP], [HELP_ALL.name, HELP_ALL]]);
  for (const [name, { hasValue, toOptions }] of Object.entries(synonyms)) {
    flags.set(name, { name, value: hasValue ? "needed" : "none", isRepeatable: false, toOptions });
  }
  for (const option of Object.values(options)) {
    const { names, flag } = toFlag(option);
    for (const name of names) flags.set(name, flag);
  }
  return flags;
}

function toFlag(
  { flag, aliases = [], isRepeatable, withoutValue, idleValue }: AnyOption,
): { names: string[]; flag: Flag } {
  const [written = "", placeholder] = flag.split(/ (?=[<[])/);
  const names = written.split(", ");
  const name = names.at(-1)!;
  const value = placeholder === undefined
    ? "none"
    : placeholder.startsWith("[")
    ? "optional"
    : "needed";
  return {
    names: [...names, ...aliases],
    flag: { name, value, isRepeatable: isRepeatable === true, withoutValue, idleValue },
  };
}

/** What a word is read by. */
interface Known {
  readonly flags: ReadonlyMap<string, Flag>;
  /** Makes the error for an option that there is not. */
  readonly unknown: (name: string, known?: readonly string[]) => UsageError;
}

/** Reads a word such as `--total=3`, `-n3`, or `-0n`. */
function readOption(word: string, known: Known): GivenOption[] {
  if (!word.startsWith("--")) return readLetters(word, known);
  const at = word.indexOf("=");
  const name = at < 0 ? word : word.slice(0, at);
  const flag = known.flags.get(name);
  if (flag === undefined) throw known.unknown(name);
  return [{ flag, value: at < 0 ? undefined : joinedValue(word.slice(at + 1), flag) }];
}

/** Reads letters after one dash: the last one may have a value, which is joined to it with or without `=`. */
function readLetters(word: string, { flags, unknown }: Known): GivenOption[] {
  const long = `-${word.replace(/=.*/s, "")}`;
  if (long.length > 3 && flags.has(long)) throw unknownOption(long.slice(1), [long]);
  const options: GivenOption[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = `-${word[at]}`;
    const flag = flags.get(letter);
    if (flag === undefined) {
      throw unknownLetter(word, { letter, isFirst: at === 1, flags, unknown });
    }
    const rest = word.slice(at + 1);
    if (flag.value === "none" && !rest.startsWith("=")) {
      options.push({ flag });
      continue;
    }
    const value = rest === "" ? undefined : joinedValue(rest.replace(/^=/, ""), flag);
    return [...options, { flag, value }];
  }
  return options;
}

/** Makes the error for a letter. A longer word after one dash is more likely a long option than letters. */
function unknownLetter(
  word: string,
  { letter, isFirst, flags, unknown }: Known & { letter: string; isFirst: boolean },
): UsageError {
  if (!isFirst) return unknown(letter, []);
  const isLetter = /^-\w(?:[^a-z]|.?$)/s.test(word);
  const name = word.replace(/=.*/s, "");
  return isLetter && nearest(name, longFlags(flags)) === undefined
    ? unknown(letter, [])
    : unknown(name, longFlags(flags));
}

function longFlags(flags: ReadonlyMap<string, Flag>): string[] {
  return [...flags.keys()].filter((name) => name.startsWith("--"));
}

function joinedValue(value: string, flag: Flag): string | undefined {
  if (flag.value === "none") {
    if (value === flag.idleValue) return undefined;
    throw new UsageError(`${flag.name} has no value: write it alone`);
  }
  if (value === "") throw missingValue(flag);
  return value;
}

/** Returns the value of a flag from the word after it; undefined if the flag needs none and that word is something else. */
function valueAfter(word: string | undefined, flag: Flag): string | undefined {
  if (flag.value === "none") return undefined;
  const isValue = word !== undefined && (!isDashed(word) || /^-[\d.]/.test(word));
  if (isValue && word !== "") return word;
  if (flag.value === "optional" && word !== "") return undefined;
  throw missingValue(flag, word);
}

function missingValue({ name, withoutValue }: Flag, next = ""): UsageError {
  const write = next === "" ? undefined : `write ${name}=${next} if that is the value`;
  const hints = [withoutValue, write].filter((hint) => hint !== undefined).map((it) => `: ${it}`);
  return new UsageError(`${name} must have a value${hints[0] ?? ""}`);
}

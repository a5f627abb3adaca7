/**
 * Check of the words of a command line, before Cliffy reads them: its versions differ in what they let pass.
 *
 * @module
 */
import { countSlips } from "../base/slips.ts";
import type { AnyOption, Options } from "../model/option.ts";
import { UsageError } from "./errors.ts";

/** What may stand in the command line of a command. */
export interface CommandSyntax {
  /** The options, by their fields. */
  readonly options: Options;
  /** Checks the words before `--` that are no options. */
  readonly checkWords: (words: readonly string[]) => void;
  /** Whether a command comes after `--`. */
  readonly hasCommand: boolean;
}

/** A flag, and the option that it stands for. */
interface Flag {
  /** The long form, which is passed on. */
  readonly name: string;
  readonly value: "none" | "needed" | "optional";
  readonly isRepeatable: boolean;
}

/** An option as it stands in a command line. */
interface GivenOption {
  readonly flag: Flag;
  /** The value that is joined to it. */
  readonly value?: string;
}

/** The flag that every command has. */
const HELP: Flag = { name: "--help", value: "none", isRepeatable: true };

/**
 * Returns the words of a command line, without the name of the command, in the form that all versions of Cliffy read alike:
 * each option by its long flag, with its value in the same word.
 *
 * @throws {UsageError} If an option is unknown, is given twice, or lacks its value, or if a word is out of place.
 */
export function normalizeArgv(args: readonly string[], syntax: CommandSyntax): string[] {
  const flags = flagsOf(syntax.options);
  const end = args.indexOf("--");
  const words = args.slice(0, end < 0 ? args.length : end);
  const options: string[] = [];
  const others: string[] = [];
  const given = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!isDashed(word)) {
      others.push(word);
      continue;
    }
    for (const { flag, value } of readOption(word, flags)) {
      if (flag === HELP) return [word === "-h" ? word : HELP.name];
      if (given.has(flag.name) && !flag.isRepeatable) {
        throw new UsageError(`${flag.name} must be given once`);
      }
      given.add(flag.name);
      const next = value ?? valueAfter(words[at + 1], flag);
      if (value === undefined && next !== undefined) at++;
      options.push(next === undefined ? flag.name : `${flag.name}=${next}`);
    }
  }
  if (end >= 0 && !syntax.hasCommand) {
    throw new UsageError(`there is nothing to be put after --: leave it out`);
  }
  syntax.checkWords(others);
  return [...options, ...(syntax.hasCommand ? [] : others), ...(end < 0 ? [] : args.slice(end))];
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

function flagsOf(options: Options): ReadonlyMap<string, Flag> {
  const flags = new Map([["-h", HELP], ["--help", HELP]]);
  for (const option of Object.values(options)) {
    const { names, flag } = toFlag(option);
    for (const name of names) flags.set(name, flag);
  }
  return flags;
}

function toFlag({ flag, isRepeatable }: AnyOption): { names: string[]; flag: Flag } {
  const [written = "", placeholder] = flag.split(/ (?=[<[])/);
  const names = written.split(", ");
  const name = names.at(-1)!;
  const value = placeholder === undefined
    ? "none"
    : placeholder.startsWith("[")
    ? "optional"
    : "needed";
  return { names, flag: { name, value, isRepeatable: isRepeatable === true } };
}

/** Reads a word such as `--total=3`, `-n3`, or `-0n`. */
function readOption(word: string, flags: ReadonlyMap<string, Flag>): GivenOption[] {
  if (!word.startsWith("--")) return readLetters(word, flags);
  const at = word.indexOf("=");
  const name = at < 0 ? word : word.slice(0, at);
  const flag = flags.get(name);
  if (flag === undefined) throw unknownOption(name, [...flags.keys()]);
  return [{ flag, value: at < 0 ? undefined : joinedValue(word.slice(at + 1), flag) }];
}

/** Reads letters after one dash: the last one may have a value, which is joined to it with or without `=`. */
function readLetters(word: string, flags: ReadonlyMap<string, Flag>): GivenOption[] {
  const long = `-${word.replace(/=.*/s, "")}`;
  if (flags.has(long)) throw unknownOption(long.slice(1), [long]);
  const options: GivenOption[] = [];
  for (let at = 1; at < word.length; at++) {
    const flag = flags.get(`-${word[at]}`);
    // A word after one dash is more likely a long option than letters.
    if (flag === undefined) throw unknownOption(at === 1 ? word : `-${word[at]}`, longFlags(flags));
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

function longFlags(flags: ReadonlyMap<string, Flag>): string[] {
  return [...flags.keys()].filter((name) => name.startsWith("--"));
}

function joinedValue(value: string, flag: Flag): string {
  if (flag.value === "none") {
    throw new UsageError(`${flag.name} has no value: current value is "${value}"`);
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

function missingValue({ name }: Flag, next = ""): UsageError {
  const hint = next === "" ? "" : `: write ${name}=${next} if that is the value`;
  return new UsageError(`Missing value for option "${name}"${hint}`);
}

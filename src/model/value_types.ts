/**
 * Types of option values: each knows how its values are checked and what a wrong one is told.
 *
 * @module
 */
import { alternatives } from "../base/alternatives.ts";
import { errorMessage } from "../base/errors.ts";
import { isPassable, toPath } from "../base/paths.ts";
import { parseSize } from "../base/sizes.ts";
import { escapeHidden } from "../base/surrogate_escape.ts";

/** The longest duration, in milliseconds: 10,000 days. Any shell can count its seconds. */
const MAX_DURATION_MS = 864_000_000_000;

/** Names of the ways in which a command line spells values. */
export type ValueSyntax =
  | "boolean"
  | "integer"
  | "number"
  | "string"
  | "choice"
  | "chunk-size"
  | "duration"
  | "retry-delay"
  | "retry-causes"
  | "halt-on"
  | "gpus"
  | "worker-count"
  | "progress-pattern"
  | "size"
  | "load"
  | "start-rate"
  | "order";

/** A type of values: those of type `T` are given, those of type `R` come of them. */
export interface ValueType<T, R = T> {
  /** How a command line spells a value; its parser has this name. */
  readonly syntax: ValueSyntax;
  /** The values that there are, if they are a few words. */
  readonly choices?: readonly string[];
  /**
   * Checks a value, and completes it.
   *
   * @throws {ConfigError} If it has another type or is out of its bounds; the sentence calls it `name`.
   */
  readonly check: (value: T, name: string) => R;
}

/** Thrown for a field of a config, an option or an argument whose value has a wrong type or is out of its bounds. */
export class ConfigError extends RangeError {
  /** @ignore */
  override readonly name = "ConfigError";
  /** The field, such as `numWorkers`; or the flag of a command line. */
  readonly field: string;
  /** Its value. */
  readonly value: unknown;
  readonly #facts: ErrorFacts;

  /**
   * Makes the error for a field, or for a flag if it is named so.
   *
   * @ignore
   */
  constructor(field: string, facts: ErrorFacts) {
    super(sentence(field, facts));
    this.field = field;
    this.value = facts.value;
    this.#facts = facts;
  }

  /** Returns the message with another name for the field, such as `--workers`. */
  messageFor(name: string): string {
    return sentence(name, this.#facts);
  }

  /**
   * Returns the message about the word of a command line that became the value.
   *
   * @ignore
   */
  messageForWord(name: string, { word, spellDuration }: SpelledWord): string {
    const { value, times, most = Infinity, wanted } = this.#facts;
    const right = times !== undefined
      ? `a duration from ${spellDuration(times.min)} to ${spellDuration(times.max)}`
      : typeof value === "number" && value > most
      ? `at most ${most}`
      : wanted;
    // A text is the word itself, or the part of it that is wrong.
    const current = typeof value === "string" ? value : word;
    return sentence(name, { ...this.#facts, wanted: right, value: current });
  }
}

/** A word of a command line. */
interface SpelledWord {
  readonly word: string;
  /** Spells milliseconds as the command line takes them. */
  readonly spellDuration: (ms: number) => string;
}

/** Facts that the message of a {@linkcode ConfigError} is made of. */
interface ErrorFacts {
  /** What the value must be. */
  readonly wanted: string;
  readonly value: unknown;
  /** The bounds in milliseconds if the value must be a duration. */
  readonly times?: { readonly min: number; readonly max: number };
  /** The most that the value may be if `wanted` does not tell. */
  readonly most?: number;
  /** More about it, which is added in parentheses. */
  readonly reason?: string;
  /** Whether the value is right, and something else is missing: the message leaves it out then. */
  readonly isRight?: boolean;
  /** What is impossible; to run the job if left out. */
  readonly task?: string;
}

/** Returns the error for a value of another type than it should be. */
export function wrongType(name: string, wanted: string, value: unknown): ConfigError {
  return new ConfigError(name, { wanted, value });
}

/** Returns the error for a value that should be a kind of integer without another bound than that of exact numbers. */
export function wrongInteger(name: string, wanted: string, value: unknown): ConfigError {
  return new ConfigError(name, { wanted, value, most: Number.MAX_SAFE_INTEGER });
}

function sentence(
  name: string,
  { wanted, value, reason, isRight = false, task = "run the job" }: ErrorFacts,
): string {
  const current = typeof value === "string" ? `"${escapeHidden(value)}"` : Deno.inspect(value);
  const suffix = (isRight ? "" : `: current value is ${current}`) +
    (reason === undefined ? "" : ` (${reason})`);
  return `Cannot ${task} as ${name} must be ${wanted}${suffix}`;
}

/** Refuses fields that an object must not have; `name` is that of the object, if it is a field itself. */
export function knownFields(
  value: object,
  { name, fields }: { name?: string; fields: readonly string[] },
): void {
  if (typeof value !== "object" || value === null) {
    throw wrongType(name ?? "config", "an object", value);
  }
  const unknown = unknownField(value, fields);
  if (unknown === undefined) return;
  const { field, reason } = unknown;
  const path = name === undefined ? field : `${name}.${field}`;
  throw new ConfigError(path, { wanted: "left out", value: Reflect.get(value, field), reason });
}

/** Finds a field that an object must not have, and says what is wrong with it. */
export function unknownField(
  value: object,
  fields: readonly string[],
): { field: string; reason: string } | undefined {
  const field = Object.keys(value).find((field) => !fields.includes(field));
  if (field === undefined) return undefined;
  return { field, reason: `there is no such field: use ${fields.join(", ")}` };
}

/** Refuses a value that has no method of that name; `name` is its noun with an article. */
export function requireMethod(
  value: unknown,
  { name, method }: { name: string; method: string },
): void {
  const found: unknown = typeof value === "object" && value !== null
    ? Reflect.get(value, method)
    : undefined;
  if (typeof found !== "function") {
    throw wrongType(name, `an object with a method ${method}`, value);
  }
}

/** What checks a field that is given. */
export type FieldCheck = Pick<ValueType<never, unknown>, "check">;

/**
 * Checks the options of a constructor: refuses fields that are not in the table, and values that are given and wrong.
 *
 * @throws {ConfigError} If one is refused.
 */
export function checkGiven<T extends object>(
  options: T,
  checks: { readonly [F in keyof T]-?: FieldCheck },
): void {
  if (typeof options !== "object" || options === null) {
    throw wrongType("options", "an object", options);
  }
  knownFields(options, { fields: Object.keys(checks) });
  for (const [field, { check }] of Object.entries<FieldCheck>(checks)) {
    const value: unknown = Reflect.get(options, field);
    if (value !== undefined) check(value as never, field);
  }
}

/** Makes the check of objects that have these methods. */
export function withMethods(...methods: readonly string[]): FieldCheck {
  return {
    check(value, name) {
      for (const method of methods) requireMethod(value, { name, method });
    },
  };
}

/** The check of functions. */
export const functionCheck: FieldCheck = {
  check(value, name) {
    if (typeof value !== "function") throw wrongType(name, "a function", value);
  },
};

/** Accepts what either check accepts; the second one makes the error. */
export function either(first: FieldCheck, second: FieldCheck): FieldCheck {
  return {
    check(value, name) {
      try {
        first.check(value, name);
      } catch {
        second.check(value, name);
      }
    },
  };
}

/** Makes the type of integers from `min` on, 0 or 1. */
export function integer(min: 0 | 1): ValueType<number> {
  const wanted = min === 0 ? "a non-negative integer" : "a positive integer";
  return ofType("number", {
    ...{ syntax: "integer", wanted, most: Number.MAX_SAFE_INTEGER },
    isRight: (value) => Number.isSafeInteger(value) && value >= min,
  });
}

/** Makes the type of durations in milliseconds. */
export function duration(min = 1): ValueType<number> {
  const times = { min, max: MAX_DURATION_MS };
  return ofType("number", {
    ...{ syntax: "duration", times },
    wanted: `a number of milliseconds from ${min} to ${MAX_DURATION_MS}`,
    isRight: (value) => value >= min && value <= MAX_DURATION_MS,
  });
}

/** Makes the type of sizes: a number of bytes, or a text such as `512M`, which becomes one. */
export function size({ min }: { min: number }): ValueType<number | string, number> {
  const least = min % 2 ** 20 === 0 ? `${min / 2 ** 20}M` : `${min}`;
  const wanted = `a number of bytes or a size such as 512M or 4G, of at least ${least}`;
  return {
    syntax: "size",
    check(value, name) {
      if (typeof value !== "number" && typeof value !== "string") {
        throw wrongType(name, wanted, value);
      }
      const bytes = typeof value === "string" ? parseSize(value) : value;
      if (Number.isSafeInteger(bytes) && bytes! >= min) return bytes!;
      throw new ConfigError(name, { wanted, value });
    },
  };
}

/** Makes the type of numbers within bounds. */
export function between({ min, max }: { min: number; max?: number }): ValueType<number> {
  const bounds = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return ofType("number", {
    syntax: "number",
    wanted: `a number ${bounds}`,
    ...(max === undefined && { most: Number.MAX_VALUE }),
    isRight: (value) => value >= min && value <= (max ?? Number.MAX_VALUE),
  });
}

/** Makes the type of finite numbers above `min`. */
export function above(min: number): ValueType<number> {
  return ofType("number", {
    ...{ syntax: "number", wanted: `a number of more than ${min}`, most: Number.MAX_VALUE },
    isRight: (value) => value > min && value < Infinity,
  });
}

/** Makes the type of switches. */
export function boolean(): ValueType<boolean> {
  return ofType("boolean", { syntax: "boolean", wanted: "a boolean" });
}

/** Makes the type of any text. */
export function text(): ValueType<string> {
  return ofType("string", { syntax: "string", wanted: "a string" });
}

/** Makes the type of paths; there may be a file or not. */
export function path(): ValueType<string | URL, string> {
  const wanted = "a path or a file URL";
  const { syntax, check } = ofType("string", {
    ...{ syntax: "string", wanted },
    isRight: (value) => value !== "" && isPassable(value),
  });
  return {
    syntax,
    check(value, name) {
      if (!(value instanceof URL)) return check(value, name);
      if (value.protocol !== "file:") throw new ConfigError(name, { wanted, value: value.href });
      try {
        return toPath(value);
      } catch (error) {
        throw new ConfigError(name, { wanted, value: value.href, reason: errorMessage(error) });
      }
    },
  };
}

/** Makes the type of a few words. */
export function choice<const T extends string>(...choices: T[]): ValueType<T> {
  const { check } = ofType("string", {
    syntax: "choice",
    wanted: alternatives(choices.map((word) => `"${word}"`)),
    isRight: (value) => choices.includes(value as T),
  });
  return { syntax: "choice", choices, check: (value, name) => check(value, name) as T };
}

/** Makes the type of lists, each of whose elements has a type. */
export function listOf<T, R>({ syntax, check }: ValueType<T, R>): ValueType<T[], R[]> {
  return {
    syntax,
    check(values, name) {
      if (!Array.isArray(values)) throw wrongType(name, "a list", values);
      return values.map((value) => check(value, name));
    },
  };
}

/** The primitive types that values can have, by what `typeof` returns. */
interface Primitives {
  boolean: boolean;
  number: number;
  string: string;
}

function ofType<N extends keyof Primitives>(
  type: N,
  { syntax, isRight = () => true, ...facts }: {
    syntax: ValueSyntax;
    isRight?: (value: Primitives[N]) => boolean;
  } & Pick<ErrorFacts, "wanted" | "times" | "most">,
): ValueType<Primitives[N]> {
  return {
    syntax,
    check(value, name) {
      const actual: string = typeof value;
      if (actual !== type || !isRight(value)) throw new ConfigError(name, { ...facts, value });
      return value;
    },
  };
}

/**
 * Options in general: the row of a table of options, and the checks of the values of a whole table.
 *
 * @module
 */
import { alternatives } from "../base/alternatives.ts";
import { ConfigError, knownFields, type ValueType } from "./value_types.ts";

/** Groups of options, in the order in which help shows them. */
export const OPTION_GROUPS = [
  "Items",
  "Workers",
  "Failures",
  "Output",
  "Watching",
  "Record",
  "Elsewhere",
] as const;

/** A group of options. */
export type OptionGroup = typeof OPTION_GROUPS[number];

/** An option that another one cannot be used without. */
export interface Need {
  /** The field of that option. */
  readonly field: string;
  /** The least value that it must have, if it is a number. */
  readonly min?: number;
  /** The values of which it must have one, if it is a word. */
  readonly oneOf?: readonly string[];
}

/** An option. */
export interface AnyOption {
  /** Its flags and the name of its value, as in `-n, --total <items>`. */
  readonly flag: string;
  /** More flags that mean the same, as in `-j`; the command has them, and no field. */
  readonly aliases?: readonly string[];
  /** How its values are spelled and checked. */
  readonly type: ValueType<never, unknown>;
  /** The value that stands in if it is left out. */
  readonly default?: unknown;
  /** Describes the default in words if it depends on something, such as the number of CPUs. */
  readonly defaultText?: string;
  /** The group that it belongs to. */
  readonly group: OptionGroup;
  /** What it does: one line, without its period, its choices and its default, which are added. */
  readonly help: string;
  /** More about it, in one line, without its period. */
  readonly details?: string;
  /** Whether it is among those that most runs use; it comes first in its group. */
  readonly isDaily?: true;
  /** Whether it may be given several times. */
  readonly isRepeatable?: true;
  /** The options that it cannot be used without. */
  readonly needs?: readonly Need[];
  /** Advice for a person who gives it without a value: what to write instead. */
  readonly withoutValue?: string;
  /** A word that may come after a flag without a value, and changes nothing. */
  readonly idleValue?: string;
}

/** An option whose values have the type `T`. */
export interface Option<T> extends AnyOption {
  readonly type: ValueType<T, unknown>;
  readonly default?: T;
}

/** Options by their fields. */
export type Options = Readonly<Record<string, AnyOption>>;

/** The values of options after they were checked; those of options without a default may be missing. */
export type Checked<O extends Options> =
  & { readonly [F in WithDefault<O>]: ValueOf<O[F]> }
  & { readonly [F in Exclude<keyof O, WithDefault<O>>]?: ValueOf<O[F]> };

type WithDefault<O extends Options> = {
  [F in keyof O]: O[F] extends { default: unknown } ? F : never;
}[keyof O];

type ValueOf<T extends AnyOption> = T["type"] extends ValueType<never, infer R> ? R : never;

/**
 * Checks the values of options and fills their defaults in. Errors call a field what `nameOf` returns for it.
 *
 * @throws {ConfigError} If a value has another type or other bounds than it should, is used without an option that it needs,
 * or a field is not one of the options.
 */
export function checkOptions<O extends Options>(
  options: O,
  values: { readonly [F in keyof O]?: unknown },
  { nameOf = (field) => field }: { nameOf?: (field: string) => string } = {},
): Checked<O> {
  knownFields(values, { fields: Object.keys(options) });
  const checked: Record<string, unknown> = {};
  for (const [field, { type, default: fallback }] of Object.entries(options)) {
    const given: unknown = values[field];
    // Defaults stand in for what is left out, not for null.
    const value = given === undefined ? fallback : given;
    checked[field] = value === undefined ? undefined : type.check(value as never, nameOf(field));
  }
  for (const field of Object.keys(options)) {
    const missing = unmetNeeds(options, { field, values });
    if (missing.length === 0) continue;
    const others = missing.map((need) => describeNeed(need, nameOf)).join(" and ");
    const value: unknown = values[field];
    throw new ConfigError(nameOf(field), { wanted: `used with ${others}`, value, isRight: true });
  }
  return checked as Checked<O>;
}

/** Returns what an option needs and does not have among values. It needs nothing if it is not given, or has its default. */
export function unmetNeeds(
  options: Options,
  { field, values }: { field: string; values: Readonly<Record<string, unknown>> },
): Need[] {
  const { needs = [], default: fallback } = options[field]!;
  const value = values[field];
  if (value === undefined || value === false || value === fallback) return [];
  return needs.filter((need) => !isMet(need, values[need.field] ?? options[need.field]?.default));
}

function isMet({ min, oneOf }: Need, value: unknown): boolean {
  if (min !== undefined) return typeof value === "number" && value >= min;
  return oneOf === undefined
    ? value !== undefined && value !== false
    : oneOf.some((word) => word === value);
}

/** Describes what an option needs, as in `--retries of 1 or more`. */
export function describeNeed(
  { field, min, oneOf }: Need,
  nameOf: (field: string) => string,
): string {
  if (min !== undefined) return `${nameOf(field)} of ${min} or more`;
  return oneOf === undefined ? nameOf(field) : `${nameOf(field)} ${alternatives(oneOf)}`;
}

/**
 * Table of the options of a job: the fields of a {@linkcode TaskConfig}, each with its flag, type, default, group and
 * help. The checks of a config, the options of the command, their help and the tables of the documentation are derived
 * from it.
 *
 * @module
 */
import type { HaltOn, RetryDelay, TaskConfig } from "./config.ts";
import type { Protocol } from "./protocol.ts";
import {
  above,
  between,
  boolean,
  choice,
  ConfigError,
  duration,
  integer,
  knownFields,
  path,
  type ValueType,
  wrongType,
} from "./value_types.ts";

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
  /** How its values are spelled and checked. */
  readonly type: ValueType<never, unknown>;
  /** The value that stands in if it is left out. */
  readonly default?: unknown;
  /** The default in words, if it is no fixed value. */
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
}

/** An option whose values have the type `T`. */
export interface Option<T> extends AnyOption {
  readonly type: ValueType<T, unknown>;
  readonly default?: T;
}

/** Options by their fields. */
export type Options = Readonly<Record<string, AnyOption>>;

/** The values of options after they were checked. */
export type Checked<O extends Options> = {
  readonly [F in keyof O]: O[F] extends { type: ValueType<never, infer R> }
    ? O[F] extends { default: unknown } ? R : R | undefined
    : never;
};

/** The options that are fields of a config. */
export const CONFIG_OPTIONS = {
  totalItems: {
    flag: "-n, --total <items>",
    type: integer(0),
    group: "Items",
    help: "Number of items; they are numbered from 0",
    isDaily: true,
  },
  items: {
    flag: "--items <file>",
    type: iterable(),
    group: "Items",
    help: "File of items, one per line; - is stdin",
    isDaily: true,
  },
  chunkSize: {
    flag: "-c, --chunk-size <items>",
    type: integer(1),
    defaultText: "one range per worker",
    group: "Items",
    help: "Items per range",
    isDaily: true,
  },
  numWorkers: {
    flag: "-w, --workers <n>",
    type: integer(1),
    defaultText: "what fits",
    group: "Workers",
    help: "Workers at once",
    isDaily: true,
  },
  protocol: {
    flag: "--progress-pattern <pattern>",
    type: protocolFactory(),
    group: "Workers",
    help: "Program name or regex to read progress by",
  },
  gracePeriod: {
    flag: "--grace-period <time>",
    type: duration(),
    default: 10_000,
    group: "Workers",
    help: "Time that workers get to end",
  },
  maxRetries: {
    flag: "-r, --retries <n>",
    type: integer(0),
    default: 0,
    group: "Failures",
    help: "Retries of a failed range",
    isDaily: true,
  },
  timeout: {
    flag: "--timeout <time>",
    type: duration(),
    group: "Failures",
    help: "Longest time for one attempt: 30s, 1h30m",
    isDaily: true,
  },
  stallTimeout: {
    flag: "--stall-timeout <time>",
    type: duration(),
    group: "Failures",
    help: "Longest time without progress or message",
  },
  runTimeout: {
    flag: "--run-timeout <time>",
    type: duration(),
    group: "Failures",
    help: "Longest time for the whole run",
  },
  retryDelay: {
    flag: "--retry-delay <delay>",
    type: retryDelay(),
    default: 1_000,
    group: "Failures",
    help: "Delay before a retry",
    details: "Full form: first,factor,max,jitter",
  },
  retryFrom: {
    flag: "--retry-from <where>",
    type: choice("start", "checkpoint"),
    default: "start",
    group: "Failures",
    help: "Retry from",
    details: "A checkpoint is the last PROGRESS",
  },
  strict: {
    flag: "--strict",
    type: boolean(),
    default: false,
    group: "Failures",
    help: "Fail a range whose progress falls short",
  },
  haltOn: {
    flag: "--halt-on <limit>",
    type: haltOn(),
    group: "Failures",
    help: "Failures after which the run gives up",
    details: "3:drain lets workers end, 1:kill ends them",
  },
  slowAfter: {
    flag: "--slow-after <times>",
    type: above(1),
    group: "Failures",
    help: "Warn at this multiple of the median time",
  },
  killSlow: {
    flag: "--kill-slow",
    type: boolean(),
    default: false,
    group: "Failures",
    help: "End slow attempts and try them again",
    needs: [{ field: "maxRetries", min: 1 }, { field: "slowAfter" }],
  },
  isolate: {
    flag: "--isolate",
    type: boolean(),
    default: false,
    group: "Failures",
    help: "Split a range around an item that always fails",
    needs: [{ field: "maxRetries", min: 1 }],
  },
  results: {
    flag: "--results <dir>",
    type: path(),
    group: "Output",
    help: "Directory for output and exit code of each range",
  },
  logDir: {
    flag: "--log-dir <dir>",
    type: path(),
    group: "Output",
    help: "Directory for all output of each attempt",
  },
  gridCols: {
    flag: "--grid-cols <n>",
    type: integer(1),
    defaultText: "what fits",
    group: "Watching",
    help: "Columns of the grid",
  },
  maxLost: {
    flag: "--lost-retries <n>",
    type: integer(0),
    default: 10,
    group: "Elsewhere",
    help: "Retries after a node failure",
  },
  maxLaunchFailures: {
    flag: "--launch-retries <n>",
    type: integer(0),
    default: 20,
    group: "Elsewhere",
    help: "Retries after a failed launch",
  },
} satisfies { readonly [F in keyof TaskConfig]-?: Option<NonNullable<TaskConfig[F]>> };

/**
 * Checks the values of options and fills their defaults in. Errors call a field what `nameOf` returns for it.
 *
 * @throws {TypeError} If a value has another type than it should, or a field is not one of the options.
 * @throws {ConfigError} If a value is out of its bounds, or is used without an option that it needs.
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
  for (const [field, { needs = [] }] of Object.entries(options)) {
    const value: unknown = values[field];
    if (value === undefined || value === false) continue;
    const missing = needs.find((need) => !isMet(need, checked[need.field]));
    if (missing === undefined) continue;
    throw new ConfigError(nameOf(field), {
      wanted: `used with ${describe(missing, nameOf)}`,
      value,
    });
  }
  return checked as Checked<O>;
}

function isMet({ min, oneOf }: Need, value: unknown): boolean {
  if (min !== undefined) return typeof value === "number" && value >= min;
  return oneOf === undefined ? value !== undefined : oneOf.some((word) => word === value);
}

function describe({ field, min, oneOf }: Need, nameOf: (field: string) => string): string {
  if (min !== undefined) return `${nameOf(field)} of ${min} or more`;
  return oneOf === undefined ? nameOf(field) : `${nameOf(field)} ${oneOf.join(" or ")}`;
}

function iterable(): ValueType<Iterable<string> | AsyncIterable<string>> {
  return {
    syntax: "string",
    check(value, name) {
      const isIterable = typeof value === "object" && value !== null &&
        (Symbol.iterator in value || Symbol.asyncIterator in value);
      if (!isIterable) throw wrongType(name, "an iterable of strings", value);
      return value;
    },
  };
}

function protocolFactory(): ValueType<() => Protocol> {
  return {
    syntax: "progress-pattern",
    check(value, name) {
      if (typeof value === "function") return value;
      throw wrongType(name, "a function that makes a handler for each attempt", value);
    },
  };
}

function retryDelay(): ValueType<number | RetryDelay, Required<RetryDelay>> {
  return {
    syntax: "retry-delay",
    check(value, name) {
      if (typeof value === "number") value = { initial: value };
      knownFields(value, { name, fields: ["initial", "factor", "max", "jitter"] });
      const { initial = 1_000, factor = 2, max = Math.max(30_000, initial), jitter = 0.5 } = value;
      return {
        initial: duration(0).check(initial, `${name}.initial`),
        factor: between({ min: 1 }).check(factor, `${name}.factor`),
        max: duration(0).check(max, `${name}.max`),
        jitter: between({ min: 0, max: 1 }).check(jitter, `${name}.jitter`),
      };
    },
  };
}

function haltOn(): ValueType<HaltOn> {
  return {
    syntax: "halt-on",
    check(value, name) {
      knownFields(value, { name, fields: ["failures", "how"] });
      return {
        failures: integer(1).check(value.failures, `${name}.failures`),
        how: choice("drain", "kill").check(value.how, `${name}.how`),
      };
    },
  };
}

/**
 * Parsers of option values, one for each syntax that Cliffy does not know itself.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import { compileRegExp } from "../base/regexps.ts";
import type { HaltOn, RetryDelay, StartOrder, StartRate, TaskConfig } from "../model/config.ts";
import type { Protocol } from "../model/protocol.ts";
import type { ValueSyntax } from "../model/value_types.ts";
import { findEndless } from "../output/protocol/backtracking.ts";
import { PatternProtocol } from "../output/protocol/pattern.ts";
import { PRESET_NAMES, type PresetName, PROGRESS_PRESETS } from "../output/protocol/presets.ts";
import { UsageError } from "./errors.ts";
import { readWorkerCount } from "./worker_count.ts";

/** A value as it was typed: the text, and the flag of its option. */
interface TypedValue {
  readonly name: string;
  readonly value: string;
}

/** The parsers, by the syntaxes that they read. What is no number stays a text, which the check of its type refuses. */
export const PARSERS: Readonly<Record<ValueSyntax, (given: TypedValue) => unknown>> = {
  "boolean": ({ value }) => value,
  "string": ({ value }) => value,
  "choice": ({ value }) => value,
  "integer": readNumber,
  "number": readNumber,
  "duration": readDuration,
  "size": ({ value }) => value,
  "retry-delay": readRetryDelay,
  "retry-causes": readRetryCauses,
  "halt-on": readHaltOn,
  "gpus": readGpus,
  "worker-count": ({ value }) => readWorkerCount(value),
  "chunk-size": readChunkSize,
  "progress-pattern": readProgressPattern,
  "load": readLoad,
  "start-rate": readStartRate,
  "order": readOrder,
};

/** Names for the parts of a value, by their fields: a message about one part uses them. */
export const PART_NAMES: Partial<Record<ValueSyntax, Readonly<Record<string, string>>>> = {
  "retry-delay": {
    initial: "initial delay",
    factor: "factor",
    max: "longest delay",
    jitter: "jitter",
  },
  "chunk-size": { time: "time" },
  "halt-on": { failures: "number of failures" },
  "start-rate": { starts: "number of starts", per: "time" },
  "order": { shuffle: "seed", longest: "journal" },
};

function readNumber({ value }: TypedValue): number | string {
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
}

function readDuration(given: TypedValue): number {
  const duration = parseDuration(given.value);
  if (duration === undefined) {
    throw wrong(given, `be a duration such as 30s, 1h30m or 2d, with the units ${UNITS}`);
  }
  return duration;
}

/** Reads a delay before retries: `1s`, or `1s,2,30s,0.5` for initial, factor, max and jitter. */
function readRetryDelay(given: TypedValue): RetryDelay {
  const [initial = "", factor, max, jitter, ...more] = given.value.split(",");
  const delay = {
    initial: parseDuration(initial),
    factor: factor === undefined ? undefined : parseNumber(factor),
    max: max === undefined ? undefined : parseDuration(max),
    jitter: jitter === undefined ? undefined : parseNumber(jitter),
  };
  const isUnread = delay.initial === undefined || (max !== undefined && delay.max === undefined) ||
    Number.isNaN(delay.factor) || Number.isNaN(delay.jitter) || more.length > 0;
  if (isUnread) {
    throw wrong(
      given,
      `be a duration such as 1s, or initial,factor,max,jitter such as 1s,2,30s,0.5, with the units ${UNITS}`,
    );
  }
  return delay;
}

/** Reads causes and exit codes, such as `timeout,signal,3`. `oom` is the usual short word for `out-of-memory`. */
function readRetryCauses({ value }: TypedValue): (string | number)[] {
  return value.split(",").map((word) => word.trim()).map((word) =>
    /^\d+$/.test(word) ? Number(word) : word === "oom" ? "out-of-memory" : word
  );
}

/** Reads items per range: `20`, `auto`, or a time such as `200ms`. */
function readChunkSize(given: TypedValue): NonNullable<TaskConfig["chunkSize"]> {
  if (given.value === "auto") return "auto";
  if (/^-?\d+$/.test(given.value)) return Number(given.value);
  const time = parseDuration(given.value);
  if (time !== undefined) return { time };
  throw wrong(
    given,
    `be a positive integer, "auto" or a time such as 200ms, with the units ${UNITS}`,
  );
}

/** Reads when to give up: `3:drain`, `1:kill`, or `3` for `3:drain`. */
function readHaltOn(given: TypedValue): HaltOn {
  const [, failures, how = "drain"] = /^(\d+)(?::(drain|kill))?$/.exec(given.value) ?? [];
  if (failures === undefined) {
    throw wrong(given, "be a number of failures and how to halt, such as 3:drain or 1:kill");
  }
  return { failures: Number(failures), how: how as HaltOn["how"] };
}

/** Reads GPUs: `4`, `auto`, or a list of ids such as `0,2`, which may end in a comma: `2,` is the GPU 2. */
function readGpus({ value }: TypedValue): NonNullable<TaskConfig["gpus"]> {
  if (/^-?\d+$/.test(value)) return Number(value);
  return value === "auto" ? value : value.replace(/,$/, "").split(",").map((id) => id.trim());
}

/** Reads a load: `80%`, or a number of threads. */
function readLoad(given: TypedValue): NonNullable<TaskConfig["load"]> {
  const { value } = given;
  if (/^(\d+\.?\d*|\.\d+)%$/.test(value)) return value as `${number}%`;
  if (/^(\d+\.?\d*|\.\d+)$/.test(value)) return Number(value);
  throw wrong(given, "be a share of the CPUs such as 80%, or a number of threads such as 6");
}

/** Reads a rate: `5/s`, `50/m`, `1000/h`, or with another time `5/10s`. */
function readStartRate(given: TypedValue): StartRate {
  const [, starts, time = ""] = /^(\d+)\/(.+)$/.exec(given.value) ?? [];
  const per = parseDuration(/^\d/.test(time) ? time : `1${time}`);
  if (starts !== undefined && per !== undefined) return { starts: Number(starts), per };
  throw wrong(given, "be a number of starts and a time, such as 5/s, 50/m, 1000/h or 5/10s");
}

/** Reads an order: `given`, `shuffle`, `shuffle:SEED`, `largest` or `longest:JOURNAL`. */
function readOrder(given: TypedValue): StartOrder {
  const { value } = given;
  if (value === "given" || value === "shuffle" || value === "largest") return value;
  const [, word, rest = ""] = /^(shuffle|longest):(.+)$/s.exec(value) ?? [];
  if (word === "longest") return { longest: rest };
  if (word === "shuffle" && /^\d+$/.test(rest)) return { shuffle: Number(rest) };
  throw wrong(
    given,
    "be given, shuffle, shuffle:SEED with a whole number, largest or longest:JOURNAL",
  );
}

/** The text of which each protocol was read. */
const PATTERN_TEXTS = new WeakMap<() => Protocol, string>();

/** Returns the text of which a protocol was read. */
export function patternText(protocol: () => Protocol): string | undefined {
  return PATTERN_TEXTS.get(protocol);
}

/** Reads the name of a program whose progress is known, or else a regular expression. */
function readProgressPattern(given: TypedValue): () => Protocol {
  const patterns = Object.hasOwn(PROGRESS_PRESETS, given.value)
    ? PROGRESS_PRESETS[given.value as PresetName]
    : compile(given);
  try {
    new PatternProtocol(patterns);
  } catch {
    const names = PRESET_NAMES.join(", ");
    throw wrong(
      given,
      `have a group (?<done>…), (?<percent>…) or (?<message>…), or be one of ${names}`,
    );
  }
  const endless = patterns instanceof RegExp ? findEndless(patterns) : undefined;
  if (endless !== undefined) {
    throw wrong(
      given,
      "not match the same text in two ways, as it would block the run",
      `current value is "${given.value}", which takes longer and longer for texts such as ${
        JSON.stringify(endless)
      }`,
    );
  }
  const protocol = () => new PatternProtocol(patterns);
  PATTERN_TEXTS.set(protocol, given.value);
  return protocol;
}

function compile(given: TypedValue): RegExp {
  try {
    return compileRegExp(given.value);
  } catch (error) {
    throw wrong(given, "be a regular expression of JavaScript", errorMessage(error));
  }
}

function parseNumber(text: string): number {
  return /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
}

function wrong(
  { name, value }: TypedValue,
  wanted: string,
  fact = `current value is "${value}"`,
): UsageError {
  return new UsageError(`${name} must ${wanted}: ${fact}`);
}

/** The units of durations in the order in which they are written, with their milliseconds. */
const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const DURATION = new RegExp(
  `^(?=.)${Object.keys(UNITS_MS).map((unit) => `(?:([\\d.]+)${unit})?`).join("")}$`,
);
const UNITS = Object.keys(UNITS_MS).join(", ");

/**
 * Reads `500ms`, `30s`, `1.5m`, `1h30m`, `2d`: numbers with units, the larger ones first.
 *
 * @returns Milliseconds, or `undefined` if the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const duration = Object.values(UNITS_MS)
    .reduce((sum, ms, unit) => sum + Number(match[unit + 1] ?? 0) * ms, 0);
  return Number.isNaN(duration) ? undefined : duration;
}

/** Spells whole milliseconds so that {@linkcode parseDuration} reads them: `1h30m`. */
export function spellDuration(duration: number): string {
  let text = "";
  let rest = duration;
  for (const [unit, ms] of Object.entries(UNITS_MS)) {
    const count = Math.floor(rest / ms);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * ms;
  }
  return text === "" ? "0s" : text;
}

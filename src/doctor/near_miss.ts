/**
 * Detection of lines that are nearly signals, with an explanation of their mistake.
 *
 * @module
 */
import { SIGNAL_PREFIXES, type SignalPrefix } from "../model/protocol.ts";
import { TaskStatus } from "../model/statuses.ts";

/** The mistake of a line that looks like a signal. */
export interface NearMiss {
  readonly prefix: SignalPrefix;
  /** The mistake, and its correction. */
  readonly why: string;
}

const NAMES = Object.keys(TaskStatus).join("|");
const NAME_LIST = Object.keys(TaskStatus).join(", ");

/** A prefix and a value with something else than a colon between them. */
const SEPARATED = new RegExp(
  `^(?:(PROGRESS)(?:\\s+:|\\s*[=-]?\\s*)\\s*\\d|(STATUS)(?:\\s+:|\\s*[=-]|\\s)\\s*(?:${NAMES})\\b|(MESSAGE)(?:\\s+:|\\s*=|\\s)\\s*\\S)`,
);
const OTHER_CASE = new RegExp(
  `^(?:(progress)\\s*[:= ]\\s*\\d|(status)\\s*:\\s*(?:${NAMES})\\b|(message)\\s*:)`,
  "i",
);
/** A signal with other text before it. A message counts only after text that a logger or a terminal writes. */
const INSIDE = new RegExp(
  `^(.*?)(?:(?<!\\w)|(?<=\\[[\\d;]*m))(?:(PROGRESS):\\s*\\d|(STATUS):\\s*(?:${NAMES})\\b|` +
    `(?<=^\\W*|[\\]\\d:|>)-]\\W*|\\[[\\d;]*m)(MESSAGE):)`,
  "s",
);

/** A cheap first check, as there may be millions of lines. */
const SUSPECT = new RegExp(SIGNAL_PREFIXES.join("|"), "i");

/** Explains why a line is not a signal. Returns `undefined` if it does not look like one. */
export function findNearMiss(line: string): NearMiss | undefined {
  if (!SUSPECT.test(line)) return undefined;
  const separated = SEPARATED.exec(line);
  if (separated) {
    const prefix = prefixOf(separated);
    return { prefix, why: `the colon must come right after the word: ${prefix}:` };
  }
  const cased = OTHER_CASE.exec(line);
  if (cased) {
    const prefix = prefixOf(cased);
    return { prefix, why: `the word must be in capitals, with a colon: ${prefix}:` };
  }
  const inside = INSIDE.exec(line);
  if (inside) {
    const [, front = "", ...words] = inside;
    const prefix = prefixOf(words);
    return { prefix, why: `${prefix}: must begin its line, but ${nameFront(front)}` };
  }
  return undefined;
}

/** Returns the prefix that a pattern matched. */
function prefixOf(words: readonly (string | undefined)[]): SignalPrefix {
  const found = words.find((word) =>
    SIGNAL_PREFIXES.some((prefix) => prefix === word?.toUpperCase())
  );
  return found!.toUpperCase() as SignalPrefix;
}

function nameFront(front: string): string {
  // deno-lint-ignore no-control-regex -- looks for just these
  if (/[\x00-\x08\x0e-\x1f\x7f-\x9f]/.test(front)) {
    return "there is a colour or another control sequence before it";
  }
  if (/^\s*$/.test(front)) return "there are blanks before it";
  return "there is other text before it: if a logger puts it there, print without the logger";
}

/** Explains why the value of a line with a known prefix cannot be read. `isResident` says that a status may have an id. */
export function explainMalformed(
  line: string,
  { isResident = false }: { isResident?: boolean } = {},
): NearMiss {
  const prefix = SIGNAL_PREFIXES.find((word) => line.startsWith(word)) ?? "PROGRESS";
  const value = line.slice(prefix.length + 1).trim();
  const why = explainJoined(value) ?? (isResident ? explainAnswer(prefix, value) : undefined);
  return { prefix, why: why ?? explainValue(prefix, value) };
}

/** Explains several signals in one line. Returns `undefined` if there is only one. */
function explainJoined(value: string): string | undefined {
  if (!SIGNAL_PREFIXES.some((prefix) => value.includes(`${prefix}:`))) return undefined;
  return "several signals in one line: each must end with a newline (\\n)";
}

function explainAnswer(prefix: SignalPrefix, value: string): string | undefined {
  const [name = "", ...others] = value.split(/\s+/);
  if (prefix !== "STATUS" || others.length === 0 || !isName(name)) return undefined;
  return "after the name, only the id of the range, in digits: STATUS: SUCCESS 7";
}

function explainValue(prefix: SignalPrefix, value: string): string {
  if (prefix === "STATUS") return explainStatus(value);
  if (value === "") return "the number is missing: PROGRESS: 3";
  if (/%$/.test(value)) {
    return "PROGRESS counts items, not per cent: of 10 items, PROGRESS: 5 is 50%";
  }
  if (/^\d+\s*(?:\/|of\b)/.test(value)) {
    return "only the number of items done, without the total: PROGRESS: 3";
  }
  if (/^-\d/.test(value)) return "the number of items done cannot be negative";
  if (/^0?\.\d+$|^[01]\.0*$/.test(value)) {
    return "PROGRESS counts items, it is no share from 0 to 1: of 10 items, PROGRESS: 5 is 0.5";
  }
  if (/^\d*\.\d/.test(value) || /^\d+e[+-]?\d+$/i.test(value)) {
    return "PROGRESS counts whole items: digits only";
  }
  if (/^\d{16,}$/.test(value)) return "the number is too large";
  if (/^\d+/.test(value)) return "only digits after PROGRESS: other words go into a MESSAGE";
  return "the value must be the number of items done, in digits: PROGRESS: 3";
}

function explainStatus(value: string): string {
  const [first = ""] = value.split(/\s/);
  if (value === "") return `the name is missing: one of ${NAME_LIST}`;
  if (first !== value && isName(first)) {
    return `only the name after STATUS: other words go into a MESSAGE`;
  }
  if (isName(value)) return "the name must be all in capitals, or all in small letters";
  return `there is no such status: use ${NAME_LIST}`;
}

function isName(word: string): boolean {
  return Object.hasOwn(TaskStatus, word.toUpperCase());
}

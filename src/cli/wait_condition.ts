/**
 * Conditions that `executor wait` waits for: `done or failed>=1 or stalled>=10m`.
 *
 * @module
 */
import { estimate } from "../model/estimate.ts";
import {
  busyWorkers,
  currentItems,
  currentWork,
  elapsedMs,
  isAllDone,
  type RunState,
} from "../model/state.ts";
import { countFailed } from "../model/statuses.ts";
import { UsageError } from "./errors.ts";
import { parseDuration } from "./option_types.ts";

/** A run at one moment. */
export interface Moment {
  readonly state: RunState;
  /** The time, in milliseconds since 1970. */
  readonly now: number;
  /** When something last began, ended or progressed, in milliseconds since 1970. */
  readonly signAt: number;
}

/** A part of a condition. */
type Test = (moment: Moment) => boolean;

/** A condition: it is true as soon as one of its alternatives is. */
export interface WaitCondition {
  readonly alternatives: readonly { readonly text: string; readonly test: Test }[];
}

/** Silence of a whole run that counts as `stalled`, in milliseconds. */
const STALLED_MS = 300_000;

/** A word of conditions that is true or false. */
const FACTS: Readonly<Record<string, Test>> = {
  done: ({ state }) => state.endedAt !== undefined,
  ok: ({ state }) => state.endedAt !== undefined && isAllDone(state) && !state.isUnwritten,
  paused: ({ state }) => state.isPaused,
  stopping: ({ state }) => state.stopping !== undefined,
};

/** A word of conditions that is a number. */
interface Figure {
  /** Returns the number; undefined while it is not known: no comparison is true then. */
  readonly of: (moment: Moment) => number | undefined;
  readonly unit: "count" | "percent" | "time";
  /** What the word means alone: that the number is at least this one. */
  readonly alone?: number;
}

const FIGURES: Readonly<Record<string, Figure>> = {
  failed: { of: ({ state }) => countFailed(state.counts), unit: "count", alone: 1 },
  items: { of: ({ state }) => currentItems(state), unit: "count" },
  retries: { of: ({ state }) => state.retries, unit: "count" },
  workers: { of: ({ state }) => busyWorkers(state), unit: "count" },
  progress: { of: ({ state }) => percentDone(state), unit: "percent" },
  elapsed: { of: ({ state, now }) => elapsedMs(state, now), unit: "time" },
  eta: { of: ({ state, now }) => estimate(state, now).eta, unit: "time" },
  stalled: { of: silence, unit: "time", alone: STALLED_MS },
};

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  "=": (a, b) => a === b,
};

/** The words of conditions, for help. */
export const CONDITION_WORDS: readonly string[] = [...Object.keys(FACTS), ...Object.keys(FIGURES)];

function percentDone(state: RunState): number | undefined {
  const { totalItems, isTotalKnown } = state;
  if (!isTotalKnown) return undefined;
  return totalItems === 0 ? 100 : 100 * currentWork(state) / totalItems;
}

/** Returns how long there was no sign of life. There is no silence in a pause, and after the end. */
function silence({ state, now, signAt }: Moment): number {
  const { isPaused, suspendedAt, endedAt } = state;
  return isPaused || suspendedAt !== undefined || endedAt !== undefined ? 0 : now - signAt;
}

/** Returns the index of the first alternative that is true. */
export function findTrue(condition: WaitCondition, moment: Moment): number | undefined {
  const index = condition.alternatives.findIndex(({ test }) => test(moment));
  return index < 0 ? undefined : index;
}

/**
 * Reads a condition: alternatives with `or` between them, each made of words, comparisons, `and`, `not` and parentheses.
 *
 * @throws {UsageError} If it is none.
 */
export function parseCondition(text: string): WaitCondition {
  return new ConditionParser(text).parse();
}

/** A word, a number, an operator or a parenthesis, and where it is. */
interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN = /\s*([A-Za-z]+|\d[\w.]*%?|>=|<=|==|[<>=()]|\S)/y;

/** The most `not` and parentheses within each other: each is a call within a call. */
const MAX_DEPTH = 100;

/** The most alternatives: each has an exit code, 0 or 12 to 123. */
const MAX_ALTERNATIVES = 113;

class ConditionParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = Array.from(readTokens(text));
  }

  parse(): WaitCondition {
    const alternatives = [this.#alternative()];
    while (this.#take("or")) alternatives.push(this.#alternative());
    const rest = this.#peek();
    if (rest !== undefined) throw this.#wrong(`"or" or "and" must come before "${rest.text}"`);
    const { length } = alternatives;
    if (length > MAX_ALTERNATIVES) {
      throw this.#wrong(
        `it has ${length} alternatives: there are exit codes for ${MAX_ALTERNATIVES}`,
      );
    }
    return { alternatives };
  }

  #alternative(): WaitCondition["alternatives"][number] {
    const first = this.#at;
    const test = this.#both();
    const [from, to] = [this.#tokens[first]!.start, this.#tokens[this.#at - 1]!.end];
    return { text: this.#text.slice(from, to), test };
  }

  #either(): Test {
    const parts = [this.#both()];
    while (this.#take("or")) parts.push(this.#both());
    return (moment) => parts.some((part) => part(moment));
  }

  #both(): Test {
    const parts = [this.#one()];
    while (this.#take("and")) parts.push(this.#one());
    return (moment) => parts.every((part) => part(moment));
  }

  #one(): Test {
    if (++this.#depth > MAX_DEPTH) {
      throw this.#wrong(`more than ${MAX_DEPTH} "not" and parentheses are within each other`);
    }
    const test = this.#deeper();
    this.#depth--;
    return test;
  }

  #deeper(): Test {
    if (this.#take("not")) {
      const test = this.#one();
      return (moment) => !test(moment);
    }
    if (!this.#take("(")) return this.#word();
    const test = this.#either();
    if (!this.#take(")")) throw this.#wrong('a ")" is missing');
    return test;
  }

  #word(): Test {
    const token = this.#next("a word");
    const word = token.text.toLowerCase();
    if (Object.hasOwn(FACTS, word)) {
      const operator = this.#peek()?.text ?? "";
      if (toOperator(operator) === undefined) return FACTS[word]!;
      throw this.#wrong(`"${word}" is no number: leave out "${operator}"`);
    }
    const figure = Object.hasOwn(FIGURES, word) ? FIGURES[word] : undefined;
    if (figure === undefined) {
      throw this.#wrong(`there is no "${token.text}": the words are ${CONDITION_WORDS.join(", ")}`);
    }
    return this.#comparison(word, figure);
  }

  #comparison(word: string, figure: Figure): Test {
    const operator = toOperator(this.#peek()?.text ?? "");
    if (operator === undefined) {
      const { alone } = figure;
      if (alone === undefined) {
        throw this.#wrong(`"${word}" must be compared, as in ${word}>=${EXAMPLES[figure.unit]}`);
      }
      return atLeast(figure, alone);
    }
    this.#at++;
    const value = this.#next("a value");
    const number = readValue(value.text, figure.unit);
    if (number === undefined) {
      const wanted = `${word} must be compared with ${UNIT_WORDS[figure.unit]}`;
      throw this.#wrong(
        `${wanted}, as in ${word}>=${EXAMPLES[figure.unit]}: it is "${value.text}"`,
      );
    }
    const compare = COMPARISONS[operator]!;
    return (moment) => {
      const known = figure.of(moment);
      return known !== undefined && compare(known, number);
    };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #take(word: string): boolean {
    if (this.#peek()?.text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  #next(wanted: string): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#wrong(`${wanted} is missing at the end`);
    return token;
  }

  #wrong(reason: string): UsageError {
    return new UsageError(
      `--until must be a condition such as "done or failed>=1": current value is "${this.#text}" (${reason})`,
    );
  }
}

const EXAMPLES = { count: "10", percent: "50%", time: "10m" } as const;
const UNIT_WORDS = { count: "a number", percent: "a number of per cent", time: "a time" } as const;

function atLeast({ of }: Figure, least: number): Test {
  return (moment) => (of(moment) ?? -Infinity) >= least;
}

function toOperator(text: string): string | undefined {
  const operator = text === "==" ? "=" : text;
  return Object.hasOwn(COMPARISONS, operator) ? operator : undefined;
}

function readValue(text: string, unit: Figure["unit"]): number | undefined {
  if (unit === "time") return parseDuration(text);
  const digits = unit === "percent" ? text.replace(/%$/, "") : text;
  return /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : undefined;
}

function* readTokens(text: string): Generator<Token> {
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const end = TOKEN.lastIndex;
    yield { text: match[1]!, start: end - match[1]!.length, end };
  }
}

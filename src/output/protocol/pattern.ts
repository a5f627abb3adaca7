/**
 * Reads the progress displays of other programs by regular expressions.
 *
 * @module
 */
import { ConfigError } from "../../model/value_types.ts";
import { ProtocolHandler } from "./prefixes.ts";
import type { OutputStream, Protocol, Signal } from "../../model/protocol.ts";
import { parseCount, parseQuantity } from "./quantity.ts";

/** At least one pattern must have one of these named groups. */
const TELLING = ["done", "percent", "message"];

/** Colours and other control sequences; programs put them between the words of a progress display. */
// deno-lint-ignore no-control-regex -- looks for just these
const CONTROL_SEQUENCE = /\x1b\[[\d;?]*[ -/]*[@-~]/g;

/** The characters of a line that patterns see. Displays of progress are shorter. */
const MAX_LENGTH = 1_000;
/** A pattern that takes longer for one line, in milliseconds, is not used any more: nothing else happens meanwhile. */
const SLOW_MS = 100;

/** The patterns that took too long in this process, with a sentence about each. */
const givenUp = new Map<string, string>();

/**
 * Reads lines of stdout and stderr by the first of several regular expressions that matches. Their named groups hold
 * values in the forms of {@linkcode PatternProtocol.parse}:
 *
 * | group | meaning |
 * |---|---|
 * | `percent` | the share of the range that is done, in per cent |
 * | `done` and `total` | the share, as a quotient; both numbers, sizes or times |
 * | `total` alone | the total for the following lines with `done` alone; if there are several before them, the greatest |
 * | `done` alone | the number of items done, as after `PROGRESS:` |
 * | `message` | the text that the panel shows |
 *
 * A line that matches a pattern is dropped if none of these groups takes part in the match. A line that matches no pattern is
 * read as {@linkcode ProtocolHandler} does.
 *
 * Patterns see the first 1,000 characters of a line. A pattern that takes more than 100 ms for a line is tried once more; if it
 * takes so long again, it is not used any more, and the run warns of that. While a pattern matches, everything else waits.
 *
 * @example
 * ```ts
 * import { PatternProtocol } from "@lambdawaker/executor/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = new PatternProtocol(/^copied (?<done>\S+) of (?<total>\S+)/);
 * assertEquals(protocol.parse("copied 512K of 2M", "stderr"), { kind: "share", share: 0.256 });
 * ```
 */
export class PatternProtocol implements Protocol {
  readonly #patterns: readonly RegExp[];
  /**
   * Called with a sentence for each line for which a pattern is not used any more. A run sets it.
   *
   * @ignore
   */
  onSlow: ((text: string) => void) | undefined;
  readonly #prefixes = new ProtocolHandler();
  /** The total of a line without `done`. */
  #total: number | undefined;
  #totalIsUsed = false;

  /**
   * Creates a protocol from patterns, which are tried in this order.
   *
   * @throws {ConfigError} If none of them has a group `done`, `percent` or `message`.
   */
  constructor(patterns: RegExp | readonly RegExp[]) {
    const all = patterns instanceof RegExp ? [patterns] : patterns;
    const areRegExps = Array.isArray(all) && all.every((pattern) => pattern instanceof RegExp);
    if (!areRegExps || !all.some(tells)) {
      throw new ConfigError("patterns", {
        wanted: "regular expressions with a group (?<done>…), (?<percent>…) or (?<message>…)",
        value: all,
      });
    }
    // Sticky and global patterns would begin where the last match ended.
    this.#patterns = all.map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, "")));
  }

  /**
   * Returns what a line means. Numbers, sizes and times are read in these forms: `42`, `4.5`, `4,5`, `1,234,567`; `488k`,
   * `1.2MB` (powers of 1000), `3,4GiB` (of 1024); `01:23`, `1:02:03.45`.
   */
  parse(line: string, stream: OutputStream): Signal {
    const plain = line.includes("\x1b") ? line.replace(CONTROL_SEQUENCE, "") : line;
    const text = plain.length > MAX_LENGTH ? plain.slice(0, MAX_LENGTH) : plain;
    for (const pattern of this.#patterns) {
      const reason = givenUp.size > 0 ? givenUp.get(`${pattern}`) : undefined;
      if (reason !== undefined) {
        this.onSlow?.(reason);
        continue;
      }
      const startedAt = performance.now();
      const match = pattern.exec(text);
      if (performance.now() - startedAt > SLOW_MS) this.#checkTime(pattern, text);
      const signal = match && this.#read(match.groups ?? {});
      if (signal) return signal;
    }
    return this.#prefixes.parse(line, stream);
  }

  /** Gives a pattern up if it is slow again: once may be the fault of the machine. */
  #checkTime(pattern: RegExp, text: string): void {
    const startedAt = performance.now();
    pattern.exec(text);
    const took = Math.round(performance.now() - startedAt);
    if (took <= SLOW_MS) return;
    const reason =
      `the pattern ${pattern} took ${took} ms for one line and is not used any more: progress that it would read is not shown`;
    givenUp.set(`${pattern}`, reason);
    this.onSlow?.(reason);
  }

  /** Returns the signal of the groups; undefined if they cannot be read. */
  #read(groups: Readonly<Record<string, string | undefined>>): Signal | undefined {
    const { percent, done, total, message } = groups;
    const text = message?.replace(/\s+/g, " ").trim();
    const share = percent === undefined ? this.#share(done, total) : readPercent(percent);
    if (share !== undefined) return { kind: "share", share: clamp(share), ...withText(text) };
    const count = done === undefined || total !== undefined ? undefined : parseCount(done);
    if (count !== undefined) return { kind: "progress", done: count, ...withText(text) };
    if (text !== undefined) return { kind: "message", text };
    if (percent !== undefined || done !== undefined) return undefined;
    return total === undefined || this.#keepTotal(total) ? { kind: "nothing" } : undefined;
  }

  #share(done: string | undefined, total: string | undefined): number | undefined {
    const part = done === undefined ? undefined : parseQuantity(done);
    if (part === undefined) return undefined;
    const whole = total === undefined ? this.#total : parseQuantity(total);
    if (total === undefined) this.#totalIsUsed = true;
    return whole !== undefined && whole > 0 ? part / whole : undefined;
  }

  #keepTotal(text: string): boolean {
    const total = parseQuantity(text);
    if (total === undefined) return false;
    this.#total = Math.max(total, this.#totalIsUsed ? 0 : this.#total ?? 0);
    this.#totalIsUsed = false;
    return true;
  }
}

/** Returns whether a pattern has a group with a value. An empty match has all groups, too. */
function tells({ source, flags }: RegExp): boolean {
  const { groups = {} } = new RegExp(`${source}|`, flags.replace(/[gy]/g, "")).exec("")!;
  return TELLING.some((name) => name in groups);
}

function readPercent(text: string): number | undefined {
  const percent = parseQuantity(text.replace("%", ""));
  return percent === undefined ? undefined : percent / 100;
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share));
}

function withText(text: string | undefined): { text?: string } {
  return text === undefined ? {} : { text };
}

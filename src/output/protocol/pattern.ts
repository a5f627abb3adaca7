/**
 * Progress of programs that know nothing of the protocol.
 *
 * @module
 */
import { ProtocolHandler } from "./prefixes.ts";
import type { OutputStream, Protocol, Signal } from "../../model/protocol.ts";
import { parseCount, parseQuantity } from "./quantity.ts";

/** The named groups of which a pattern must have one. */
const TELLING = ["done", "percent", "message"];

/** Colours and other control sequences; programs put them between the words of a progress display. */
// deno-lint-ignore no-control-regex -- looks for just these
const CONTROL_SEQUENCE = /\x1b\[[\d;?]*[ -/]*[@-~]/g;

/**
 * Reads lines of stdout and stderr by regular expressions, the first that fits; a carriage return ends a line, too.
 * These named groups tell, in the forms of {@linkcode PatternProtocol.parse}:
 *
 * | group | is |
 * |---|---|
 * | `percent` | the share of the range that is done, in per cent |
 * | `done` and `total` | the share, as a quotient; both numbers, sizes or times |
 * | `total` alone | the total for lines with `done` alone that follow; the greatest, when several stand in front of them |
 * | `done` alone | items done, as after `PROGRESS:`; a whole number |
 * | `message` | what the panel shows |
 *
 * A line that fits a pattern none of whose groups took part is dropped. One that fits none is what the three prefixes
 * say it is, on stdout, or a log line.
 *
 * @example
 * ```ts
 * import { PatternProtocol } from "./pattern.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = new PatternProtocol(/^copied (?<done>\S+) of (?<total>\S+)/);
 * assertEquals(protocol.parse("copied 512K of 2M", "stderr"), { kind: "share", share: 0.256 });
 * ```
 */
export class PatternProtocol implements Protocol {
  readonly #patterns: readonly RegExp[];
  readonly #prefixes = new ProtocolHandler();
  /** What a line said of the total alone. */
  #total: number | undefined;
  #totalIsUsed = false;

  /**
   * Takes patterns, which are tried in this order.
   *
   * @throws {RangeError} If none of them has a group `done`, `percent` or `message`.
   */
  constructor(patterns: RegExp | readonly RegExp[]) {
    const all = patterns instanceof RegExp ? [patterns] : patterns;
    if (!all.some(tells)) {
      throw new RangeError(
        `Cannot read progress as a pattern must have a group (?<done>…), (?<percent>…) or (?<message>…): current value is ${
          all.join(" ")
        }`,
      );
    }
    // Each line is searched from its start, whatever the line before it was.
    this.#patterns = all.map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, "")));
  }

  /**
   * Says what a line means. Numbers, sizes and times are read in these forms: `42`, `4.5`, `4,5`, `1,234,567`; `488k`,
   * `1.2MB` (powers of 1000), `3,4GiB` (of 1024); `01:23`, `1:02:03.45`.
   */
  parse(line: string, stream: OutputStream): Signal {
    const text = line.includes("\x1b") ? line.replace(CONTROL_SEQUENCE, "") : line;
    for (const pattern of this.#patterns) {
      const match = pattern.exec(text);
      const signal = match && this.#read(match.groups ?? {});
      if (signal) return signal;
    }
    return this.#prefixes.parse(line, stream);
  }

  /** What the groups say; nothing when they cannot be read. */
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

/** Whether a pattern has a group that tells something: of an empty match, too, all groups are known. */
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

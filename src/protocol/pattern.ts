/**
 * Progress of programs that do not know of us.
 *
 * @module
 */
import { sanitize } from "../reporters/text/sanitize.ts";
import { PrefixProtocol } from "./prefixes.ts";
import type { ProtocolHandler, Signal, WorkerStream } from "./protocol.ts";
import { parseQuantity } from "./quantity.ts";

/** The groups that say something; a pattern has one at least. */
export const PATTERN_GROUPS = ["done", "total", "percent", "message"] as const;

const LOG: Signal = { kind: "log" };

/**
 * Reads progress by regular expressions with named groups, on stdout and stderr, from lines that end in a newline or a
 * carriage return; control sequences are dropped before. The first expression that matches a line counts.
 *
 * | group | is |
 * | --- | --- |
 * | `percent` | how much of the range is done, 0 to 100 |
 * | `done` and `total` | the same in a unit of the program's, as {@linkcode parseQuantity} reads it; a `total` without `done` is remembered |
 * | `done` alone | items of the range that are done, an integer |
 * | `message` | what the program is doing |
 *
 * A line on stdout that no expression matches is read as {@linkcode PrefixProtocol} does.
 *
 * @example
 * ```ts
 * import { PatternProtocol } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = new PatternProtocol([/frame (?<done>\d+) of (?<total>\d+)/]);
 * assertEquals(protocol.parse("frame 3 of 12", "stderr"), { kind: "share", share: 0.25 });
 * ```
 */
export class PatternProtocol implements ProtocolHandler {
  /** See {@linkcode ProtocolHandler.endsAtReturn}. */
  readonly endsAtReturn = true;
  readonly #patterns: readonly RegExp[];
  readonly #prefixes = new PrefixProtocol();
  #total: number | undefined;

  /**
   * Takes the expressions, without the flags `g` and `y`.
   *
   * @throws {RangeError} If one of them has none of the groups.
   */
  constructor(patterns: readonly RegExp[]) {
    const mute = patterns.find((pattern) => !hasGroup(pattern));
    if (mute !== undefined) {
      throw new RangeError(
        `Cannot read progress as a pattern must have a group done, percent, total or message: current value is ${mute}`,
      );
    }
    this.#patterns = patterns.map(({ source, flags }) =>
      new RegExp(source, flags.replace(/[gy]/g, ""))
    );
  }

  /** See {@linkcode ProtocolHandler.parse}. */
  parse(line: string, stream: WorkerStream): Signal {
    const text = line.includes("\x1b") ? sanitize(line) : line;
    for (const pattern of this.#patterns) {
      const groups = pattern.exec(text)?.groups;
      if (groups !== undefined) return this.#read(groups);
    }
    return this.#prefixes.parse(line, stream);
  }

  #read(groups: Readonly<Record<string, string | undefined>>): Signal {
    const message = groups.message?.trim();
    const words = message ? { message } : {};
    const done = quantity(groups.done);
    const total = quantity(groups.total);
    const percent = quantity(groups.percent);
    if (done === undefined) this.#total = total ?? this.#total;
    const whole = total ?? this.#total;
    if (percent !== undefined) return { kind: "share", share: within(percent / 100), ...words };
    if (done !== undefined && whole !== undefined && whole > 0) {
      return { kind: "share", share: within(done / whole), ...words };
    }
    if (Number.isSafeInteger(done)) return { kind: "progress", done: done!, ...words };
    return message ? { kind: "message", text: message } : LOG;
  }
}

/** Whether an expression can say anything. */
export function hasGroup({ source }: RegExp): boolean {
  return PATTERN_GROUPS.some((group) => source.includes(`(?<${group}>`));
}

function quantity(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseQuantity(text);
}

function within(share: number): number {
  return Math.min(1, Math.max(0, share));
}

/**
 * Reads the three prefixes: PROGRESS, STATUS and MESSAGE.
 *
 * @module
 */
import { TaskStatus } from "../../model/statuses.ts";
import type { OutputStream, Protocol, Signal } from "../../model/protocol.ts";

const LOG: Signal = { kind: "log" };
const MALFORMED: Signal = { kind: "malformed" };

/**
 * Reads three prefixes on stdout: `PROGRESS: <int>`, `STATUS: <name>`, `MESSAGE: <text>`. The space after the colon is
 * optional; trailing white space is dropped. Each line of stderr is a log line.
 *
 * @example
 * ```ts
 * import { ProtocolHandler } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = new ProtocolHandler();
 * assertEquals(protocol.parse("PROGRESS: 10"), { kind: "progress", done: 10 });
 * assertEquals(protocol.parse("PROGRESS: twelve"), { kind: "malformed" });
 * assertEquals(protocol.parse("anything else"), { kind: "log" });
 * ```
 */
export class ProtocolHandler implements Protocol {
  /** Returns what a line means, which is one of stdout by default. Any text is valid input. */
  parse(line: string, stream: OutputStream = "stdout"): Signal {
    if (stream === "stderr") return LOG;
    // Most lines of a flood are these. (Row flood of bench/.)
    if (line.slice(0, 10) === "PROGRESS: ") {
      const done = plainNumber(line, 10);
      if (done >= 0) return { kind: "progress", done };
    }
    return parsePrefix(line);
  }
}

function parsePrefix(line: string): Signal {
  if (line.startsWith("PROGRESS:")) return parseProgress(line.slice(9).trim());
  if (line.startsWith("STATUS:")) return parseStatus(line.slice(7).trim());
  if (line.startsWith("MESSAGE:")) return { kind: "message", text: parseText(line.slice(8)) };
  return LOG;
}

/** Numbers with more digits may not be exact. */
const MAX_DIGITS = 15;

/** Returns the number that the digits from `start` on are; -1 if there is anything else. */
function plainNumber(line: string, start: number): number {
  const { length } = line;
  if (length === start || length > start + MAX_DIGITS) return -1;
  let number = 0;
  for (let at = start; at < length; at++) {
    const digit = line.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = 10 * number + digit;
  }
  return number;
}

function parseProgress(value: string): Signal {
  if (!/^\d+$/.test(value)) return MALFORMED;
  const done = Number(value);
  return Number.isSafeInteger(done) ? { kind: "progress", done } : MALFORMED;
}

function parseStatus(value: string): Signal {
  const name = value === value.toLowerCase() ? value.toUpperCase() : value;
  return Object.hasOwn(TaskStatus, name)
    ? { kind: "status", status: name as TaskStatus }
    : MALFORMED;
}

function parseText(value: string): string {
  return (value.startsWith(" ") ? value.slice(1) : value).trimEnd();
}

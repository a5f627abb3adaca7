/**
 * Reads the three prefixes: PROGRESS, STATUS and MESSAGE.
 *
 * @module
 */
import { TaskStatus } from "../../model/statuses.ts";
import {
  type OutputStream,
  type Protocol,
  type Signal,
  SIGNAL_PREFIXES,
  type SignalPrefix,
} from "../../model/protocol.ts";

const LOG: Signal = { kind: "log" };
const MALFORMED: Signal = { kind: "malformed" };

/** What reads the text after each prefix and its colon. */
const PARSERS: Readonly<Record<SignalPrefix, (value: string) => Signal>> = {
  PROGRESS: (value) => parseProgress(value.trim()),
  STATUS: (value) => parseStatus(value.trim()),
  MESSAGE: (value) => ({ kind: "message", text: parseText(value) }),
};

/**
 * Reads three prefixes on stdout: `PROGRESS: <int>`, `STATUS: <name>`, `MESSAGE: <text>`. The space after the colon is
 * optional; trailing white space is dropped. Each line of stderr is a log line.
 *
 * @example
 * ```ts
 * import { ProtocolHandler } from "@lambdawaker/executor/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = new ProtocolHandler();
 * assertEquals(protocol.parse("PROGRESS: 10"), { kind: "progress", done: 10 });
 * assertEquals(protocol.parse("PROGRESS: twelve"), { kind: "malformed" });
 * assertEquals(protocol.parse("anything else"), { kind: "log" });
 * ```
 */
export class ProtocolHandler implements Protocol {
  /** Returns what a line means; `stream` is stdout if left out. Any text is valid input. */
  parse(line: string, stream: OutputStream = "stdout"): Signal {
    if (stream === "stderr") return LOG;
    for (const prefix of SIGNAL_PREFIXES) {
      if (line.startsWith(prefix) && line[prefix.length] === ":") {
        return PARSERS[prefix](line.slice(prefix.length + 1));
      }
    }
    return LOG;
  }
}

/** Numbers with more digits may not be exact. */
const MAX_DIGITS = 15;

/**
 * Reads a line of the plainest form, `PROGRESS: ` and digits, from its bytes. Returns undefined for any other line, which
 * {@linkcode ProtocolHandler} reads. The prefix is compared in three pieces, as this is faster. (Row flood of bench/.)
 */
export function readProgress(bytes: DataView, start: number, stop: number): number | undefined {
  const first = start + 10;
  if (stop <= first || stop > first + MAX_DIGITS) return undefined;
  const isProgress = bytes.getUint32(start) === 0x50524f47 /* PROG */ &&
    bytes.getUint32(start + 4) === 0x52455353 /* RESS */ &&
    bytes.getUint16(start + 8) === 0x3a20 /* colon, space */;
  if (!isProgress) return undefined;
  let number = 0;
  for (let at = first; at < stop; at++) {
    const digit = bytes.getUint8(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    number = 10 * number + digit;
  }
  return number;
}

function parseProgress(value: string): Signal {
  // Languages with one type of number write 10.0 for 10.
  if (!/^\d+(?:\.0+)?$/.test(value)) return MALFORMED;
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

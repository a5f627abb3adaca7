/**
 * Keeps the run safe from a protocol that throws.
 *
 * @module
 */
import { errorMessage, showValue } from "../../base/errors.ts";
import { caught } from "../../base/promises.ts";
import type { OutputStream, Protocol, Signal } from "../../model/protocol.ts";
import { TaskStatus } from "../../model/statuses.ts";
import { ProtocolHandler } from "./prefixes.ts";

const LOG: Signal = { kind: "log" };

/** Asks a protocol until it throws or returns something that is no signal. From then on each line is a log line. */
export class GuardedProtocol implements Protocol {
  /** Error message of the protocol, once it has failed. */
  fault: string | undefined;
  #protocol: Protocol | undefined;
  /** Whether it reads the three prefixes, whose signals need no check. */
  readonly readsPrefixes: boolean;

  /** Calls `make`, and catches what it throws. */
  constructor(make?: () => Protocol) {
    this.readsPrefixes = make === undefined;
    try {
      this.#protocol = make === undefined ? new ProtocolHandler() : checkedProtocol(make());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Returns what a line means; never throws. */
  parse(line: string, stream: OutputStream): Signal {
    if (this.#protocol === undefined) return LOG;
    try {
      const signal = this.#protocol.parse(line, stream);
      return this.readsPrefixes ? signal : checked(signal);
    } catch (error) {
      this.#fail(error);
      return LOG;
    }
  }

  #fail(error: unknown): void {
    this.#protocol = undefined;
    this.fault = `protocol handler failed: ${errorMessage(error)}`;
  }
}

/** Returns the signal; throws if no event may have it. */
function checked(signal: Signal): Signal {
  // JavaScript can return anything.
  const { kind, text } = (signal ?? {}) as { kind?: unknown; text?: unknown };
  const isText = typeof text === "string" || (text === undefined && kind !== "message");
  if (!isText || !isSignal(signal)) {
    // The rejection of a promise must not end the program.
    caught(signal, () => {});
    throw new TypeError(`parse must return a signal: it returned ${showValue(signal)}`);
  }
  return signal;
}

/** Returns the protocol; throws if it is none. */
function checkedProtocol(protocol: Protocol | undefined): Protocol {
  if (typeof protocol?.parse === "function") return protocol;
  caught(protocol, () => {});
  throw new TypeError(
    `protocol() must return an object with a method parse: it returned ${showValue(protocol)}`,
  );
}

function isSignal(signal: Signal | undefined): boolean {
  switch (signal?.kind) {
    case "progress":
      return Number.isSafeInteger(signal.done) && signal.done >= 0;
    case "share":
      return signal.share >= 0 && signal.share <= 1;
    case "status":
      return Object.hasOwn(TaskStatus, signal.status);
    case "message":
    case "nothing":
    case "log":
    case "malformed":
      return true;
    default:
      return false;
  }
}

/**
 * A protocol handler that cannot take the run down.
 *
 * @module
 */
import { errorMessage } from "../../base/errors.ts";
import { TaskStatus } from "../../model/statuses.ts";
import { ProtocolHandler } from "./prefixes.ts";
import type { OutputStream, Protocol, Signal } from "../../model/protocol.ts";

/** Asks a handler of somebody's own, until it throws or answers what is no signal; from then on all is log. */
export class GuardedProtocol implements Protocol {
  readonly splitsAtCarriageReturn: boolean = false;
  /** What went wrong, in words. */
  fault: string | undefined;
  readonly #handler: Protocol | undefined;

  /** Has a handler made. */
  constructor(make: () => Protocol = () => new ProtocolHandler()) {
    try {
      const handler = make();
      this.splitsAtCarriageReturn = handler.splitsAtCarriageReturn ?? false;
      this.#handler = handler;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Says what a line means; never throws. */
  parse(line: string, stream: OutputStream): Signal {
    if (this.fault === undefined) {
      try {
        return checked(this.#handler!.parse(line, stream));
      } catch (error) {
        this.#fail(error);
      }
    }
    return { kind: "log" };
  }

  #fail(error: unknown): void {
    this.fault = `protocol handler failed: ${errorMessage(error)}`;
  }
}

/** Refuses what no event may have. */
function checked(signal: Signal): Signal {
  // What comes from JavaScript can be anything.
  const { kind, text } = signal as { kind?: unknown; text?: unknown };
  const isText = typeof text === "string" || (text === undefined && kind !== "message");
  if (!isText || !isSignal(signal)) {
    throw new TypeError(`parse must return a signal: it returned ${Deno.inspect(signal)}`);
  }
  return signal;
}

function isSignal(signal: Signal): boolean {
  switch (signal.kind) {
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

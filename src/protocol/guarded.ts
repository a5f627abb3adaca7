/**
 * A protocol handler that cannot take the run down.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import { PrefixProtocol } from "./prefixes.ts";
import type { OutputStream, ProtocolHandler, Signal } from "./protocol.ts";

/** Asks a handler of somebody's own, until it throws or answers what is no signal; from then on all is log. */
export class GuardedProtocol implements ProtocolHandler {
  readonly splitsAtCarriageReturn: boolean = false;
  /** What went wrong, in words. */
  fault: string | undefined;
  readonly #handler: ProtocolHandler | undefined;

  /** Has a handler made. */
  constructor(make: () => ProtocolHandler = () => new PrefixProtocol()) {
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

/** Refuses numbers that no event may have. */
function checked(signal: Signal): Signal {
  if (signal.kind === "progress" && !(Number.isSafeInteger(signal.done) && signal.done >= 0)) {
    throw new RangeError(`done must be a non-negative integer: current value is ${signal.done}`);
  }
  if (signal.kind === "share" && !(signal.share >= 0 && signal.share <= 1)) {
    throw new RangeError(`share must be a number from 0 to 1: current value is ${signal.share}`);
  }
  return signal;
}

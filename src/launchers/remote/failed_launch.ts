/**
 * Stand-in for a worker that could not be launched.
 *
 * @module
 */
import type { ProcessExit } from "../../model/cause.ts";
import type { WorkerProcess } from "../launcher.ts";

/** Why a worker was not launched. */
export interface NotLaunched {
  readonly reason: string;
  /** Whether another attempt would end the same way. */
  readonly permanent?: boolean;
}

/** Why nothing is launched at the end of a run. */
export const OVER: NotLaunched = { reason: "the run is over" };

/** A process that fails as soon as the reason for it is known, or earlier if it is signalled. */
export class FailedLaunch implements WorkerProcess {
  readonly pid = Deno.pid;
  readonly placement: Promise<undefined>;
  readonly status: Promise<ProcessExit>;
  /** Takes what is written, and drops it. */
  readonly stdin: WritableStream<Uint8Array> = new WritableStream();
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly #ended = Promise.withResolvers<ProcessExit>();
  #isAlive = true;

  /** @param failure The reason, perhaps not known yet; never rejects. */
  constructor(failure: NotLaunched | Promise<NotLaunched>) {
    this.status = this.#ended.promise;
    this.placement = this.status.then(() => undefined);
    this.stdout = emptyUntil(this.status);
    this.stderr = emptyUntil(this.status);
    if (failure instanceof Promise) failure.then((it) => this.#end(it));
    else this.#end(failure);
  }

  kill(signal: Deno.Signal): void {
    if (signal !== "SIGCONT" && signal !== "SIGSTOP") this.#end({ reason: `ended by ${signal}` });
  }

  groupIsAlive(): boolean {
    return this.#isAlive;
  }

  #end({ reason, permanent }: NotLaunched): void {
    this.#isAlive = false;
    this.#ended.resolve({ kind: "launch-failed", reason, permanent });
  }
}

/** Returns a stream that brings nothing, and ends with a process: one that ends earlier would be a fault of a resident worker. */
function emptyUntil(end: Promise<unknown>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      await end;
      controller.close();
    },
  });
}

/**
 * A worker that never ran, or that waits for something that may not come.
 *
 * @module
 */
import type { ProcessExit } from "../../model/events.ts";
import type { WorkerProcess } from "../launcher.ts";

/** Why a worker was not launched. */
export interface NotLaunched {
  readonly reason: string;
  /** Whether another attempt would end the same way. */
  readonly permanent?: boolean;
}

/** Stands for a worker that is not launched; it has failed when the reason is there, or when it is ended before. */
export class FailedLaunch implements WorkerProcess {
  readonly pid = Deno.pid;
  readonly placement: Promise<undefined>;
  readonly status: Promise<ProcessExit>;
  readonly stdout: ReadableStream<Uint8Array> = ReadableStream.from<Uint8Array>([]);
  readonly stderr: ReadableStream<Uint8Array> = ReadableStream.from<Uint8Array>([]);
  readonly #ended = Promise.withResolvers<ProcessExit>();
  #isAlive = true;

  /** @param failure Why it failed, or will have failed; never rejects. */
  constructor(failure: NotLaunched | Promise<NotLaunched>) {
    this.status = this.#ended.promise;
    this.placement = this.status.then(() => undefined);
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

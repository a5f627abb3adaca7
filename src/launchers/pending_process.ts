/**
 * A worker that never ran, or that waits for something that may not come.
 *
 * @module
 */
import type { ProcessExit } from "../events.ts";
import type { WorkerProcess } from "./launcher.ts";

/** Stands for a worker that is not launched; it has failed at once when it is given a reason, else when it is ended. */
export class PendingProcess implements WorkerProcess {
  readonly pid = Deno.pid;
  readonly placement: Promise<undefined>;
  readonly status: Promise<ProcessExit>;
  readonly stdout: ReadableStream<Uint8Array> = ReadableStream.from<Uint8Array>([]);
  readonly stderr: ReadableStream<Uint8Array> = ReadableStream.from<Uint8Array>([]);
  readonly #ended = Promise.withResolvers<ProcessExit>();
  #isAlive = true;

  /** @param reason Why it failed. */
  constructor(reason?: string) {
    this.status = this.#ended.promise;
    this.placement = this.status.then(() => undefined);
    if (reason !== undefined) this.#end(reason);
  }

  kill(signal: Deno.Signal): void {
    if (signal !== "SIGCONT" && signal !== "SIGSTOP") this.#end(`ended by ${signal}`);
  }

  groupIsAlive(): boolean {
    return this.#isAlive;
  }

  #end(reason: string): void {
    this.#isAlive = false;
    this.#ended.resolve({ kind: "launch-failed", reason });
  }
}

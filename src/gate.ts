/**
 * What holds back that anything is started.
 *
 * @module
 */
import { unlessAborted } from "./abort.ts";

/** Open at first; while it is closed, whoever wants to pass waits. */
export class Gate {
  #closed: PromiseWithResolvers<void> | undefined;

  /** Whether nobody passes. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Lets nobody pass from now on. */
  close(): void {
    this.#closed ??= Promise.withResolvers();
  }

  /** Lets all pass who wait, and whoever comes. */
  open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }

  /** Resolves when it is open, or as soon as `signal` is aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#closed !== undefined && !signal.aborted) {
      await unlessAborted(this.#closed.promise, signal);
    }
  }
}

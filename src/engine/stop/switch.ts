/**
 * The stop switch of a run: takes requests, keeps new ranges from starting, and ends the running attempts.
 *
 * @module
 */
import type { StopSignal } from "../../model/types.ts";
import { NOT_STOPPED, requestStop, type StopProgress, type StopRequest } from "./level.ts";

/** An attempt, as the switch stops it. */
export interface Stoppable {
  /** Resolves when no process of it is left. */
  readonly cleaned: Promise<void>;
  /** Asks it to end. */
  stop(signal: Deno.Signal): void;
  /** Kills it. */
  kill(): void;
  /** Suspends it. */
  suspend(): void;
  /** Resumes it. */
  resume(): void;
}

/** Stops, suspends and resumes the attempts of a run. */
export class StopSwitch {
  readonly #draining = new AbortController();
  readonly #stopping = new AbortController();
  readonly #killing = new AbortController();
  readonly #attempts = new Set<Stoppable>();
  #state = NOT_STOPPED;
  #isSuspended = false;
  #signal: Deno.Signal = "SIGTERM";

  /** How far stopping has progressed. */
  get level(): StopProgress {
    return this.#state.level;
  }

  /** Aborted at the level `drain` and above: no more ranges are started. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Aborted at the level `stop` and above: running attempts are to end. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted at the level `kill` and above: nothing is waited for any more. */
  get killing(): AbortSignal {
    return this.#killing.signal;
  }

  /** Handles a request; returns whether it changed the level. */
  request(request: StopRequest): boolean {
    const before = this.level;
    this.#state = requestStop(this.#state, request);
    const { cause } = request;
    if (cause.kind === "signal") this.#signal = forwarded(cause.signal);
    this.#draining.abort();
    const changed = this.level !== before;
    // Each signal is forwarded; any other request has no effect if the level stays.
    const asksAgain = changed || cause.kind === "signal";
    if (this.level === "drain" || !asksAgain) return changed;
    this.#stopping.abort();
    if (this.level !== "stop") this.#killing.abort();
    for (const attempt of this.#attempts) this.#stop(attempt);
    return changed;
  }

  /** Suspends all attempts, and those that start in the meantime. */
  suspend(): void {
    this.#isSuspended = true;
    for (const attempt of this.#attempts) attempt.suspend();
  }

  /** Resumes all attempts. */
  resume(): void {
    this.#isSuspended = false;
    for (const attempt of this.#attempts) attempt.resume();
  }

  /** Ends an attempt with the run; resolves when no process of it is left. */
  async watch(attempt: Stoppable): Promise<void> {
    this.#attempts.add(attempt);
    if (this.#isSuspended) attempt.suspend();
    if (this.#stopping.signal.aborted) this.#stop(attempt);
    await attempt.cleaned;
    this.#attempts.delete(attempt);
  }

  /** Resolves when no process of any attempt is left. */
  async cleaned(): Promise<void> {
    await Promise.all(Array.from(this.#attempts, (attempt) => attempt.cleaned));
  }

  #stop(attempt: Stoppable): void {
    if (this.level === "stop") attempt.stop(this.#signal);
    else attempt.kill();
  }
}

/** Returns the signal that workers get. SIGALRM and SIGXCPU concern only this process: workers get SIGTERM. */
function forwarded(signal: StopSignal): StopSignal {
  return signal === "SIGALRM" || signal === "SIGXCPU" ? "SIGTERM" : signal;
}

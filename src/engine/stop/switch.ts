/**
 * Carries a run's stop out: what it lets begin, and the attempts that it ends.
 *
 * @module
 */
import { NOT_STOPPED, requestStop, type StopProgress, type StopRequest } from "./level.ts";

/** What a switch stops: an attempt. */
export interface Stoppable {
  /** Resolves when nothing of it is left. */
  readonly cleaned: Promise<void>;
  /** Asks it to end. */
  stop(signal: Deno.Signal): void;
  /** Ends it. */
  kill(): void;
  /** Makes it stand still. */
  suspend(): void;
  /** Lets it go on. */
  resume(): void;
}

/** The one switch that stops a run. */
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

  /** Aborted when nothing more is to be started. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Aborted when what runs is to end. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted when nobody waits for anything any more. */
  get killing(): AbortSignal {
    return this.#killing.signal;
  }

  /** Takes a request; says whether it changed the level. */
  request(request: StopRequest): boolean {
    const before = this.level;
    this.#state = requestStop(this.#state, request);
    const { cause } = request;
    if (cause.kind === "signal") this.#signal = cause.signal;
    this.#draining.abort();
    const changed = this.level !== before;
    // Each signal is handed on; what else asks for a stop that is under way asks in vain.
    const asksAgain = changed || cause.kind === "signal";
    if (this.level === "drain" || !asksAgain) return changed;
    this.#stopping.abort();
    if (this.level !== "stop") this.#killing.abort();
    for (const attempt of this.#attempts) this.#stop(attempt);
    return changed;
  }

  /** Makes all that runs stand still, and what is watched meanwhile. */
  suspend(): void {
    this.#isSuspended = true;
    for (const attempt of this.#attempts) attempt.suspend();
  }

  /** Lets all that runs go on. */
  resume(): void {
    this.#isSuspended = false;
    for (const attempt of this.#attempts) attempt.resume();
  }

  /** Sees to it that an attempt ends with the run. */
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

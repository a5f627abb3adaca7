/**
 * Admission of attempts: each waits for its turn until all policies of the run let it start.
 *
 * @module
 */
import { linkSignals, unlessAborted } from "../../base/abort.ts";
import { type Clock, sleep } from "../../base/clock.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { EventBody } from "../../model/event_body.ts";
import type { StartWait } from "../../model/start_events.ts";
import type { Gate } from "../pool.ts";
import type { RunningStart, StartHold, StartPolicy, StartRequest } from "./policy.ts";

/** Time that a start waits before the wait is published, in milliseconds. */
const NOTICE_MS = 1_000;
/** The shortest time between two events about the same wait, in milliseconds. */
const REFRESH_MS = 5_000;
/** Time after which a wait is a warning if no worker runs, in milliseconds: nothing of this run may end it. */
const IDLE_MS = 10_000;

/** Options of {@linkcode Admission}. */
export interface AdmissionOptions {
  /** The policies, the one first whose waits tell people most. */
  readonly policies: readonly StartPolicy[];
  readonly clock: Clock;
  /** The clock of events, which is never suspended. */
  readonly wallClock: Clock;
  /** Holds starts back during a pause, and turns them away once the run drains. */
  readonly gate: Gate;
  readonly publish: (event: EventBody) => void;
}

/** An attempt that asks to start. */
export interface AdmissionRequest {
  /** Its worker. */
  readonly worker: number;
  /** Whether it needs a process: a resident worker may have one. */
  readonly isProcess: boolean;
  /** Aborted when its range is cancelled. */
  readonly cancelled: AbortSignal;
}

/** Lets attempts start one after the other, in the order in which they asked. */
export class Admission {
  readonly #options: AdmissionOptions;
  /** Only the first of those who wait asks the policies: so after a pause, they do not all start at once. */
  readonly #turns = new Semaphore(1);
  /** Aborted when an attempt ends: then, the first of those who wait asks again. */
  #ended = new AbortController();
  /** The attempts that run, by worker. */
  readonly #running = new Map<number, RunningStart>();
  /** The wait that was published, and when. */
  #told: { readonly waitsFor: StartWait; readonly at: number } | undefined;
  #hasWarned = false;

  /** Creates the admission of one run. */
  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Waits for the turn of an attempt, or until it is cancelled. Returns false if the run is stopped first. */
  async turn(request: AdmissionRequest): Promise<boolean> {
    const { cancelled } = request;
    return await unlessAborted(this.#wait(request), cancelled) ??
      !this.#options.gate.draining.aborted;
  }

  /** Takes notice that the attempt of a worker has ended. */
  end(worker: number): void {
    this.#running.delete(worker);
    const ended = this.#ended;
    this.#ended = new AbortController();
    ended.abort();
  }

  /** Waits as {@linkcode Admission.turn}; an attempt that is cancelled takes no time of others when its turn comes. */
  async #wait({ worker, isProcess, cancelled }: AdmissionRequest): Promise<boolean> {
    const { clock, gate } = this.#options;
    using _turn = await this.#turns.acquire();
    using _told = { [Symbol.dispose]: () => this.#tellFreed() };
    let since = clock.now();
    for (;;) {
      // During a pause, nothing is to start: that time is no wait.
      const isPaused = gate.isClosed;
      const pausedAt = clock.now();
      if (!await gate.pass()) return false;
      if (isPaused) since += clock.now() - pausedAt;
      if (cancelled.aborted) return true;
      const now = clock.now();
      const hold = this.#check({ now, isProcess, running: Array.from(this.#running.values()) });
      if (hold === undefined) {
        for (const policy of this.#options.policies) policy.start?.(now);
        this.#running.set(worker, { at: now, isProcess });
        return true;
      }
      this.#tell(hold, { now, since });
      using ended = linkSignals(gate.draining, cancelled, this.#ended.signal);
      await sleep(clock, hold.ms, ended.signal);
    }
  }

  #check(request: StartRequest): StartHold | undefined {
    for (const policy of this.#options.policies) {
      const hold = policy.check(request);
      if (hold !== undefined) return hold;
    }
    return undefined;
  }

  /** Publishes what a start waits for, if that takes long enough for people to ask. */
  #tell(hold: StartHold, { now, since }: { now: number; since: number }): void {
    const { publish } = this.#options;
    const isLong = now - since >= NOTICE_MS || hold.ms >= NOTICE_MS;
    if (isLong && this.#isNews(hold.waitsFor, now)) {
      this.#told = { waitsFor: hold.waitsFor, at: now };
      publish({ kind: "starts-held", waitsFor: this.#atWallTime(hold.waitsFor, now) });
    }
    const { kind } = hold.waitsFor;
    const isOwn = kind === "delay" || kind === "rate";
    if (isOwn || this.#hasWarned || this.#running.size > 0 || now - since < IDLE_MS) return;
    this.#hasWarned = true;
    const text = kind === "memory"
      ? "no worker runs, and there is still not enough free memory for one"
      : "no worker runs, and the load of this machine is still too high for one";
    publish({ kind: "warning", text: `${text}: the run waits, until it is stopped` });
  }

  #isNews(waitsFor: StartWait, now: number): boolean {
    if (this.#told?.waitsFor.kind !== waitsFor.kind) return true;
    const isSame = JSON.stringify(this.#told.waitsFor) === JSON.stringify(waitsFor);
    return !isSame && now - this.#told.at >= REFRESH_MS;
  }

  /** Returns a wait with a time that people see, too, if this run was suspended. */
  #atWallTime(waitsFor: StartWait, now: number): StartWait {
    if (!("until" in waitsFor)) return waitsFor;
    const left = waitsFor.until - now;
    return { ...waitsFor, until: Math.ceil(this.#options.wallClock.now() + left) };
  }

  #tellFreed(): void {
    if (this.#told === undefined) return;
    this.#told = undefined;
    this.#options.publish({ kind: "starts-freed" });
  }
}

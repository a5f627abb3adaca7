/**
 * Trackers that a recovery feeds with events: which attempts may still run, and which may have left processes.
 *
 * @module
 */
import { NumberSet } from "../base/number_set.ts";
import type { InFlightAttempt } from "../launchers/launcher.ts";
import type { EndsOnlyRun, Leftovers } from "../launchers/local/orphans.ts";
import type { AttemptEndedEvent, AttemptRef, RunEvent, RunStartedEvent } from "../model/events.ts";
import { residentIdOf } from "../model/names.ts";
import { isDone } from "../model/statuses.ts";

/** Tells from the events of one run after another of which of them nothing can be left any more. */
class EndedRuns {
  #runId = "";
  /** Whether the run has tried to start a process. */
  #hasTried = false;
  /** Whether a process of the run has started. */
  #hasStarted = false;
  /** Whether the run was stopped, or could not do something that it should, such as to look for what is left. */
  #isCut = false;

  /** The id of the present run. */
  get runId(): string {
    return this.#runId;
  }

  /** Takes the next event. Returns a test for the runs of which nothing is left after it, if there are any. */
  take(event: RunEvent): ((runId: string) => boolean) | undefined {
    switch (event.kind) {
      case "run-started":
        this.#runId = event.runId;
        this.#hasTried = this.#hasStarted = this.#isCut = false;
        return undefined;
      case "run-stopping":
        this.#isCut = true;
        return undefined;
      case "warning":
        this.#isCut ||= event.isUnwritten === true;
        return undefined;
      case "attempt-started":
        this.#hasTried = true;
        return undefined;
      case "spawned":
        return this.#start();
      case "attempt-ended":
        this.#hasTried = true;
        return hasRun(event) ? this.#start() : undefined;
      case "run-ended": {
        // A run that was cut, or could not start anything, may not have waited for those that earlier runs left.
        const hasWaited = !this.#isCut && !this.#hasTried;
        return (runId) => hasWaited || runId === this.#runId;
      }
      default:
        return undefined;
    }
  }

  /** Takes notice of a process. Before its first one, a run has waited for those that earlier runs left. */
  #start(): ((runId: string) => boolean) | undefined {
    if (this.#hasStarted) return undefined;
    this.#hasStarted = true;
    return (runId) => runId !== this.#runId;
  }
}

/** Tracks which attempts may still run, through one run after another. */
export class InFlightAttempts {
  readonly #attempts = new Map<number | string, InFlightAttempt>();
  readonly #ended = new EndedRuns();

  /**
   * The placement of each, with the id of its run; without a node if that was not known yet, or the attempt runs on the
   * machine of its executor.
   */
  get all(): InFlightAttempt[] {
    return Array.from(this.#attempts.values());
  }

  /** Takes the next event. */
  take(event: RunEvent): void {
    const isOver = this.#ended.take(event);
    if (isOver !== undefined) forget(this.#attempts, isOver);
    const { runId } = this.#ended;
    if (event.kind === "attempt-started") this.#attempts.set(key(event), { runId });
    else if (event.kind === "spawned") {
      this.#attempts.set(key(event), { node: event.node, id: event.engineId, runId });
    } else if (event.kind === "attempt-ended") this.#attempts.delete(key(event));
  }
}

/** An attempt, or a process of a resident worker, of a run. */
interface RunAttempt {
  readonly runId: string;
  readonly attemptId: string;
}

/**
 * Tracks what may have left processes, through one run after another: attempts that have not done their range, and of runs that
 * did not end, resident workers and the groups of attempts that have done their range. A resident worker may live on between two
 * ranges.
 */
export class LeftProcesses {
  readonly #attempts = new Map<number, RunAttempt[]>();
  /** The last process of each resident worker of each run. Those before have ended. */
  readonly #residents = new Map<string, RunAttempt>();
  /** Attempts that have done their range, and left something in their group. */
  readonly #finished = new Map<number | string, RunAttempt & { readonly group: number }>();
  /** The runs of which only the ends of ranges are known, with what they have done. */
  readonly #endsOnly = new Map<string, EndsOnlyRun & { readonly done: NumberSet }>();
  readonly #ended = new EndedRuns();

  /**
   * Returns whether one of these runs may have left a resident worker, or a group of an attempt that has done its range, even
   * if all ranges are done.
   */
  mayLiveOn(runIds: readonly string[]): boolean {
    const all = [...this.#residents, ...this.#finished, ...this.#endsOnly];
    return all.some(([, { runId }]) => runIds.includes(runId));
  }

  /** Returns those that belong to one of these runs. */
  of(runIds: readonly string[]): Leftovers {
    const wanted = new Set(runIds);
    const isOfRuns = ({ runId }: { readonly runId: string }) => wanted.has(runId);
    const all = [...Array.from(this.#attempts.values()).flat(), ...this.#residents.values()];
    const ids = all.filter(isOfRuns).map(({ attemptId }) => attemptId);
    const finished = Array.from(this.#finished.values()).filter(isOfRuns);
    return {
      unfinished: Array.from(new Set(ids)),
      finished: finished.map(({ attemptId, group }) => ({ attemptId, group })),
      endsOnly: Array.from(this.#endsOnly.values()).filter(isOfRuns),
    };
  }

  /** Takes the next event. */
  take(event: RunEvent): void {
    const isOver = this.#ended.take(event);
    if (isOver !== undefined) {
      forget(this.#residents, isOver);
      forget(this.#finished, isOver);
      forget(this.#endsOnly, isOver);
    }
    if (event.kind === "run-started") this.#startRun(event);
    else if (event.kind === "attempt-started") {
      if (event.process === undefined) this.#add(event, event.attemptId);
      else this.#addResident(event);
    } else if (event.kind === "spawned") {
      // It may be another process than the attempt began with.
      if (event.process !== undefined) this.#addResident(event);
    } else if (event.kind === "attempt-ended" || event.kind === "range-ended") {
      if (isDone(event.status)) this.#finish(event);
    } else if (event.kind === "leaked") {
      this.#finished.delete(key(event));
    }
  }

  #startRun({ runId, endsOnly = false }: RunStartedEvent): void {
    if (endsOnly) this.#endsOnly.set(runId, { runId, done: new NumberSet() });
  }

  #finish(event: AttemptRef & { readonly leftGroup?: number }): void {
    const { range, leftGroup: group } = event;
    const attempt = this.#attempts.get(range)?.at(-1);
    if (attempt !== undefined && group !== undefined) {
      this.#finished.set(key(event), { ...attempt, group });
    }
    // Before the attempt that did it, everything of those before had ended.
    this.#attempts.delete(range);
    this.#endsOnly.get(this.#ended.runId)?.done.add(range);
  }

  #addResident(event: AttemptRef & { readonly process?: number }): void {
    const { worker, process = 1 } = event;
    const { runId } = this.#ended;
    const attemptId = residentIdOf(runId, { worker, process });
    this.#add(event, attemptId);
    this.#residents.set(`${runId}.${worker}`, { runId, attemptId });
  }

  #add({ range }: AttemptRef, attemptId: string): void {
    const attempts = this.#attempts.get(range) ?? [];
    this.#attempts.set(range, attempts);
    if (attempts.at(-1)?.attemptId === attemptId) return;
    attempts.push({ runId: this.#ended.runId, attemptId });
  }
}

/** Forgets what belongs to some runs. */
function forget(
  all: Map<unknown, { readonly runId: string }>,
  isOver: (runId: string) => boolean,
): void {
  for (const [key, { runId }] of all) if (isOver(runId)) all.delete(key);
}

/** Returns whether an attempt had a process of its own, as its end tells. A launcher that could not be opened has ended nothing. */
function hasRun({ exit }: AttemptEndedEvent): boolean {
  return exit !== undefined && exit.kind !== "launch-failed";
}

/** Names an attempt: a first one by the number of its range, which is found faster than a text. (Row resume of bench/.) */
function key({ range, attempt }: AttemptRef): number | string {
  return attempt === 1 ? range : `${range}/${attempt}`;
}

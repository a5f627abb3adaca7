/**
 * Trackers that a recovery feeds with events: which attempts may still run, and which may have left processes.
 *
 * @module
 */
import type { InFlightAttempt, LaunchRun, Placement } from "../launchers/launcher.ts";
import type { AttemptEndedEvent, AttemptRef, RunEvent } from "../model/events.ts";
import { residentIdOf } from "../model/names.ts";
import { isDone } from "../model/statuses.ts";

const NOT_PLACED: Partial<Placement> = {};

/** Tracks which attempts may still run, through one run after another. */
export class InFlightAttempts {
  readonly #attempts = new Map<number | string, Partial<Placement>>();
  #isNewRun = false;
  #lastRunId = "";
  /** The run that these attempts are of. */
  #runId = "";

  /**
   * The placement of each, with the id of its run; without a node if that was not known yet, or the attempt runs on the
   * machine of its executor.
   */
  get all(): InFlightAttempt[] {
    return Array.from(
      this.#attempts.values(),
      (placement) => ({ ...placement, runId: this.#runId }),
    );
  }

  /** Takes the next event. */
  take(event: RunEvent): void {
    switch (event.kind) {
      case "run-started":
        this.#isNewRun = true;
        this.#lastRunId = event.runId;
        return;
      case "attempt-started":
        // Before its first attempt, a run has waited for those that earlier runs left.
        if (this.#isNewRun) this.#attempts.clear();
        this.#isNewRun = false;
        this.#runId = this.#lastRunId;
        this.#attempts.set(key(event), NOT_PLACED);
        return;
      case "spawned":
        this.#attempts.set(key(event), { node: event.node, id: event.engineId });
        return;
      case "attempt-ended":
        this.#attempts.delete(key(event));
        return;
      case "run-ended":
        this.#attempts.clear();
        return;
    }
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
  #runId = "";
  /** Whether the run has tried to start a process. */
  #hasTried = false;
  /** Whether a process of the run has started. */
  #hasStarted = false;
  /** Whether the run was stopped, or could not do something that it should. */
  #isCut = false;

  /** Returns whether one of these runs has left a resident worker, or a group of an attempt that has done its range. */
  mayLiveOn(runIds: readonly string[]): boolean {
    const all = [...this.#residents.values(), ...this.#finished.values()];
    return all.some(({ runId }) => runIds.includes(runId));
  }

  /** Returns those that belong to one of these runs. */
  of(runIds: readonly string[]): Pick<LaunchRun, "unfinished" | "finished"> {
    const wanted = new Set(runIds);
    const isOfRuns = ({ runId }: RunAttempt) => wanted.has(runId);
    const all = [...Array.from(this.#attempts.values()).flat(), ...this.#residents.values()];
    const ids = all.filter(isOfRuns).map(({ attemptId }) => attemptId);
    const finished = Array.from(this.#finished.values()).filter(isOfRuns);
    return {
      unfinished: Array.from(new Set(ids)),
      finished: finished.map(({ attemptId, group }) => ({ attemptId, group })),
    };
  }

  /** Takes the next event. */
  take(event: RunEvent): void {
    if (event.kind === "run-started") {
      this.#runId = event.runId;
      this.#hasTried = this.#hasStarted = this.#isCut = false;
    } else if (event.kind === "run-stopping" || event.kind === "warning") {
      this.#isCut ||= event.kind === "run-stopping" || event.isUnwritten === true;
    } else if (event.kind === "run-ended") {
      this.#forget((runId) => runId === this.#runId);
      // A run that was cut, or could not start anything, may not have waited for those that earlier runs left.
      if (!this.#isCut && !this.#hasTried) this.#forget(() => true);
    } else if (event.kind === "attempt-started") {
      this.#hasTried = true;
      if (event.process === undefined) this.#add(event, event.attemptId);
      else this.#addResident(event);
    } else if (event.kind === "spawned") {
      this.#noteStart();
      // It may be another process than the attempt began with.
      if (event.process !== undefined) this.#addResident(event);
    } else if (event.kind === "attempt-ended" || event.kind === "range-ended") {
      this.#hasTried ||= event.kind === "attempt-ended";
      if (event.kind === "attempt-ended" && hasRun(event)) this.#noteStart();
      if (isDone(event.status)) this.#finish(event);
    } else if (event.kind === "leaked") {
      this.#finished.delete(key(event));
    }
  }

  /** Takes notice that a process has started. Before its first one, a run has waited for those that earlier runs left. */
  #noteStart(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#forget((runId) => runId !== this.#runId);
  }

  /** Forgets what has ended with some runs. */
  #forget(isOver: (runId: string) => boolean): void {
    for (const attempts of [this.#residents, this.#finished] as Map<unknown, RunAttempt>[]) {
      for (const [key, { runId }] of attempts) if (isOver(runId)) attempts.delete(key);
    }
  }

  #finish(event: AttemptRef & { readonly leftGroup?: number }): void {
    const { range, leftGroup: group } = event;
    const attempt = this.#attempts.get(range)?.at(-1);
    if (attempt !== undefined && group !== undefined) {
      this.#finished.set(key(event), { ...attempt, group });
    }
    // Before the attempt that did it, everything of those before had ended.
    this.#attempts.delete(range);
  }

  #addResident(event: AttemptRef & { readonly process?: number }): void {
    const { worker, process = 1 } = event;
    const attemptId = residentIdOf(this.#runId, { worker, process });
    this.#add(event, attemptId);
    this.#residents.set(`${this.#runId}.${worker}`, { runId: this.#runId, attemptId });
  }

  #add({ range }: AttemptRef, attemptId: string): void {
    const attempts = this.#attempts.get(range) ?? [];
    this.#attempts.set(range, attempts);
    if (attempts.at(-1)?.attemptId !== attemptId) attempts.push({ runId: this.#runId, attemptId });
  }
}

/** Returns whether an attempt had a process of its own, as its end tells. A launcher that could not be opened has ended nothing. */
function hasRun({ exit }: AttemptEndedEvent): boolean {
  return exit !== undefined && exit.kind !== "launch-failed";
}

/** Names an attempt: a first one by the number of its range, which is found faster than a text. (Row resume of bench/.) */
function key({ range, attempt }: AttemptRef): number | string {
  return attempt === 1 ? range : `${range}/${attempt}`;
}

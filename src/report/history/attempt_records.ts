/**
 * Records of the attempts of a run, updated by its events.
 *
 * @module
 */
import type { AttemptRef, OutputLostEvent, RunEvent } from "../../model/events.ts";
import { type AttemptRecord, isOpen } from "./history.ts";
import { showBytes } from "../../base/surrogate_escape.ts";
import { displayCause, displayText } from "./display_text.ts";

const MAX_REASON = 300;
const MAX_ITEM = 200;
const MAX_MESSAGE = 200;

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

/** Follows attempts from start to end, and remembers which have changed. */
export class AttemptRecords {
  readonly #records: AttemptRecord[] = [];
  /** Index of the last attempt of each worker. */
  readonly #latest = new Map<number, number>();
  /** Index of the attempt with which each range ended. */
  readonly #last = new Map<number, number>();
  readonly #changed = new Set<number>();

  /** All records, in the order in which the attempts began. */
  get records(): readonly AttemptRecord[] {
    return this.#records;
  }

  /** Adds the record of an attempt that begins. */
  start(event: Event<"attempt-started">, { session, at }: { session: number; at: number }): void {
    const { worker, range, attempt, startIndex, endIndex, items, process } = event;
    const index = this.#records.length;
    this.#latest.set(worker, index);
    this.#set(index, {
      session,
      worker,
      range,
      attempt,
      startIndex,
      endIndex,
      startedAt: at,
      status: "RUNNING",
      progress: 0,
      item: items && firstItemText(items),
      process,
    });
  }

  /**
   * Updates the record of an attempt.
   *
   * @returns Its index, or undefined if it is not the last attempt of its worker.
   */
  update(event: RunEvent & AttemptRef, at: number): number | undefined {
    const index = this.#latest.get(event.worker);
    const record = index === undefined ? undefined : this.#records[index];
    if (record?.range !== event.range || record.attempt !== event.attempt) return undefined;
    const next = change(record, event, at);
    if (next !== record) this.#set(index!, next);
    if (event.kind === "range-ended") this.#last.set(event.range, index!);
    return index;
  }

  /**
   * Takes back that a range is done, as its output is lost.
   *
   * @returns The index of its last attempt, or undefined if there is no record of that.
   */
  lose({ range, cause }: OutputLostEvent): number | undefined {
    const index = this.#last.get(range);
    if (index === undefined) return undefined;
    const lost = { status: "CRASHED", rangeStatus: "CRASHED" } as const;
    this.#set(index, {
      ...this.#records[index]!,
      ...lost,
      cause: displayCause(cause, MAX_REASON),
    });
    return index;
  }

  /** Notes that a later run has done the items of an attempt's range, or has tried them again. */
  settle(index: number, settled: AttemptRecord["settled"]): void {
    this.#set(index, { ...this.#records[index]!, settled });
  }

  /** Marks the attempts that have not ended as lost. */
  markLost(endedAt: number): void {
    for (const index of this.#latest.values()) {
      const record = this.#records[index]!;
      if (!isOpen(record)) continue;
      this.#set(index, { ...record, status: "LOST", message: undefined, endedAt });
    }
    this.#latest.clear();
  }

  /** Returns the records that have changed since the last call. */
  drainChanged(): [index: number, record: AttemptRecord][] {
    const changed = Array.from(this.#changed, (index): [number, AttemptRecord] => [
      index,
      this.#records[index]!,
    ]);
    this.#changed.clear();
    return changed;
  }

  #set(index: number, record: AttemptRecord): void {
    this.#records[index] = record;
    this.#changed.add(index);
  }
}

function firstItemText(items: readonly string[]): string {
  return `${displayText(showBytes(items[0] ?? ""), MAX_ITEM)}${items.length > 1 ? " …" : ""}`;
}

function change(record: AttemptRecord, event: RunEvent & AttemptRef, at: number): AttemptRecord {
  if (event.kind === "range-ended") return { ...record, rangeStatus: event.status };
  if (!isOpen(record)) return record;
  switch (event.kind) {
    case "launch-delayed":
      return { ...record, status: "PENDING" };
    case "spawned":
      return {
        ...record,
        status: "RUNNING",
        startedAt: at,
        ...(event.node === undefined ? {} : { node: displayText(event.node, MAX_REASON) }),
      };
    case "status":
      return record.process === undefined || record.readyAt !== undefined
        ? record
        : { ...record, readyAt: at };
    case "progress":
      return { ...record, progress: event.done };
    case "message":
      return { ...record, message: displayText(event.text, MAX_MESSAGE) };
    case "attempt-ended": {
      const { status, progress, usage } = event;
      const cause = event.cause && displayCause(event.cause, MAX_REASON);
      const use = usage && {
        cpuMs: Math.round(1000 * usage.cpuSeconds),
        peakRss: usage.peakRss,
      };
      return { ...record, status, progress, cause, message: undefined, endedAt: at, ...use };
    }
    default:
      return record;
  }
}

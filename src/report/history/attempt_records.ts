/**
 * The attempts of a run, a record each.
 *
 * @module
 */
import type { AttemptRef, RunEvent } from "../../model/events.ts";
import { type AttemptRecord, isOpen } from "./history.ts";
import { showBytes } from "../../base/surrogate_escape.ts";
import { shownText } from "./text.ts";

const MAX_REASON = 300;
const MAX_ITEM = 200;

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

/** Follows attempts from their start to their end, and remembers which have changed. */
export class AttemptRecords {
  readonly #records: AttemptRecord[] = [];
  /** The place of the last attempt of each worker. */
  readonly #latest = new Map<number, number>();
  readonly #changed = new Set<number>();

  /** All, in the order in which they began. */
  get records(): readonly AttemptRecord[] {
    return this.#records;
  }

  /** An attempt begins. */
  start(event: Event<"attempt-started">, { session, at }: { session: number; at: number }): void {
    const { worker, range, attempt, startIndex, endIndex, items } = event;
    const place = this.#records.length;
    this.#latest.set(worker, place);
    this.#set(place, {
      session,
      worker,
      range,
      attempt,
      startIndex,
      endIndex,
      startedAt: at,
      status: "RUNNING",
      progress: 0,
      item: items && itemText(items),
    });
  }

  /** Takes an event of an attempt that has begun; says its place, if it is the last one of its worker. */
  take(event: RunEvent & AttemptRef, at: number): number | undefined {
    const place = this.#latest.get(event.worker);
    const record = place === undefined ? undefined : this.#records[place];
    if (record?.range !== event.range || record.attempt !== event.attempt) return undefined;
    const next = change(record, event, at);
    if (next !== record) this.#set(place!, next);
    return place;
  }

  /** What has not ended never will. */
  lose(endedAt: number): void {
    for (const place of this.#latest.values()) {
      const record = this.#records[place]!;
      if (isOpen(record)) this.#set(place, { ...record, status: "LOST", endedAt });
    }
    this.#latest.clear();
  }

  /** Those that have changed since the last call, with their places. */
  takeChanged(): [place: number, record: AttemptRecord][] {
    const changed = Array.from(this.#changed, (place): [number, AttemptRecord] => [
      place,
      this.#records[place]!,
    ]);
    this.#changed.clear();
    return changed;
  }

  #set(place: number, record: AttemptRecord): void {
    this.#records[place] = record;
    this.#changed.add(place);
  }
}

function itemText(items: readonly string[]): string {
  return `${shownText(showBytes(items[0] ?? ""), MAX_ITEM)}${items.length > 1 ? " …" : ""}`;
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
        ...(event.node === undefined ? {} : { node: shownText(event.node, MAX_REASON) }),
      };
    case "progress":
      return { ...record, progress: event.done };
    case "attempt-ended": {
      const { status, progress } = event;
      const reason = event.reason === undefined ? undefined : shownText(event.reason, MAX_REASON);
      return { ...record, status, progress, reason, endedAt: at };
    }
    default:
      return record;
  }
}

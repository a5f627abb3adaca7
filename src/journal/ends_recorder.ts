/**
 * Recorder of ends: writes what a job needs to be reported and resumed, and little more, to a file that nobody asked for.
 *
 * @module
 */
import { writeAllSync } from "../base/write_all.ts";
import { systemClock } from "../base/clock.ts";
import { shorten, shortenTexts } from "../model/details.ts";
import type {
  AttemptEndedEvent,
  AttemptStartedEvent,
  ItemsReadEvent,
  RangeEndedEvent,
  RunEvent,
} from "../model/events.ts";
import { FAILURE_LOG_LINES } from "../model/range_failures.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { isDone } from "../model/statuses.ts";
import { type CompactEnd, encodeEnds, isCompact } from "./compact_ends.ts";

/** The longest time for which lines wait to be written, in milliseconds. */
const FLUSH_MS = 200;
/** Ends of ranges in a line, and characters of lines that wait, at most. */
const MAX_ENDS = 1_000;
const MAX_WAITING = 256 << 10;
/** A longer record is given up: it would take the room of all others. */
const MAX_BYTES = 512 << 20;

/** Events that are not recorded. Those of attempts that go well are part of the end of their range. */
const LEFT_OUT: ReadonlySet<RunEvent["kind"]> = new Set([
  "attempt-started",
  "launch-delayed",
  "starts-held",
  "starts-freed",
  "spawned",
  "progress",
  "status",
  "message",
  "usage",
  "slow",
  "log",
]);

/** The file of a record: open, locked and empty. */
export interface RecordFile extends Disposable {
  readonly path: string;
  readonly handle: Deno.FsFile;
  /** Throws if its path leads elsewhere, or it has fewer bytes than `size`. */
  check(size: number): void;
  /** Removes it. */
  remove(): void;
}

/** An attempt that runs, or that has ended well. */
interface Attempt {
  readonly started: AttemptStartedEvent;
  readonly ended?: AttemptEndedEvent;
}

/**
 * Records the ends of ranges, and all of failed attempts, as a journal from which the job can be resumed. Nobody depends on it:
 * it is not synced, and if it cannot be written, it is removed without a word. What the last fifth of a second brought is lost
 * if the process is killed.
 */
export class EndsRecorder implements Reporter {
  readonly #file: RecordFile;
  readonly #encoder = new TextEncoder();
  #waiting: string[] = [];
  #waitingSize = 0;
  #written = 0;
  /** Ends that make the next compact line. */
  #ends: CompactEnd[] = [];
  /** What was read, and makes the next line. */
  #itemsRead: ItemsReadEvent | undefined;
  /** Attempts that are not recorded yet, by worker. */
  readonly #attempts = new Map<number, Attempt>();
  #timer: Disposable | undefined;
  #isOver = false;
  #hasFailed = false;

  /** Writes nothing before the run starts. Closes the file at its end, and removes it if there was no run. */
  constructor(file: RecordFile) {
    this.#file = file;
  }

  /** The path of the record; undefined if it could not be written, or another program has removed, replaced or cut it. */
  get recorded(): string | undefined {
    if (this.#hasFailed) return undefined;
    try {
      this.#file.check(this.#written);
      return this.#file.path;
    } catch {
      return undefined;
    }
  }

  /** How many bytes it has written. */
  get written(): number {
    return this.#written;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    if (this.#isOver) return;
    switch (event.kind) {
      case "run-started":
        this.#add({ ...event, endsOnly: true });
        return this.#flush();
      case "items-read":
        this.#itemsRead = joinRead(this.#itemsRead, event);
        return this.#flushLater();
      case "attempt-started":
        this.#attempts.set(event.worker, { started: event });
        return;
      case "attempt-ended":
        return this.#endAttempt(event, state);
      case "range-ended":
        return this.#addEnd(event);
      case "run-ended":
        this.#add(event);
        return this.#flush();
      case "warning":
      case "reporter-failed":
        return this.#add(shortenTexts(event));
      default:
        if (!LEFT_OUT.has(event.kind)) this.#add(event);
    }
  }

  /** See {@linkcode Reporter.close}. */
  close(): Promise<void> {
    this.abandon();
    return Promise.resolve();
  }

  /** See {@linkcode Reporter.abandon}: writes what waits, and closes the file. */
  abandon(): void {
    if (this.#isOver) return;
    if (this.#written === 0) return this.#giveUp();
    this.#flush();
    if (!this.#isOver) this.#end();
  }

  /** Adds an attempt that did not go well, or left something, with its last words. The end of its range tells of any other one. */
  #endAttempt(event: AttemptEndedEvent, state: RunState): void {
    const { v, t, worker, range, attempt, status, cause, leftGroup } = event;
    const known = this.#attempts.get(worker);
    if (known !== undefined && isDone(status) && cause === undefined && leftGroup === undefined) {
      this.#attempts.set(worker, { ...known, ended: event });
      return;
    }
    const ref = { v, t, worker, range, attempt };
    this.#addKnown(worker);
    const { message = "", log = [] } = state.workers[worker] ?? {};
    if (message !== "") this.#add({ ...ref, kind: "message", text: shorten(message) });
    const lines = log.slice(-FAILURE_LOG_LINES).map(shorten);
    if (lines.length > 0) this.#add({ ...ref, kind: "log", lines });
    this.#add(event);
  }

  #addEnd(ended: RangeEndedEvent): void {
    const { started, ended: attempt } = this.#attempts.get(ended.worker) ?? {};
    if (!isCompact(started, ended)) {
      this.#addKnown(ended.worker);
      return this.#add(ended);
    }
    this.#attempts.delete(ended.worker);
    this.#ends.push({ started, ended, exit: attempt?.exit, usage: attempt?.usage });
    if (this.#ends.length >= MAX_ENDS) this.#flush();
    else this.#flushLater();
  }

  /** Adds what is known of the worker's attempt, once. */
  #addKnown(worker: number): void {
    const { started, ended } = this.#attempts.get(worker) ?? {};
    if (started !== undefined) this.#add(started);
    if (ended !== undefined) this.#add(ended);
    this.#attempts.delete(worker);
  }

  #add(event: RunEvent): void {
    this.#settle();
    this.#push(JSON.stringify(event));
    if (this.#waitingSize > MAX_WAITING) this.#flush();
    else this.#flushLater();
  }

  /** Makes lines of what was gathered, so that all lines are in order. */
  #settle(): void {
    if (this.#itemsRead !== undefined) this.#push(JSON.stringify(this.#itemsRead));
    this.#itemsRead = undefined;
    if (this.#ends.length > 0) this.#push(encodeEnds(this.#ends));
    this.#ends = [];
  }

  #push(line: string): void {
    this.#waiting.push(line);
    this.#waitingSize += line.length;
  }

  #flushLater(): void {
    this.#timer ??= systemClock.after(FLUSH_MS, () => this.#flush());
  }

  #flush(): void {
    this.#stopTimer();
    if (this.#isOver) return;
    try {
      this.#settle();
      if (this.#waiting.length === 0) return;
      const bytes = this.#encoder.encode(`${this.#waiting.join("\n")}\n`);
      this.#waiting = [];
      this.#waitingSize = 0;
      if (this.#written + bytes.length > MAX_BYTES) throw new Error("it has become too long");
      this.#file.check(this.#written);
      writeAllSync(this.#file.handle, bytes);
      this.#written += bytes.length;
    } catch {
      this.#giveUp();
    }
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  /** Removes the record: one with gaps would make a resumed run do again what is done. */
  #giveUp(): void {
    this.#hasFailed = true;
    this.#file.remove();
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#stopTimer();
    this.#attempts.clear();
    this.#file[Symbol.dispose]();
  }
}

/** Joins two events about items that were read, of which the second one came right after the first. */
function joinRead(before: ItemsReadEvent | undefined, event: ItemsReadEvent): ItemsReadEvent {
  const items = [...before?.items ?? [], ...event.items ?? []];
  return items.length === 0 ? event : { ...event, items };
}

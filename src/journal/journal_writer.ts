/**
 * Writer of a journal: takes the events of one run to the file, and warns of what goes wrong there.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import { sleep, systemClock } from "../base/clock.ts";
import { errorMessage, isUnsupported } from "../base/errors.ts";
import type { RunEvent, RunStartedEvent } from "../model/events.ts";
import { endedRanges, type RunState } from "../model/state.ts";
import { noteOwnRun } from "./earlier_runs.ts";
import type { Damage, JournalFile, Repair } from "./journal_file.ts";
import { EventSampler } from "./sampler.ts";

/** The most bytes of lines that are kept in memory while they cannot be written. */
const MAX_UNWRITTEN = 1 << 20;
/** How often the file is looked at, in milliseconds. It is also looked at before it is synced. */
const LOOK_MS = 1_000;
/** Time from a repair or a write that has failed to the next try, in milliseconds. */
const RETRY_MS = 2_000;

/**
 * Time from the end of a sync to the next one, in milliseconds. More of them slow short ranges down. (Rows spawn-journal and
 * resident of bench/.)
 */
const SYNC_MS = 20;

/** Options of a {@linkcode JournalWriter}. */
export interface JournalWriterOptions {
  readonly file: JournalFile;
  warn(text: string, options?: { isUnwritten?: boolean }): void;
}

/** Writes the journal of one run. */
export class JournalWriter {
  readonly #path: string;
  #recordPath: string;
  readonly #file: JournalFile;
  readonly #warn: JournalWriterOptions["warn"];
  readonly #sampler = new EventSampler();
  readonly #encoder = new TextEncoder();
  /** Lines that are still to be written. */
  #unwritten: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** Warnings that were given, each of which is given once. */
  readonly #warnings = new Set<string>();
  #start: RunStartedEvent | undefined;
  /** What is recorded of the attempts at ranges that have not ended, by worker. */
  readonly #running = new Map<number, RunEvent[]>();
  /** Events that are written with the next one. */
  #waiting: RunEvent[] = [];
  #state: RunState | undefined;
  #ownRun: Disposable | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  /** Set while a write waits for the end of this turn of the event loop. */
  #turn: ReturnType<typeof setImmediate> | undefined;
  #syncing: Promise<void> | undefined;
  #isDirty = false;
  /** Aborted when the file is to be closed: no sync waits any longer. */
  readonly #closing = new AbortController();
  #isSettled = false;
  #isClosed = false;
  #isGivenUp = false;
  /** No write or repair is tried before this time. */
  #retryAt = 0;
  /** Whether ranges that ended are missing for good. */
  #hasLost = false;

  /** Starts nothing before the first event. */
  constructor(path: string, { file, warn }: JournalWriterOptions) {
    this.#path = this.#recordPath = path;
    this.#file = file;
    this.#warn = warn;
  }

  /** Where the record is: beside the path of the journal, if another program has put something in its place. */
  get recordPath(): string {
    return this.#recordPath;
  }

  /** Records an event, if it is to be recorded. */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    if (event.kind === "run-started") this.#begin(event);
    if (event.kind === "attempt-started") this.#running.set(event.worker, [event]);
    if (event.kind === "spawned") this.#running.get(event.worker)?.push(event);
    const recorded = this.#sampler.of(event, state);
    if (recorded.length === 0 || this.#isClosed) return;
    this.#waiting.push(...recorded);
    if (event.kind === "range-ended") this.#endRange(event.worker);
    else if (!canWait(event)) this.#writeWaiting();
    // The end of the range that it takes back may be on disk already.
    if (event.kind === "run-ended" || event.kind === "output-lost") this.#sync();
  }

  /**
   * Writes the end of a range when this turn of the event loop ends, and then syncs it. In most turns, the worker begins another
   * range: one write has both then, before there is a process for that. (Rows spawn-journal and resident of bench/.)
   */
  #endRange(worker: number): void {
    this.#running.delete(worker);
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#writeWaiting();
      this.#sync();
    });
  }

  /** Writes what could not be written before, looks at the file once more, and warns if ranges that ended are missing. */
  settle(): void {
    this.#retryAt = 0;
    this.#writeWaiting();
    this.#look({ isThorough: true });
    const damage = this.#damage();
    this.#isSettled = true;
    // If the file cannot be looked at, nobody knows that it is there.
    this.#hasLost ||= this.#file.isBeside || damage !== undefined ||
      new TextDecoder().decode(this.#unwritten).includes('"kind":"range-ended"');
    this.#warnOfLoss();
  }

  #warnOfLoss(): void {
    if (!this.#hasLost || !this.#hasEndedRanges) return;
    this.#warnOnce(
      `the journal ${this.#path} lacks ranges that have ended: a run that resumes it does them again`,
      { isUnwritten: true },
    );
  }

  /** Syncs and closes the file. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    clearImmediate(this.#turn);
    this.#closing.abort();
    while (this.#syncing !== undefined) await this.#syncing;
    this.#isClosed = true;
    this.#ownRun?.[Symbol.dispose]();
    this.#file[Symbol.dispose]();
  }

  #begin(event: RunStartedEvent): void {
    this.#start = event;
    this.#ownRun = noteOwnRun(event.runId);
    this.#looking = setInterval(() => {
      this.#writeWaiting();
      this.#look();
    }, LOOK_MS);
    // It ends with the run, and must not keep the process from ending.
    Deno.unrefTimer(this.#looking);
    const { lockProblem } = this.#file;
    if (lockProblem === undefined) return;
    this.#warnOnce(
      `the journal ${this.#path} cannot be locked (${lockProblem}): nothing keeps a run on another machine from writing it as well`,
    );
  }

  #writeWaiting(): void {
    if (this.#waiting.length === 0) return;
    const lines = this.#encode(this.#waiting);
    this.#waiting = [];
    this.#write(lines);
  }

  #write(lines: Uint8Array<ArrayBuffer>): void {
    if (this.#isGivenUp) return;
    const isOverdue = this.#unwritten.length > 0;
    if (this.#unwritten.length > MAX_UNWRITTEN) return this.#giveUp();
    this.#unwritten = isOverdue ? concatBytes(this.#unwritten, lines) : lines;
    if (!isOverdue || this.#mayRetry) this.#flush();
    if (this.#file.isMisplaced) this.#look();
  }

  /** Writes the unwritten lines, as far as they fit. */
  #flush(): void {
    if (this.#unwritten.length === 0) return;
    const failed = this.#file.append(this.#unwritten);
    this.#unwritten = failed?.rest.slice() ?? new Uint8Array();
    if (failed === undefined) return;
    this.#postpone();
    this.#warnOnce(
      `the journal ${this.#path} cannot be written, the work goes on: ${
        errorMessage(failed.error)
      }`,
    );
  }

  #giveUp(): void {
    this.#isGivenUp = this.#hasLost = true;
    this.#warnOnce(`the journal ${this.#path} is given up: what has ended since is not in it`);
  }

  /** Looks whether another program has damaged the file, and repairs it. */
  #look({ isThorough = false } = {}): void {
    if (this.#isSettled) return;
    const damage = this.#damage({ isThorough });
    if (!this.#mayRetry) return;
    if (damage === undefined || damage === "unknown") this.#flush();
    else this.#repair(damage);
  }

  #damage({ isThorough = false } = {}): Damage | "unknown" | undefined {
    try {
      return this.#file.look({ isThorough });
    } catch (error) {
      this.#warnOnce(
        `the journal ${this.#path} cannot be found any more: ${errorMessage(error)}`,
      );
      return "unknown";
    }
  }

  #repair(damage: Damage): void {
    const what = `the journal ${this.#path} was ${damage} by another program`;
    const beside = `${this.#path}.${this.#start?.runId}`;
    let repair: Repair;
    try {
      repair = this.#file.repair(damage, { beside });
    } catch (error) {
      this.#postpone();
      return this.#warnOnce(`${what}, and cannot be written again: ${errorMessage(error)}`);
    }
    this.#sync();
    switch (repair.kind) {
      case "again":
        return this.#warnOnce(`${what}: all of it was written again`);
      case "beside":
        this.#recordPath = repair.path;
        return this.#warnOnce(
          `${what}: that is left as it is, and the record goes on in ${repair.path}`,
        );
      case "onwards":
        this.#hasLost ||= this.#hasEndedRanges;
        // Without these, a resumed run could not read what follows.
        this.#write(concatBytes(this.#encode(this.#head), repair.next));
        return this.#warnOnce(`${what}: what was cut off is lost, and the record goes on`);
    }
  }

  /** The events that must come before those that follow. */
  get #head(): RunEvent[] {
    return [...(this.#start ? [this.#start] : []), ...Array.from(this.#running.values()).flat()];
  }

  get #hasEndedRanges(): boolean {
    return this.#state !== undefined && endedRanges(this.#state) > 0;
  }

  get #mayRetry(): boolean {
    return performance.now() >= this.#retryAt;
  }

  #postpone(): void {
    this.#retryAt = performance.now() + RETRY_MS;
  }

  /** Syncs the file in the background: at once, or soon after the last sync, for all lines that were written meanwhile. */
  #sync(): void {
    this.#isDirty = true;
    this.#syncing ??= this.#syncAll();
  }

  async #syncAll(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      const { handle } = this.#file;
      try {
        await handle.syncData();
      } catch (error) {
        // One that was moved meanwhile is synced in its new place.
        if (handle === this.#file.handle) this.#warnOfSync(error);
      }
      this.#look();
      if (this.#isDirty) await sleep(systemClock, SYNC_MS, this.#closing.signal);
    }
    this.#syncing = undefined;
  }

  #warnOfSync(error: unknown): void {
    // What the system could not write to the disk may be missing, even if it is read now.
    if (!isUnsupported(error)) this.#hasLost ||= this.#hasEndedRanges;
    this.#warnOnce(`the journal ${this.#path} cannot be synced: ${errorMessage(error)}`);
    // The last sync ends after the journal was settled.
    if (this.#isSettled) this.#warnOfLoss();
  }

  #warnOnce(text: string, options?: { isUnwritten: boolean }): void {
    if (this.#warnings.has(text)) return;
    this.#warnings.add(text);
    this.#warn(text, options);
  }

  #encode(events: readonly RunEvent[]): Uint8Array<ArrayBuffer> {
    return this.#encoder.encode(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  }
}

/**
 * Returns whether an event may be written with the one that follows it, or at the next look at the file. A write costs more than
 * the rest of a short range. (Row resident of bench/.) Nothing is lost with it: the end of the range follows, or it would be
 * done again.
 */
function canWait({ kind }: RunEvent): boolean {
  return kind === "attempt-ended";
}

/**
 * Output that earlier runs promised: which ranges are done, and are owed their output.
 *
 * @module
 */
import type { BegunRanges } from "../output/earlier_results.ts";
import type { RunEvent, RunStartedEvent } from "../model/events.ts";
import type { OutstandingRange } from "../model/ranges.ts";
import type { DoneStatus } from "../model/statuses.ts";

/** A range that is done, in a run that promised its output. */
export interface PromisedRange {
  readonly index: number;
  /** The status in which it ended. */
  readonly status: DoneStatus;
  /** Attempts that it had. */
  readonly attempts: number;
  /** The item at which it began in that run. */
  readonly nextIndex: number;
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
  /** The directory in which its results were kept. */
  readonly results?: string;
  /** Whether its output was written, or is not to be. */
  isWritten: boolean;
  /** Whether it was known in that run that its output could not be written. */
  isLost: boolean;
}

/** The outputs of the run that resumes the job. */
export interface ResumedOutputs {
  /** Its directory of results. */
  readonly results?: {
    readonly path: string;
    /** Returns whether `directory` has all results of a range; the default is this directory. */
    readonly isWhole: (range: number, directory?: string) => boolean;
    /** Whether what a range has printed so far is there. */
    readonly isBegun: (range: number) => boolean;
    /** Whether the results of a range end with its stop. */
    readonly isStopped: (range: number) => boolean;
  };
  /** Whether it reports what it has written. */
  readonly reportsWritten: boolean;
}

/** Output of ranges that are done, as far as no run makes it good. */
export interface UnsettledOutput extends BegunRanges {
  /** The number of ranges whose output was not written, and stays unwritten. */
  readonly unwritten: number;
  /** How many ranges have their results in other directories than the run that resumes the job, by the directory. */
  readonly elsewhere: ReadonlyMap<string, number>;
}

/** Returns the sentences about it, for a run whose results are kept in `results`. */
export function describeUnsettled(
  { unwritten, elsewhere }: Pick<UnsettledOutput, "unwritten" | "elsewhere">,
  results = "no directory",
): string[] {
  const sentences = Array.from(
    elsewhere,
    ([directory, ranges]) =>
      `ranges that are done, and whose results earlier runs have kept in ${directory}: ${ranges}; this run keeps its results in ${results}`,
  );
  if (unwritten === 0) return sentences;
  return [
    `ranges that are done, and whose output earlier runs could not write: ${unwritten}; resume with the same output to get it`,
    ...sentences,
  ];
}

/** What becomes of a range that was promised: it stays done, its output is written from its results, or it is run again. */
export type Settlement = "done" | "replay" | "redo";

/** Tracks the ranges of runs that promised their output. */
export class PromisedOutput {
  readonly #ranges = new Map<number, PromisedRange>();
  #run: Pick<RunStartedEvent, "results" | "reportsWritten"> = {};
  /** Ranges whose output the present run has written. */
  readonly #written = new Set<number>();

  /** The ranges that may be owed something, in the order in which they ended. */
  get ranges(): Iterable<PromisedRange> {
    return this.#ranges.values();
  }

  /** The number of ranges whose output was not written, and which stay done in a run without output. */
  get unwritten(): number {
    return this.#ranges.values().filter(({ isWritten, isLost }) => !isWritten && !isLost)
      .toArray().length;
  }

  /** Whether the present run reports what it has written. */
  get isReported(): boolean {
    return this.#run.reportsWritten === true;
  }

  /** Takes the next event of any run. */
  take(event: RunEvent): void {
    switch (event.kind) {
      case "run-started":
        this.#run = event;
        this.#written.clear();
        return;
      case "output-written":
        return this.#write(event.range);
      case "output-lost": {
        const range = this.#ranges.get(event.range);
        if (range !== undefined) range.isLost = true;
      }
    }
  }

  /** Returns whether the present run has written the output of a range. */
  hasWritten(index: number): boolean {
    return this.#written.has(index);
  }

  /** Returns the attempts that a range had when it was done; Infinity if it is none of those that may be owed something. */
  attemptsOf(index: number): number {
    return this.#ranges.get(index)?.attempts ?? Infinity;
  }

  /** Adds a range that is done. Returns false if nothing can be owed to it. */
  add(
    range: Pick<PromisedRange, "index" | "status" | "attempts" | "nextIndex" | "items">,
  ): boolean {
    const { results } = this.#run;
    const isWritten = !this.isReported || this.hasWritten(range.index);
    if (isWritten && results === undefined) return false;
    this.#ranges.set(range.index, { ...range, results, isWritten, isLost: false });
    return true;
  }

  /** See {@linkcode UnsettledOutput.elsewhere}. */
  elsewhere({ results }: ResumedOutputs): Map<string, number> {
    const counts = new Map<string, number>();
    if (results === undefined) return counts;
    for (const { index, results: path } of this.#ranges.values()) {
      if (path === undefined || path === results.path || results.isWhole(index)) continue;
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    return counts;
  }

  /** Removes a range that is run again. Returns what is known of it. */
  remove(index: number): PromisedRange | undefined {
    const range = this.#ranges.get(index);
    this.#ranges.delete(index);
    return range;
  }

  #write(index: number): void {
    this.#written.add(index);
    const range = this.#ranges.get(index);
    if (range === undefined) return;
    range.isWritten = true;
    range.isLost = false;
  }
}

/** Decides what becomes of a range, when a run with other outputs resumes the job. */
export function settle(
  range: PromisedRange,
  { results, reportsWritten }: ResumedOutputs,
): Settlement {
  const { index, isWritten, isLost } = range;
  const isWhole = results?.isWhole(index) ?? false;
  const isKept = isWhole || range.results === undefined || results === undefined ||
    (range.results !== results.path && results.isWhole(index, range.results));
  if (!isKept) return "redo";
  if (isWritten) return "done";
  if (reportsWritten) return isWhole ? "replay" : "redo";
  return isLost ? "redo" : "done";
}

/** Returns a range that is done, and whose output is to be written. */
export function replayOf(
  { status, attempts, nextIndex }: PromisedRange,
): Pick<OutstandingRange, "replay" | "attempts" | "nextIndex"> {
  return { replay: status, attempts, nextIndex };
}

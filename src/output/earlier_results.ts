/**
 * Results that earlier runs have left in a directory, as a run finds them when it resumes their job.
 *
 * @module
 */
import { syncFileSync } from "../base/atomic_file.ts";
import { errorMessage } from "../base/errors.ts";
import { isFile } from "../base/existence.ts";
import { rangeName, rangeOfName } from "./log_directory.ts";

/** The names of the folders of ranges. */
export const RANGE_FOLDER = /^range-\d{5,}$/;

const STREAMS = ["stdout", "stderr"];
/** The `exit` of a range that was stopped. */
const STOPPED = "stopped\n";

/** Ranges that earlier runs have begun, and whose results are to be settled. */
export interface BegunRanges {
  /**
   * Ranges whose items are all done again, and whose results may be complete: an executor may die between the end of the results
   * of a range and that of the range.
   */
  readonly stale: readonly number[];
  /** Ranges of strings whose attempt was cut off after some items. What is left gets a range of its own: these results end. */
  readonly parts: readonly number[];
}

/** Looks into a directory of results, which may not be there; {@linkcode EarlierResults.settle} alone changes it. */
export class EarlierResults {
  /** Its whole path. */
  readonly path: string;

  /** Looks into the directory with this path. */
  constructor(path: string) {
    this.path = path;
  }

  /** Returns whether `directory` has all results of a range. */
  isWhole(index: number, directory: string = this.path): boolean {
    return ["exit", ...STREAMS].every((name) => isFile(`${directory}/${rangeName(index)}/${name}`));
  }

  /** Returns whether what a range has printed so far is there. */
  isBegun(index: number): boolean {
    return STREAMS.every((name) => isFile(`${this.path}/${rangeName(index)}/${name}`));
  }

  /** Returns whether the results of a range end with its stop. */
  isStopped(index: number): boolean {
    try {
      return Deno.readTextFileSync(`${this.path}/${rangeName(index)}/exit`) === STOPPED;
    } catch {
      return false;
    }
  }

  /**
   * Removes `exit` of the `stale` ranges, whose items are done again: these may be in other ranges, and would be there twice. Ends
   * those of `parts`, as a stop would have done.
   *
   * @param isKnown Tells which ranges the journal has. It lacks the others, as it could not be written when they ended.
   * @throws {AggregateError} If that is not possible for some of them.
   */
  settle(
    { stale, parts }: BegunRanges,
    isKnown: (index: number) => boolean,
  ): void {
    const unknown = Array.from(Deno.readDirSync(this.path))
      .filter(({ name, isDirectory }) => isDirectory && RANGE_FOLDER.test(name))
      .map(({ name }) => rangeOfName(name))
      .filter((index) => !isKnown(index));
    const errors = [
      ...failures([...stale, ...unknown], (index) => this.#removeExit(index)),
      ...failures(parts, (index) => this.#end(index)),
    ];
    if (errors.length > 0) throw new AggregateError(errors, errorMessage(errors[0]));
  }

  #removeExit(index: number): void {
    try {
      Deno.removeSync(`${this.path}/${rangeName(index)}/exit`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Ends the results of a range whose attempt was cut off, when they are on disk. */
  #end(index: number): void {
    if (this.isWhole(index)) return;
    const folder = `${this.path}/${rangeName(index)}`;
    for (const name of STREAMS) {
      using file = Deno.openSync(`${folder}/${name}`);
      syncFileSync(file);
    }
    Deno.writeTextFileSync(`${folder}/exit`, STOPPED);
  }
}

/** Returns the errors of what is done for each range. */
function failures(ranges: readonly number[], act: (index: number) => void): unknown[] {
  const errors: unknown[] = [];
  for (const index of ranges) {
    try {
      act(index);
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}

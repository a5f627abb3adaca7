/**
 * Files that workers create: which ranges are skipped as theirs are there, and which failed as theirs are not.
 *
 * @module
 */
import { errorMessage, showValue } from "../base/errors.ts";
import { isFile } from "../base/existence.ts";
import { dirname } from "../base/path_parts.ts";
import { showBytes } from "../base/surrogate_escape.ts";
import type { DoneItems } from "../journal/range_progress.ts";
import type { CauseOf } from "../model/cause.ts";
import type { EventBody } from "../model/event_body.ts";
import type { OutstandingRange } from "../model/ranges.ts";
import { isFailed, type TerminalStatus } from "../model/statuses.ts";
import type { ExtraData } from "../model/types.ts";

/** Options of {@linkcode CreatedFiles}. */
export interface CreatedFilesOptions {
  /** Returns the file of a range. */
  readonly creates: (range: ExtraData) => string;
  /** What earlier runs of the job have begun, if there were any. */
  readonly earlier?: Pick<DoneItems, "wasBegun">;
  readonly publish: (event: EventBody) => void;
}

/** Looks for the file of each range, before its start and after its end. */
export class CreatedFiles {
  readonly #options: CreatedFilesOptions;
  /** The ranges whose files were looked for, by the paths of these. */
  readonly #ranges = new Map<string, number>();
  /** What was warned of. */
  readonly #warnings = new Set<string>();

  /** Creates it for one run. */
  constructor(options: CreatedFilesOptions) {
    this.#options = options;
  }

  /** Returns whether a range is to be skipped, and publishes that, with the milliseconds that it was expected to take. */
  skips(range: OutstandingRange, expected: number | undefined): boolean {
    const { index, startIndex, endIndex, items } = range;
    if (endIndex - startIndex !== 1 || this.#wasBegun(range)) return false;
    const path = this.#pathOf(range);
    if (path === undefined) return false;
    const other = this.#ranges.get(path);
    if (other !== undefined && other !== index) {
      this.#warnOnce(
        "shared",
        `creates names the file ${showBytes(path)} for two items, ${nameOf(range)} is one of ` +
          "them: neither is skipped for the file of the other",
      );
      return false;
    }
    this.#ranges.set(path, index);
    if (!this.#isNew(path, items)) return false;
    const { publish } = this.#options;
    publish({ kind: "range-skipped", range: index, startIndex, endIndex, items, path, expected });
    return true;
  }

  /** Returns why a range is not done whose worker ended well: it has no new file. Returns undefined if it has one. */
  missing(range: OutstandingRange): CauseOf<"file-missing"> | undefined {
    const { startIndex, endIndex, items } = range;
    if (endIndex - startIndex !== 1) return undefined;
    const path = this.#pathOf(range);
    if (path === undefined || this.#isNew(path, items)) return undefined;
    lookAgain(path);
    if (this.#isNew(path, items)) return undefined;
    const isOld = this.#timeOf(path) !== undefined;
    return { kind: "file-missing", path, ...(isOld && { isOld }) };
  }

  /** Warns if a range failed for good, and has a new file nevertheless. */
  warnOfPart(range: OutstandingRange, status: TerminalStatus): void {
    if (!isFailed(status) || range.endIndex - range.startIndex !== 1) return;
    const path = this.#pathOf(range);
    if (path === undefined || !this.#isNew(path, range.items)) return;
    this.#warnOnce(
      "partial",
      `${nameOf(range)} failed and left ${showBytes(path)}, so that a new run would skip it: let ` +
        "the worker write to another file and rename it at its end",
    );
  }

  /** Returns whether an earlier run has begun a range: it has left what it has made, which may be half of the file. */
  #wasBegun({ attempts, items }: OutstandingRange): boolean {
    return attempts > 0 ||
      (items !== undefined && this.#options.earlier?.wasBegun(items[0]!) === true);
  }

  #pathOf({ index, startIndex, endIndex, items }: OutstandingRange): string | undefined {
    try {
      const path: unknown = this.#options.creates({ range: index, startIndex, endIndex, items });
      if (typeof path === "string" && path !== "") return path;
      this.#warnOnce("creates", `creates must return a path: it returned ${showValue(path)}`);
    } catch (error) {
      this.#warnOnce("creates", `creates failed: ${errorMessage(error)}`);
    }
    return undefined;
  }

  /** Returns whether a file is there, and no older than the item, if that is a file as well. */
  #isNew(path: string, items: readonly string[] | undefined): boolean {
    const created = this.#timeOf(path);
    if (created === undefined) return false;
    const changed = items === undefined ? undefined : this.#timeOf(items[0]!, { isItem: true });
    return changed === undefined || created >= changed;
  }

  /** Returns when a file was changed; undefined if there is none. */
  #timeOf(path: string, { isItem = false } = {}): number | undefined {
    try {
      return Deno.statSync(path).mtime?.getTime() ?? 0;
    } catch (error) {
      const isMissing = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      // An item may be anything, such as a URL.
      if (!isMissing && !isItem) {
        this.#warnOnce("stat", `cannot look for ${showBytes(path)}: ${errorMessage(error)}`);
      }
      return undefined;
    }
  }

  #warnOnce(what: string, text: string): void {
    if (this.#warnings.has(what)) return;
    this.#warnings.add(what);
    this.#options.publish({ kind: "warning", text });
  }
}

/**
 * Has a network file system look at a file again. NFS remembers for a while that a file is not there, or how old it is: until
 * the folder and the file are opened.
 */
function lookAgain(path: string): void {
  try {
    Deno.openSync(dirname(path)).close();
    if (isFile(path)) Deno.openSync(path).close();
  } catch {
    // What cannot be opened is as it was seen.
  }
}

function nameOf({ startIndex, items }: OutstandingRange): string {
  return items === undefined ? `item ${startIndex}` : `item "${showBytes(items[0]!)}"`;
}

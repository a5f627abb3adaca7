/**
 * Files that workers create: which ranges are skipped as theirs are there, and which failed as theirs are not.
 *
 * @module
 */
import { errorMessage, showValue } from "../base/errors.ts";
import { isFile } from "../base/existence.ts";
import { dirname } from "../base/path_parts.ts";
import { showBytes } from "../base/surrogate_escape.ts";
import type { EarlierItems } from "../journal/earlier_items.ts";
import type { CauseOf } from "../model/cause.ts";
import type { EventBody } from "../model/event_body.ts";
import type { OutstandingRange } from "../model/ranges.ts";
import { isDone, type TerminalStatus } from "../model/statuses.ts";
import type { ExtraData } from "../model/types.ts";

/** Options of {@linkcode CreatedFiles}. */
export interface CreatedFilesOptions {
  /** Returns the file of a range. */
  readonly creates: (range: ExtraData) => string;
  /** What earlier runs of the job have done and begun. */
  readonly earlier: EarlierItems;
  readonly publish: (event: EventBody) => void;
}

/** An item: a string, or the number of one in a job of numbers. */
type Item = string | number;

/** Stands for the items of a file that several have. No item has this number. */
const SEVERAL = -1;

/** Looks for the file of each range, before its start and after its end. */
export class CreatedFiles {
  readonly #options: CreatedFilesOptions;
  /** The items of the journal, and those of this run so far, by their files. */
  readonly #owners = new Map<string, Item>();
  /** The files for which this run has skipped an item. */
  readonly #skipped = new Set<string>();
  /** The files of the items that this run has not skipped. */
  readonly #begun = new Set<string>();
  /** What was warned of. */
  readonly #warnings = new Set<string>();

  /** Creates it for one run, before any item is read. */
  constructor(options: CreatedFilesOptions) {
    this.#options = options;
    for (const known of options.earlier.known()) {
      const path = this.#nameFor(known);
      if (typeof path !== "string") continue;
      const item = itemOf(known);
      this.#owners.set(path, (this.#owners.get(path) ?? item) === item ? item : SEVERAL);
    }
  }

  /** Returns whether a range is to be skipped, and publishes that, with the milliseconds that it was expected to take. */
  skips(range: OutstandingRange, expected: number | undefined): boolean {
    const { index, startIndex, endIndex, items } = range;
    if (endIndex - startIndex !== 1) return false;
    const path = this.#pathOf(range);
    if (path === undefined) return false;
    const { publish, earlier } = this.#options;
    const isOwn = this.#claim(path, range);
    const wasBegun = earlier.wasBegun(range) || this.#begun.has(path);
    const isSkipped = isOwn && !wasBegun && this.#isNew(path, items);
    (isSkipped ? this.#skipped : this.#begun).add(path);
    if (!isSkipped) return false;
    publish({ kind: "range-skipped", range: index, startIndex, endIndex, items, path, expected });
    return true;
  }

  /** Returns why a range is not done whose worker ended well: it has no new file. Returns undefined if it has one. */
  missing(range: OutstandingRange): CauseOf<"file-missing"> | undefined {
    const { startIndex, endIndex, items } = range;
    if (endIndex - startIndex !== 1) return undefined;
    const path = this.#pathOf(range);
    if (path === undefined || this.#isNew(path, items, { isRun: true })) return undefined;
    lookAgain(path);
    if (this.#isNew(path, items, { isRun: true })) return undefined;
    const isOld = this.#timeOf(path) !== undefined;
    return { kind: "file-missing", path, ...(isOld && { isOld }) };
  }

  /** Warns if a range failed for good or was stopped, and has a new file nevertheless. */
  warnOfPart(range: OutstandingRange, status: TerminalStatus | "PENDING"): void {
    if (isDone(status) || range.endIndex - range.startIndex !== 1) return;
    const path = this.#pathOf(range);
    if (path === undefined || !this.#isNew(path, range.items)) return;
    const how = status === "PENDING" ? "was stopped" : "failed";
    this.#warnOnce(
      "partial",
      `${nameOf(range)} ${how} and left ${showBytes(path)}, so that a new run would skip it: let ` +
        "the worker write to another file and rename it at its end",
    );
  }

  /** Notes that a range has a file. Returns whether no other item has it, and warns if one does. */
  #claim(path: string, range: OutstandingRange): boolean {
    const item = itemOf(range);
    const owner = this.#owners.get(path) ?? item;
    this.#owners.set(path, owner);
    if (owner === item) return true;
    const text = `creates names the file ${showBytes(path)} for two items, ${nameOf(range)} is ` +
      "one of them";
    if (this.#skipped.has(path)) {
      const why = "another one was skipped for it, and may not be done";
      this.#warnOnce("skipped", `${text}: ${why}`, { isUnwritten: true });
    } else this.#warnOnce("shared", `${text}: neither is skipped for the file of the other`);
    return false;
  }

  /** Returns what `creates` names for an item of the journal, whose place in this run is not known. */
  #nameFor(known: ExtraData): unknown {
    try {
      return this.#options.creates(known);
    } catch {
      return undefined;
    }
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

  /**
   * Returns whether a file is there, and no older than the item, if that is a file as well. Where nobody can look, an item is not
   * skipped; once it `isRun`, the word of its worker counts.
   */
  #isNew(
    path: string,
    items: readonly string[] | undefined,
    { isRun = false } = {},
  ): boolean {
    const unseen = [path, items?.[0] ?? ""].find((name) => !name.isWellFormed());
    if (unseen !== undefined) {
      // Deno would look at another name.
      const text = `cannot look for ${
        showBytes(unseen)
      }, as its name is not UTF-8: no item is skipped for it`;
      this.#warnOnce("bytes", text);
      return isRun && (unseen === path || this.#timeOf(path) !== undefined);
    }
    const created = this.#timeOf(path);
    if (created === undefined) return false;
    const changed = items === undefined ? undefined : this.#timeOf(items[0]!, { isItem: true });
    return changed === undefined || created >= changed;
  }

  /** Returns when a file was changed; undefined if there is none, or if an item is something else, such as a folder. */
  #timeOf(path: string, { isItem = false } = {}): number | undefined {
    try {
      const { isFile, mtime } = Deno.statSync(path);
      return isItem && !isFile ? undefined : mtime?.getTime() ?? 0;
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

  #warnOnce(what: string, text: string, { isUnwritten }: { isUnwritten?: boolean } = {}): void {
    if (this.#warnings.has(what)) return;
    this.#warnings.add(what);
    this.#options.publish({ kind: "warning", text, isUnwritten });
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

function itemOf({ startIndex, items }: Pick<OutstandingRange, "startIndex" | "items">): Item {
  return items?.[0] ?? startIndex;
}

function nameOf({ startIndex, items }: OutstandingRange): string {
  return items === undefined ? `item ${startIndex}` : `item "${showBytes(items[0]!)}"`;
}

/**
 * Items of a recorded job: finds them again, and tells whether any is left.
 *
 * @module
 */
import { isFile, isThere } from "../base/existence.ts";
import { quote } from "../base/shell.ts";
import type { LastRun } from "../journal/last_run.ts";
import type { ItemSource } from "../model/job_origin.ts";
import type { RunStartedEvent } from "../model/events.ts";
import type { GivenValues } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import type { RecordedItems } from "./items.ts";
import { type JobOptions, openStrings } from "./job.ts";
import type { RunValues } from "./options.ts";
import type { Words } from "./run.ts";
import { listAt, type StringSource } from "./sources.ts";

/** Paths that lead to another file in each process. */
const OF_PROCESS = /^\/dev\/(?:stdin$|fd\/)|^\/proc\/[^/]+\/fd\//;

/** What a resumed run gets its items from. */
export interface RecordedWork extends Pick<Words, "found" | "recorded"> {
  /** The number of items, if they are numbers. */
  readonly totalItems?: number;
}

/**
 * Returns the command of a recorded job, and the sources of its items. Lists that are given take the place of those that
 * cannot be read again.
 *
 * @throws {UsageError} If the items cannot be had again; the sentence says how to give them.
 */
export function recordedWork(
  { started, itemsRead }: LastRun,
  { path, given }: { path: string; given: GivenValues },
): RecordedWork {
  const { command = [], sources = [], columns: names } = started;
  const lists = givenLists(given);
  const [first] = sources;
  if (first?.kind === "numbers") {
    const { total: totalItems } = first;
    if (lists === undefined) return { found: { command, sources: [] }, totalItems };
    const last = totalItems - 1;
    throw new UsageError(
      `--items must be left out: the items of the journal ${path} are the numbers up to ${last}`,
    );
  }
  if (first === undefined || sources.some(({ kind }) => kind === "list" || kind === "numbers")) {
    throw new UsageError(
      `the items of the journal ${path} came from a program: run that program again, with this journal`,
    );
  }
  const strings = sources.filter((source) => isString(source));
  if (lists !== undefined) {
    checkCount(lists, { path, sources, strings });
    return { found: { command, sources: replaced(strings, lists) } };
  }
  const unread = sources.find(({ kind }) => kind === "stdin" || kind === "journal");
  if (unread !== undefined) {
    if (itemsRead === undefined) {
      throw askForItems(path, "stdin, which was not read to its end", unread);
    }
    const recorded = { items: itemsRead, lists: listsOf(sources), names };
    return { found: { command, sources: [] }, recorded };
  }
  const gone = strings.find((source) => source.kind === "file" && !canBeRead(source.path));
  if (gone?.kind === "file") {
    throw askForItems(path, `${gone.path}, which is not there any more`, gone);
  }
  return { found: { command, sources: strings } };
}

/** Returns whether nothing is left to do, as far as that can be told without running the job. */
export async function isAllDone(
  { started, recovery }: LastRun,
  { found, recorded }: RecordedWork,
  options: JobOptions & Pick<RunValues, "results">,
): Promise<boolean> {
  // What was promised beside the work may be missing: the run looks for it.
  if (hasPromised(started) || owesOutput(recovery, options)) return false;
  if (started.items === undefined) {
    return recovery.resumed("start").doneItems === started.totalItems;
  }
  // What can be read once is left to the run, and so is what is not there.
  const isOnce = (source: StringSource) =>
    source.kind === "stdin" || (source.kind === "file" && !isFile(source.path));
  if (found.sources.some(isOnce)) return false;
  const { items } = recorded ??
    await openStrings(found.sources, { ...options, warn() {}, note() {} });
  recovery.settle({ reportsWritten: false });
  for await (const item of items) if (recovery.itemsDone.claim(item) === undefined) return false;
  return true;
}

function hasPromised({ results, reportsWritten }: RunStartedEvent): boolean {
  return results !== undefined || reportsWritten === true;
}

/** Returns whether an earlier run owes output that the next one makes good, or tells of. */
function owesOutput(
  { promised }: LastRun["recovery"],
  { results }: Pick<RunValues, "results">,
): boolean {
  return Array.from(promised.ranges).some((range) =>
    !range.isWritten || (range.results !== undefined && results !== undefined)
  );
}

function givenLists({ items, null: isNull }: GivenValues): StringSource[] | undefined {
  const paths = items as readonly string[] | undefined;
  return paths?.map((path) => listAt(path, isNull === true ? "\0" : "\n"));
}

/** Refuses a number of lists that does not fit several recorded ones: each item has a value of each list. */
function checkCount(
  lists: readonly StringSource[],
  { path, sources, strings }: {
    path: string;
    sources: readonly ItemSource[];
    strings: readonly StringSource[];
  },
): void {
  const count = listsOf(sources);
  if (count === 1 || lists.length === count) return;
  const gone = strings.filter(isGone).length;
  if (lists.length === gone) return;
  const some = gone === 0 ? "" : `, or the ${gone} that cannot be read again`;
  throw new UsageError(
    `--items must be given ${count} times: the items of the journal ${path} are combined from ` +
      `${count} lists, and all of them must be given, in their order${some}`,
  );
}

/** Puts lists in the place of all, if they are as many, and otherwise of those that cannot be read again. */
function replaced(sources: StringSource[], lists: StringSource[]): StringSource[] {
  if (sources.length <= 1) return lists;
  const isForAll = lists.length === sources.length;
  const rest = [...lists];
  return sources.map((source) => {
    const list = isForAll || isGone(source) ? rest.shift() : undefined;
    return list === undefined ? source : { ...list, isLinked: source.isLinked };
  });
}

function isGone(source: StringSource): boolean {
  return source.kind === "stdin" || (source.kind === "file" && !canBeRead(source.path));
}

/** Returns the number of lists that each item comes from. */
function listsOf(sources: readonly ItemSource[]): RecordedItems["lists"] {
  const [first] = sources;
  return first?.kind === "journal" ? first.lists : sources.length;
}

function isString(source: ItemSource): source is StringSource {
  return source.kind === "words" || source.kind === "file" || source.kind === "stdin";
}

function canBeRead(path: string): boolean {
  return !OF_PROCESS.test(path) && isThere(path);
}

/** Returns the error for a list that cannot be had again. */
function askForItems(path: string, from: string, source: ItemSource): UsageError {
  const isNull = "separator" in source && source.separator === "\0";
  return new UsageError(
    `the items of the journal ${path} came from ${from}: give the list, as in ` +
      `executor resume ${quote(path)} --items FILE${isNull ? " -0" : ""}`,
  );
}

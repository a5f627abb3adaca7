/**
 * Items of a recorded job: finds them again, and tells whether any is left.
 *
 * @module
 */
import { systemClock } from "../base/clock.ts";
import { quote } from "../base/shell.ts";
import type { LastRun } from "../journal/last_run.ts";
import type { FileSource, ItemSeparator, ItemSource } from "../model/job_origin.ts";
import type { GivenValues } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { openItems } from "./items.ts";
import type { Words } from "./run.ts";
import { joinSources, type StringSource } from "./sources.ts";

/** A command line that names the items of a recorded job. */
export interface RecordedWords extends Pick<Words, "argv" | "itemsRead"> {
  /** Options that name the items. */
  readonly options: GivenValues;
}

/** Paths that lead to another file in each process. */
const OF_PROCESS = /^\/dev\/(?:stdin$|fd\/)|^\/proc\/[^/]+\/fd\//;

/**
 * Returns the command line of a recorded job, from its command and the sources of its items. A list that is `given` takes
 * their place.
 *
 * @throws {UsageError} If the items cannot be had again; the sentence says how to give them.
 */
export function recordedWords(
  { started, itemsRead }: LastRun,
  { path, given }: { path: string; given: GivenValues },
): RecordedWords {
  const { command = [], sources = [] } = started;
  const [first] = sources;
  if (first?.kind === "numbers") {
    refuseItems(given, { path, total: first.total });
    return { argv: joinSources({ command, sources: [] }), options: { totalItems: first.total } };
  }
  const strings = sources.filter(isString);
  if (strings.length === 0 || strings.length < sources.length) {
    throw new UsageError(
      `the items of the journal ${path} came from a program: run that program again, with this journal`,
    );
  }
  // A list of its own may end its items in another way.
  if (given.items !== undefined) {
    return {
      argv: joinSources({ command, sources: [] }),
      options: { null: given.null ?? false, link: false },
    };
  }
  const gone = strings.find((source) => source.kind === "file" && !isThere(source.path));
  if (gone !== undefined) throw askForItems(path, gone);
  const stdin = strings.find(({ kind }) => kind === "stdin");
  if (stdin !== undefined && itemsRead === undefined) throw askForItems(path, stdin);
  const isNull = strings.some((source) => separatorOf(source) === "\0");
  return {
    argv: joinSources({ command, sources: strings }),
    // The words name all of them.
    options: { items: undefined, null: isNull },
    itemsRead: stdin === undefined ? undefined : itemsRead,
  };
}

function refuseItems(given: GivenValues, { path, total }: { path: string; total: number }): void {
  if (given.items === undefined && given.null === undefined) return;
  throw new UsageError(
    `--items must be left out: the items of the journal ${path} are the numbers up to ${total - 1}`,
  );
}

function isString(source: ItemSource): source is StringSource {
  return source.kind === "words" || source.kind === "file" || source.kind === "stdin";
}

function separatorOf(source: StringSource): ItemSeparator | undefined {
  return source.kind === "words" ? undefined : source.separator;
}

/** Returns whether nothing is left to do, as far as that can be told without running the job. */
export async function isAllDone(
  { started, recovery, itemsRead }: LastRun,
  given: GivenValues,
): Promise<boolean> {
  const { totalItems, sources = [], results, reportsWritten } = started;
  // What was promised beside the work may be missing: the run looks for it.
  if (results !== undefined || reportsWritten) return false;
  if (started.items === undefined) return recovery.resumed("start").doneItems === totalItems;
  const [source, other] = sources;
  // Where items are made of columns, or several lists are combined, the run finds out.
  const { header, link } = started.options ?? {};
  const isPlain = source !== undefined && other === undefined && !header && !link;
  if (!isPlain || given.items !== undefined) return false;
  const items = source.kind === "words"
    ? source.words
    : source.kind === "file"
    ? await itemsOfFile(source, started)
    : itemsRead;
  if (items === undefined) return false;
  for await (const item of items) if (recovery.itemsDone.claim(item) === undefined) return false;
  return true;
}

async function itemsOfFile(
  source: FileSource,
  { directory = "", options = {} }: LastRun["started"],
): Promise<AsyncIterable<string> | Iterable<string> | undefined> {
  const path = source.path.startsWith("/") ? source.path : `${directory}/${source.path}`;
  if (!isThere(path) || !Deno.statSync(path).isFile) return undefined;
  const { items } = await openItems([{ ...source, path }], {
    hasHeader: false,
    isLinked: false,
    keepsBlank: options.keepBlank === true,
    clock: systemClock,
    warn() {},
    note() {},
  });
  return items;
}

function isThere(path: string): boolean {
  if (OF_PROCESS.test(path)) return false;
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Returns the error for a list that cannot be had again. */
function askForItems(path: string, source: StringSource): UsageError {
  const why = source.kind === "file"
    ? `that is not there any more, ${source.path}`
    : "that was not read to its end, stdin";
  const isNull = separatorOf(source) === "\0";
  return new UsageError(
    `the items of the journal ${path} came from a list ${why}; give the list, as in ` +
      `executor resume ${quote(path)} --items FILE${isNull ? " -0" : ""}`,
  );
}

/**
 * Items of a recorded job: finds them again, and tells whether any is left.
 *
 * @module
 */
import { quote } from "../base/shell.ts";
import type { LastRun } from "../journal/last_run.ts";
import type { FileSource, ItemSource } from "../model/job_origin.ts";
import type { GivenValues } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { joinLiteral, openItems } from "./items.ts";
import type { Words } from "./run.ts";

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
  const source = onlySource(sources, path);
  const argv = joinLiteral({ command });
  const isNumbers = source.kind === "numbers";
  if (isNumbers && (given.items !== undefined || given.null !== undefined)) {
    throw new UsageError(
      `--items must be left out: the items of the journal ${path} are the numbers up to ${
        source.total - 1
      }`,
    );
  }
  // A list of its own may end its items in another way.
  if (given.items !== undefined) return { argv, options: { null: given.null ?? false } };
  switch (source.kind) {
    case "numbers":
      return { argv, options: { totalItems: source.total } };
    case "words":
      return { argv: joinLiteral({ command, items: source.words }), options: {} };
    case "file": {
      if (!isThere(source.path)) {
        throw askForItems(path, `that is not there any more, ${source.path}`, source);
      }
      return { argv, options: { items: source.path, null: source.separator === "\0" } };
    }
    case "stdin":
    case "journal":
      if (itemsRead === undefined) {
        throw askForItems(path, "that was not read to its end, stdin", source);
      }
      return { argv, options: { items: "-", null: false }, itemsRead };
    case "list":
      throw new UsageError(
        `the items of the journal ${path} came from a program: run that program again, with this journal`,
      );
  }
}

/** Returns whether nothing is left to do, as far as that can be told without running the job. */
export async function isAllDone(
  { started, recovery, itemsRead }: LastRun,
  given: GivenValues,
): Promise<boolean> {
  const { totalItems, directory, sources = [], results, reportsWritten } = started;
  // What was promised beside the work may be missing: the run looks for it.
  if (results !== undefined || reportsWritten) return false;
  if (started.items === undefined) return recovery.resumed("start").doneItems === totalItems;
  const [source, other] = sources;
  if (source === undefined || other !== undefined || given.items !== undefined) return false;
  const items = source.kind === "words"
    ? source.words
    : source.kind === "file"
    ? await itemsOfFile(source, directory)
    : itemsRead;
  if (items === undefined) return false;
  for await (const item of items) if (recovery.itemsDone.claim(item) === undefined) return false;
  return true;
}

async function itemsOfFile(
  { path, separator }: FileSource,
  directory = "",
): Promise<AsyncIterable<string> | Iterable<string> | undefined> {
  const whole = path.startsWith("/") ? path : `${directory}/${path}`;
  if (!isThere(whole) || !Deno.statSync(whole).isFile) return undefined;
  const { items } = await openItems(whole, { isNull: separator === "\0", onCrlf() {} });
  return items;
}

function onlySource(sources: readonly ItemSource[], path: string): ItemSource {
  const [source, other] = sources;
  if (source !== undefined && other === undefined) return source;
  throw new UsageError(
    `the journal ${path} has ${sources.length} sources of items, and must have one: use ` +
      `executor run --journal ${quote(path)} --resume with the command line of before`,
  );
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
function askForItems(path: string, why: string, source: ItemSource): UsageError {
  const isNull = "separator" in source && source.separator === "\0";
  return new UsageError(
    `the items of the journal ${path} came from a list ${why}; give the list, as in ` +
      `executor resume ${quote(path)} --items FILE${isNull ? " -0" : ""}`,
  );
}

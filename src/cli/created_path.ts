/**
 * Path of `--creates`: the file that the worker of an item makes.
 *
 * @module
 */
import type { StartOrder, TaskConfig } from "../model/config.ts";
import { idleWorkers } from "../model/details.ts";
import { parseArgument, type PlaceholderWord, type Token } from "../model/placeholders.ts";
import type { ExtraData, WorkerState } from "../model/types.ts";
import { UsageError } from "./errors.ts";
import { compileText, isOfItem, namesItem, type TemplateOptions } from "./placeholders.ts";

/** Words that stand for the place of an item in a list. */
const PLACES = new Set<PlaceholderWord>(["start", "end", "resume", "range", "index", "#"]);

/** Options of {@linkcode compileCreates}. */
export interface CreatesOptions {
  readonly job: TemplateOptions;
  readonly chunkSize?: TaskConfig["chunkSize"];
  readonly order?: StartOrder;
  readonly warn: (text: string) => void;
}

/**
 * Makes the function that names the file of a range of one item. Warns if another list would have other items at these files.
 *
 * @throws {UsageError} If a process may have several items, if the path is the same for all of them, or if it depends on the
 * order of the run.
 */
export function compileCreates(
  text: string,
  { job, chunkSize = 1, order = "given", warn }: CreatesOptions,
): NonNullable<TaskConfig["creates"]> {
  const { perProcess, columns, replaceString } = job;
  const isOne = perProcess === undefined ? job.isOneByOne : chunkSize === 1;
  if (isOne !== true) {
    throw new UsageError(
      "--creates must be used with one item per process: " +
        (perProcess === undefined ? "add -c 1" : "leave --per-process and --chunk-size out"),
    );
  }
  if (perProcess !== undefined) checkPlaces(text, { job, order, warn });
  const fill = compileText(text, job);
  const creates = (range: ExtraData) => fill(workerOf(range));
  const hasColumns = columns !== undefined || undefined;
  const isOwn = namesItem([text], {
    replaceString,
    hasColumns,
    hasHeader: columns?.names !== undefined,
  });
  if (isOwn || creates(trial(0, perProcess)) !== creates(trial(1, perProcess))) return creates;
  const word = perProcess === undefined ? "{start}" : "{item.stem}";
  throw new UsageError(
    `--creates must name the item, as in "out/${word}.png": current value is "${text}"`,
  );
}

/** Looks for words that stand for the place of an item in a list: it is another one in another order or list. */
function checkPlaces(
  text: string,
  { job: { replaceString, columns }, order, warn }: CreatesOptions,
): void {
  const syntax = { replaceString, hasColumns: columns !== undefined, columns: columns?.names };
  const tokens = parseArgument(text, syntax);
  const isPlace = (token: Token) => token.kind === "word" && PLACES.has(token.word);
  const place = tokens.find(isPlace);
  if (place === undefined) return;
  if (order !== "given") {
    throw new UsageError(
      `--creates must not name the place of an item, as ${place.source} does, with --order: ` +
        `use the item, as in "out/{item.stem}.png": current value is "${text}"`,
    );
  }
  if (tokens.some((token) => isOfItem(token) && !isPlace(token))) return;
  warn(
    `--creates names items by their places, as ${place.source} does: if the list changes, an item is ` +
      "skipped for the file of another one",
  );
}

/** Returns a worker with a range, as placeholders need it. */
function workerOf(range: ExtraData): WorkerState {
  const [idle] = idleWorkers([], 1);
  const { items } = range;
  return { ...idle!, attempt: 1, extraData: range, ...(items && { items, item: items[0] }) };
}

function trial(index: number, perProcess: number | undefined): ExtraData {
  const items = perProcess === undefined ? {} : { items: [`${index}`] };
  return { range: index, startIndex: index, endIndex: index + 1, ...items };
}

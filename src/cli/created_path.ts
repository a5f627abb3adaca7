/**
 * Path of `--creates`: the file that the worker of an item makes.
 *
 * @module
 */
import type { TaskConfig } from "../model/config.ts";
import { idleWorkers } from "../model/details.ts";
import type { ExtraData, WorkerState } from "../model/types.ts";
import { UsageError } from "./errors.ts";
import { compileText, namesItem, type TemplateOptions } from "./placeholders.ts";

/**
 * Makes the function that names the file of a range of one item.
 *
 * @throws {UsageError} If a process may have several items, or if the path is the same for all of them.
 */
export function compileCreates(
  text: string,
  { job, chunkSize = 1 }: { job: TemplateOptions; chunkSize?: TaskConfig["chunkSize"] },
): NonNullable<TaskConfig["creates"]> {
  const { perProcess, columns, replaceString } = job;
  const isOne = perProcess === undefined ? job.isOneByOne : chunkSize === 1;
  if (isOne !== true) {
    throw new UsageError(
      "--creates must be used with one item per process: " +
        (perProcess === undefined ? "add -c 1" : "leave --per-process and --chunk-size out"),
    );
  }
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

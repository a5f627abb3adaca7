/**
 * Tag of `--tag`, which stands in front of each line of a worker.
 *
 * @module
 */
import type { WorkerState } from "../model/types.ts";
import { tagItem } from "../output/line_tag.ts";
import { compileText, type TemplateOptions } from "./placeholders.ts";

/** Returns the tag of a worker. */
export type Tag = (worker: WorkerState) => string;

/**
 * Makes the tag: a text with placeholders, or for `true` the items; and a tab, as in GNU parallel. Control characters of items
 * are left out, as they would spoil the lines.
 *
 * @throws {UsageError} If the text has a placeholder that there is not.
 */
export function makeTag(text: string | true, job: TemplateOptions): Tag {
  const fill = text === true ? itemsText : compileText(text, job);
  return (worker) => `${fill(withCleanItems(worker))}\t`;
}

/** Returns the items as one text: strings, a number, or the first and the last number. */
function itemsText({ extraData: { items, startIndex, endIndex } }: WorkerState): string {
  if (items !== undefined) return items.join(" ");
  return endIndex - startIndex === 1 ? `${startIndex}` : `${startIndex}-${endIndex - 1}`;
}

function withCleanItems(worker: WorkerState): WorkerState {
  const items = worker.extraData.items?.map(tagItem);
  if (items === undefined) return worker;
  const item = worker.item === undefined ? undefined : items[0];
  return { ...worker, items, item, extraData: { ...worker.extraData, items } };
}

/**
 * Job of the doctor: one range of the job that a command line describes.
 *
 * @module
 */
import type { DoctorRange } from "../doctor/observation.ts";
import type { GetCommand } from "../engine/command.ts";
import type { ItemSpace } from "../engine/item_ranges.ts";
import { errorMessage } from "../base/errors.ts";
import { LaunchError } from "../launchers/launcher.ts";
import type { Options } from "../model/option.ts";
import type { WorkerState } from "../model/types.ts";
import type { GivenValues } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { type CommandJob, type JobOptions, namesItemOf, readJob } from "./job.ts";
import { RUN_OPTIONS } from "./options.ts";
import { programOf } from "./program.ts";
import { isMark } from "./sources.ts";

/** The number of items if none is given: the second half is run. */
export const DEFAULT_ITEMS = 20;

type ItemOptions = Pick<typeof RUN_OPTIONS, keyof typeof RUN_OPTIONS & keyof JobOptions>;

/** The options of `run` that say what the items are. */
export const ITEM_OPTIONS = Object.fromEntries(
  Object.entries(RUN_OPTIONS).filter(([, { group }]) => group === "Items"),
) as ItemOptions;

/** One range of a job. */
export interface TrialJob {
  /** The command with its placeholders. */
  readonly template: readonly string[];
  /** The command as it is run. */
  readonly argv: readonly string[];
  readonly range: DoctorRange;
  readonly getCommand: GetCommand;
}

/** Options that do not say where items come from. */
const OF_NUMBERS = ["totalItems", "chunkSize"];

/**
 * Reads a job as `run` does, and picks the range to try: the first one of a list, or the one that begins with the second
 * half of the numbers.
 *
 * @throws {UsageError} If there is no job, or it has no items.
 */
export async function readTrialJob(
  words: readonly string[],
  { given, warn, example, ...options }: JobOptions & {
    given: GivenValues;
    warn: (text: string) => void;
    example: string;
  },
): Promise<TrialJob> {
  programOf(words, { example });
  // In ranges of one number, a placeholder for the item is that number.
  const isNamed = namesItemOf(words, options) && options.chunkSize === undefined;
  const isList = words.some(isMark) || isNamed || hasListOption(given);
  const totalItems = options.totalItems ?? (isList ? undefined : DEFAULT_ITEMS);
  const job = await readJob(words, { ...options, totalItems, warn, isLocal: true });
  const range = job.work.items === undefined ? rangeOfNumbers(job.work) : await rangeOfItems(job);
  const { command: template, getCommand } = job;
  return { template, range, getCommand, argv: await fillFor(range, getCommand) };
}

/** Returns whether an option was given that only lists have. Cliffy also gives the default of a `--no-…`. */
function hasListOption(given: GivenValues): boolean {
  const options: Options = ITEM_OPTIONS;
  return Object.entries(options).some(([field, option]) =>
    !OF_NUMBERS.includes(field) && given[field] !== undefined && given[field] !== option.default
  );
}

function rangeOfNumbers({ totalItems = DEFAULT_ITEMS, chunkSize }: CommandJob["work"]) {
  const startIndex = Math.floor(totalItems / 2);
  const size = typeof chunkSize === "number" ? chunkSize : totalItems;
  return { startIndex, endIndex: Math.min(totalItems, startIndex + size), totalItems };
}

async function rangeOfItems({ work, itemSpace }: CommandJob): Promise<DoctorRange> {
  const { items: list, totalItems, chunkSize } = work;
  const most = typeof chunkSize === "number" ? chunkSize : 1;
  const items = await firstItems(list!, { most, itemSpace });
  if (items.length === 0) throw new UsageError("there is nothing to try: the list has no items");
  return { startIndex: 0, endIndex: items.length, totalItems, items };
}

/** Takes the items that a process gets; the others stay unread. */
async function firstItems(
  list: Iterable<string> | AsyncIterable<string>,
  { most, itemSpace }: { most: number; itemSpace: ItemSpace | undefined },
): Promise<string[]> {
  const items: string[] = [];
  let room = itemSpace?.room ?? Infinity;
  for await (const item of list) {
    room -= itemSpace?.costOf(item) ?? 0;
    if (room < 0 && items.length > 0) break;
    items.push(item);
    if (items.length >= most) break;
  }
  return items;
}

/** Fills a command in for a range. */
async function fillFor(range: DoctorRange, getCommand: GetCommand): Promise<string[]> {
  const { startIndex, endIndex, items } = range;
  const worker: WorkerState = {
    ...{ index: 0, attempt: 1, maxAttempt: 1, status: "PENDING", progress: 0, message: "" },
    log: [],
    total: endIndex - startIndex,
    extraData: { startIndex, endIndex, items, range: 0 },
  };
  try {
    const command = await getCommand(worker);
    return "command" in command ? [command.command, ...command.args] : [...command];
  } catch (error) {
    if (error instanceof LaunchError) throw new UsageError(errorMessage(error));
    throw error;
  }
}

/**
 * Job of the doctor: one range of the job that a command line describes.
 *
 * @module
 */
import type { DoctorRange } from "../doctor/observation.ts";
import type { GetCommand } from "../engine/command.ts";
import type { ItemSpace } from "../engine/item_space.ts";
import { errorMessage } from "../base/errors.ts";
import { LaunchError } from "../launchers/launcher.ts";
import type { Options } from "../model/option.ts";
import { sliceItems, splitRanges } from "../model/ranges.ts";
import type { RangeOrder } from "../output/protocol/resident.ts";
import type { WorkerState } from "../model/types.ts";
import type { GivenValues } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { type CommandJob, type JobOptions, namesItemOf, readJob } from "./job.ts";
import { spellDuration } from "./option_types.ts";
import { RUN_OPTIONS } from "./options.ts";
import { programOf } from "./program.ts";
import { isMark } from "./sources.ts";

/** The number of items if none is given: the second half is run. */
export const DEFAULT_ITEMS = 20;

type ItemOptions = Pick<typeof RUN_OPTIONS, keyof typeof RUN_OPTIONS & keyof JobOptions>;

/** Options about items that mean nothing for one worker. */
const OF_RUNS = ["order", "creates"];
/** The options of `run` that say what the items are. */
export const ITEM_OPTIONS = Object.fromEntries(
  Object.entries(RUN_OPTIONS)
    .filter(([field, { group }]) => group === "Items" && !OF_RUNS.includes(field)),
) as ItemOptions;

/** One range of a job. */
export interface TrialJob {
  /** The command with its placeholders. */
  readonly template: readonly string[];
  /** The command as it is run. */
  readonly argv: readonly string[];
  readonly range: DoctorRange;
  readonly getCommand: GetCommand;
  /** The parts of the range that a resident worker gets, one by one. */
  readonly orders?: readonly RangeOrder[];
}

/** The number of ranges that a resident worker gets, if there are enough items. */
const RESIDENT_RANGES = 3;
/** The id of its first range. It is not 0 or 1, so that a worker that makes up its ids is noticed. */
const FIRST_ID = 7;

/** Options that do not say where items come from. */
const OF_NUMBERS = ["totalItems", "chunkSize"];

/**
 * Reads a job as `run` does, and picks the range to try: the first one of a list, or the one that begins with the second
 * half of the numbers. A resident worker gets several ranges, which are parts of that one.
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
  const isNamed = namesItemOf(words, options) && typeof options.chunkSize !== "number";
  const isList = words.some(isMark) || isNamed || hasListOption(given);
  checkChunkSize(options, isList);
  const totalItems = options.totalItems ?? (isList ? undefined : DEFAULT_ITEMS);
  const job = await readJob(words, { ...options, totalItems, warn, isLocal: true });
  const count = options.resident ? RESIDENT_RANGES : 1;
  const range = job.work.items === undefined
    ? rangeOfNumbers(job.work, count)
    : await rangeOfItems(job, count);
  const { command: template, getCommand } = job;
  const orders = options.resident ? Array.from(ordersOf(range, job.work)) : undefined;
  return { template, range, getCommand, orders, argv: await fillFor(range, getCommand) };
}

/** Refuses a size of ranges that has no meaning for one range: a time, or any size of those of a list. */
function checkChunkSize({ chunkSize, totalItems }: JobOptions, isList: boolean): void {
  if (chunkSize === undefined) return;
  if (isList && totalItems === undefined) {
    const size = typeof chunkSize === "number" ? chunkSize : "N";
    throw new UsageError(
      "--chunk-size must be left out with a list of items, of which the doctor gives the first " +
        `ones to one process: use --per-process ${size} for ${size} of them`,
    );
  }
  if (typeof chunkSize !== "object") return;
  throw new UsageError(
    "--chunk-size must be a number of items for the doctor, which runs one range: current value " +
      `is "${spellDuration(chunkSize.time)}"`,
  );
}

function* ordersOf(range: DoctorRange, { chunkSize }: CommandJob["work"]): Iterable<RangeOrder> {
  const { startIndex, endIndex } = range;
  const split = typeof chunkSize === "number" ? { chunkSize } : { parts: RESIDENT_RANGES };
  for (const part of splitRanges(endIndex - startIndex, split)) {
    const [from, to] = [startIndex + part.startIndex, startIndex + part.endIndex];
    const items = sliceItems(range, [from, to]);
    yield { id: FIRST_ID + part.index, startIndex: from, endIndex: to, items };
  }
}

/** Returns whether an option was given that only lists have. Cliffy also gives the default of a `--no-…`. */
function hasListOption(given: GivenValues): boolean {
  const options: Options = ITEM_OPTIONS;
  return Object.entries(options).some(([field, option]) =>
    !OF_NUMBERS.includes(field) && given[field] !== undefined && given[field] !== option.default
  );
}

function rangeOfNumbers(
  { totalItems = DEFAULT_ITEMS, chunkSize }: CommandJob["work"],
  count: number,
) {
  const startIndex = Math.floor(totalItems / 2);
  const size = typeof chunkSize === "number" ? count * chunkSize : totalItems;
  return { startIndex, endIndex: Math.min(totalItems, startIndex + size), totalItems };
}

async function rangeOfItems(
  { work, itemSpace }: CommandJob,
  count: number,
): Promise<DoctorRange> {
  const { items: list, totalItems, chunkSize } = work;
  const most = count * (typeof chunkSize === "number" ? chunkSize : 1);
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

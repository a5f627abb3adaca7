/**
 * Job of the command line: the command, and the items that it is run for.
 *
 * @module
 */
import { argumentSpace, COMMON_SPACE } from "../base/argument_space.ts";
import { systemClock } from "../base/clock.ts";
import type { GetCommand } from "../engine/command.ts";
import type { ItemSpace } from "../engine/item_space.ts";
import type { StartOrder, TaskConfig } from "../model/config.ts";
import type { ItemSeparator, ItemSource } from "../model/job_origin.ts";
import { resolveConfig } from "../model/resolve_config.ts";
import { lineFormat } from "./columns.ts";
import { itemSpaceOf } from "./command_space.ts";
import { compileCreates } from "./created_path.ts";
import { UsageError } from "./errors.ts";
import { type Items, itemsOfRecord, openItems, type RecordedItems } from "./items.ts";
import { spellDuration } from "./option_types.ts";
import type { RunValues } from "./options.ts";
import {
  compileTemplate,
  fixedProgram,
  namesItem,
  suspectTemplate,
  type TemplateOptions,
  unknownNames,
} from "./placeholders.ts";
import { programOf } from "./program.ts";
import { escapeHint, listAt, splitSources, type StringSource } from "./sources.ts";
import { printError } from "./stderr.ts";
import { stdinKind } from "./stdin.ts";

/** The options that make up a job. */
export type JobOptions = Pick<
  RunValues,
  | "totalItems"
  | "items"
  | "null"
  | "stdin"
  | "resident"
  | "keepBlank"
  | "replaceString"
  | "colsep"
  | "csv"
  | "header"
  | "link"
  | "perProcess"
  | "chunkSize"
>;

/** A job of the command line. */
export interface CommandJob {
  /** The name or path of the program; undefined if it is another one for each range. */
  program?: string;
  /** The command with its placeholders. */
  command: readonly string[];
  getCommand: GetCommand;
  /** The space that the items of a process have, if there may be several. */
  itemSpace?: ItemSpace;
  /** The fields of the config that make up the job. */
  work: Pick<
    TaskConfig,
    "totalItems" | "items" | "stdin" | "chunkSize" | "numWorkers" | "creates"
  >;
  /** What texts with placeholders depend on, such as a tag. */
  template: TemplateOptions;
  /** Where the items come from. */
  sources: readonly ItemSource[];
  /** The names of their columns, if the items have a header. */
  columnNames?: readonly string[];
  /** Whether items come from stdin. */
  readsStdin: boolean;
}

/** Options of {@linkcode openJob}. */
export interface OpenJobOptions {
  /** The number of workers; undefined if the executor is to choose. */
  readonly numWorkers?: number;
  /** Whether the workers run on this machine. */
  readonly isLocal: boolean;
  /** Prints a warning; may be called later, when items are read. */
  readonly warn: (text: string) => void;
  /** Prints a line about what the command waits for; may be called later. */
  readonly note?: (text: string) => void;
  /** The file that the worker of an item creates, with placeholders. */
  readonly creates?: string;
  /** The order in which items start. */
  readonly order?: StartOrder;
  /** Items that an earlier run has read, in place of those of the sources. */
  readonly recorded?: RecordedItems;
  /** Whether workers have GPUs. */
  readonly hasGpus?: boolean;
  /** Whether workers are told how many CPUs to use. */
  readonly hasCpus?: boolean;
}

/**
 * Reads a job from the options and the words after `--`.
 *
 * @throws {UsageError} If they are no job.
 */
export async function readJob(
  argv: readonly string[],
  options: JobOptions & OpenJobOptions,
): Promise<CommandJob> {
  return await openJob(await findSources(argv, options), options);
}

/** The command of a job, and the sources of its items; without sources, they are numbers. */
export interface JobSources {
  readonly command: readonly string[];
  readonly sources: readonly StringSource[];
}

/**
 * Finds out where the items of a job come from: the options, the words after `--`, or stdin.
 *
 * @throws {UsageError} If there are none.
 */
export async function findSources(
  argv: readonly string[],
  options: JobOptions,
): Promise<JobSources> {
  const separator: ItemSeparator = options.null ? "\0" : "\n";
  const files = (options.items ?? []).map((path) => listAt(path, separator));
  const { command, sources } = splitSources(argv, { separator, hasOthers: files.length > 0 });
  programOf(command, { example: "executor run -n 10 -- echo {start}" });
  const named = [...files, ...sources];
  checkSources(named, options);
  const isNamed = named.length > 0 || options.totalItems !== undefined;
  return { command, sources: isNamed ? named : [await stdinList(command, options)] };
}

/** Returns stdin as the list of items if it is meant as one. Otherwise there is none: the list of a loop is not eaten. */
async function stdinList(
  command: readonly string[],
  options: JobOptions,
): Promise<StringSource> {
  const { null: isNull, stdin, resident } = options;
  const isNamed = stdin || resident || namesItemOf(command, options);
  const kind = isNamed ? await stdinKind() : undefined;
  if (kind === "list") return listAt("-", isNull ? "\0" : "\n");
  const hint = kind === undefined ? "" : `; stdin is ${kind}`;
  const word = mayHaveSeveral(options) ? "{items}" : "{item}";
  throw new UsageError(
    "there is nothing to do: give --total, --items FILE, or items after ::: " +
      `(for a list on stdin, write ${word} in the command, or give --items -${hint})`,
  );
}

/** Returns whether a process may get several items of a list, which have no columns. */
function mayHaveSeveral({ chunkSize, perProcess = 1, ...options }: JobOptions): boolean {
  return (typeof chunkSize === "object" || perProcess > 1) && columnsFlag(options) === undefined;
}

/** Returns whether a command names the item of a list, with the options for its placeholders. */
export function namesItemOf(command: readonly string[], options: ColumnOptions): boolean {
  const { replaceString, header: hasHeader } = options;
  const hasColumns = columnsFlag(options) !== undefined || undefined;
  return namesItem(command, { replaceString, hasColumns, hasHeader });
}

type ColumnOptions = Pick<JobOptions, "replaceString" | "colsep" | "csv" | "header">;

/** Returns the flag that makes columns of items, if there is one. */
function columnsFlag({ colsep, csv, header }: ColumnOptions): string | undefined {
  if (colsep !== undefined) return "--colsep";
  if (csv) return "--csv";
  return header ? "--header" : undefined;
}

/** Refuses options that have no meaning for the sources. */
function checkSources(
  sources: readonly StringSource[],
  { null: isNull, stdin, keepBlank, totalItems, link }: JobOptions,
): void {
  const isWords = sources.length > 0 && sources.every(({ kind }) => kind === "words");
  const isNumbers = sources.length === 0 && totalItems !== undefined;
  const isUnusedNull = isNull && !stdin;
  if ((isUnusedNull || keepBlank) && (isWords || isNumbers)) {
    throw new UsageError(
      `${
        isUnusedNull ? "--null" : "--keep-blank"
      } must be used with a list from a file or from stdin`,
    );
  }
  if (link && sources.length < 2) {
    throw new UsageError("--link must be used with several lists, as in ::: a b ::: 1 2");
  }
}

/**
 * Opens a job: a command, and the sources of its items; without sources, the items are numbers.
 *
 * @throws {UsageError} If they are no job.
 */
export async function openJob(
  { command, sources }: JobSources,
  { isLocal, recorded, ...options }: JobOptions & OpenJobOptions,
): Promise<CommandJob> {
  const { replaceString } = options;
  const isNumbers = sources.length === 0 && recorded === undefined;
  const given = isNumbers ? undefined : await openStrings(sources, { ...options, recorded });
  const work = given === undefined
    ? countedWork(options)
    : itemsWork(options, { ...given, sources });
  const { totalItems } = work;
  const perProcess = given === undefined ? undefined : options.perProcess ?? mostPerProcess(work);
  const space = isLocal ? argumentSpace() : COMMON_SPACE;
  const appendsItems = !options.stdin && !options.resident;
  const template: TemplateOptions = {
    totalItems,
    perProcess,
    isOneByOne: options.chunkSize === 1,
    replaceString,
    columns: given?.columns,
    appendsItems,
    isResident: options.resident,
    hasGpus: options.hasGpus,
    hasCpus: options.hasCpus,
  };
  const stdin = options.stdin ? options.null ? "nul" : "lines" : undefined;
  const getCommand = compileTemplate(command, template);
  const creates = options.creates === undefined
    ? undefined
    : compileCreates(options.creates, { ...options, job: template, chunkSize: work.chunkSize });
  const unknown = unknownNames(command, template);
  if (unknown.length > 0) {
    options.warn(`the header has no column ${unknown.join(", ")}, which the command gets as it is`);
  }
  return {
    program: fixedProgram(command, template),
    command,
    itemSpace: perProcess === undefined
      ? undefined
      : itemSpaceOf(command, { perProcess, space, appendsItems }),
    work: { ...work, stdin, creates },
    template,
    sources: recorded !== undefined
      ? [{ kind: "journal", lists: recorded.lists }]
      : given === undefined
      ? [{ kind: "numbers", total: totalItems ?? 0 }]
      : sources,
    columnNames: given?.columns?.names,
    readsStdin: sources.some(({ kind }) => kind === "stdin"),
    getCommand,
  };
}

/**
 * Opens the sources of a job of strings.
 *
 * @throws {UsageError} If one cannot be read.
 */
export async function openStrings(
  sources: readonly StringSource[],
  { keepBlank, colsep, csv, header, link, warn, note = () => {}, recorded, ...options }:
    & JobOptions
    & Omit<OpenJobOptions, "isLocal">,
): Promise<Items> {
  const format = lineFormat({ colsep, csv });
  const items = recorded === undefined
    ? await openItems(sources, {
      ...{ keepsBlank: keepBlank, format, hasHeader: header, isLinked: link },
      ...{ clock: systemClock, warn, note },
    })
    : itemsOfRecord(recorded, format);
  if (items.columns !== undefined) checkSeveral(options);
  return items;
}

/** Refuses several items for a process if they have columns, and the process gets them as arguments. */
function checkSeveral(
  { perProcess = 1, chunkSize, stdin, resident }: Pick<
    JobOptions,
    "perProcess" | "chunkSize" | "stdin" | "resident"
  >,
): void {
  if (stdin || resident) return;
  const columns = "if items have columns or come from several lists";
  if (typeof chunkSize === "object") {
    throw new UsageError(
      `--chunk-size ${spellDuration(chunkSize.time)} needs --stdin or --resident ${columns}`,
    );
  }
  if (perProcess > 1) {
    throw new UsageError(
      `--per-process must be 1 ${columns}: current value is ${perProcess}`,
    );
  }
}

/** Prints a warning if the command of a job of numbers is likely a mistake. */
export async function warnOfSuspects({ command, work }: CommandJob): Promise<void> {
  const { job, stdin } = resolveConfig(work);
  if (job.kind !== "counted" || stdin !== undefined) return;
  const suspicion = suspectTemplate(command, Math.ceil(job.totalItems / job.ranges));
  if (suspicion !== undefined) await printError(`executor: warning: ${suspicion}\n`);
}

/** Returns how many items of a list a process may get: one, unless its ranges are to take some time. */
function mostPerProcess(work: CommandJob["work"]): number {
  const { job } = resolveConfig(work);
  return typeof work.chunkSize === "object" && job.kind === "items"
    ? Math.max(2, job.chunkSize)
    : 1;
}

type WorkOptions = JobOptions & Pick<OpenJobOptions, "numWorkers">;

function countedWork(
  options: WorkOptions,
): CommandJob["work"] {
  const { totalItems, perProcess, chunkSize = "auto", numWorkers } = options;
  if (perProcess !== undefined) {
    throw new UsageError(
      "--per-process needs a list of items, such as --items FILE: use --chunk-size",
    );
  }
  const flag = columnsFlag(options);
  if (flag !== undefined) {
    throw new UsageError(`${flag} must be used with a list of items, such as --items FILE`);
  }
  return { totalItems, chunkSize, numWorkers };
}

function itemsWork(
  { totalItems, perProcess, chunkSize, numWorkers }: WorkOptions,
  { sources, items, totalItems: expected }: Items & { sources: readonly StringSource[] },
): CommandJob["work"] {
  if (totalItems !== undefined) {
    const isWords = sources.some(({ kind }) => kind === "words");
    const instead = totalItems > 0
      ? `use --per-process ${totalItems} for items per process`
      : "leave it out";
    throw new UsageError(
      `--total cannot be used with a list of items: ${instead}` +
        (isWords ? ` (as for :::, ${escapeHint()})` : ""),
    );
  }
  if (typeof chunkSize === "object") {
    if (perProcess === undefined) return { totalItems: expected, items, chunkSize, numWorkers };
    throw new UsageError(
      "--chunk-size and --per-process cannot both be used: leave one of them out",
    );
  }
  if (chunkSize !== undefined) {
    throw new UsageError(
      "--chunk-size must be a time such as 200ms with a list of items: current value is " +
        (chunkSize === "auto"
          ? '"auto". Leave it out, or use --per-process N for N items per process'
          : `${chunkSize}. For ${countOf(chunkSize)} per process, use --per-process ${chunkSize}`),
    );
  }
  return { totalItems: expected, items, chunkSize: perProcess, numWorkers };
}

function countOf(items: number): string {
  return items === 1 ? "1 item" : `${items} items`;
}

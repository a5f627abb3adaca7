/**
 * Job of the command line: the command, and the items that it is run for.
 *
 * @module
 */
import { resolveConfig } from "../model/resolve_config.ts";
import { argumentSpace, COMMON_SPACE } from "../base/argument_space.ts";
import type { GetCommand } from "../engine/command.ts";
import type { ItemSpace } from "../engine/item_ranges.ts";
import type { TaskConfig } from "../model/config.ts";
import type { ItemSource } from "../model/job_origin.ts";
import { escapeHint, type Items, openItems, splitLiteral } from "./items.ts";
import { programOf } from "./program.ts";
import type { RunValues } from "./options.ts";
import { compileTemplate, itemSpaceOf, suspectTemplate } from "./placeholders.ts";
import { printError } from "./stderr.ts";
import { UsageError } from "./errors.ts";

/** The options that make up a job. */
export type JobOptions =
  & Pick<
    RunValues,
    "totalItems" | "items" | "null" | "perProcess" | "chunkSize"
  >
  & { readonly numWorkers?: number };

/** A job of the command line. */
export interface CommandJob {
  /** The name or path of the program. */
  program: string;
  /** The command with its placeholders. */
  command: readonly string[];
  getCommand: GetCommand;
  /** The space that the items of a process have, if there may be several. */
  itemSpace?: ItemSpace;
  /** The fields of the config that make up the job. */
  work: Pick<TaskConfig, "totalItems" | "items" | "chunkSize" | "numWorkers">;
  /** Where the items come from. */
  source: ItemSource;
}

/** Options of {@linkcode readJob}. */
export interface ReadOptions {
  /** Whether the workers run on this machine. */
  readonly isLocal: boolean;
  /** Prints a warning; may be called later, when items are read. */
  readonly warn: (text: string) => void;
  /** Items that an earlier run has read, in place of those that the options name. */
  readonly itemsRead?: readonly string[];
}

/**
 * Reads a job from the options and the words after `--`.
 *
 * @throws {UsageError} If they are no job.
 */
export async function readJob(
  argv: readonly string[],
  { isLocal, warn, itemsRead, ...options }: JobOptions & ReadOptions,
): Promise<CommandJob> {
  const { command, items } = splitLiteral(argv);
  const program = programOf(command, { example: "executor run -n 10 -- echo {start}" });
  const given = itemsRead === undefined
    ? await readItems(options, { literal: items, warn })
    : itemsOfJournal(itemsRead);
  const work = given === undefined ? countedWork(options) : itemsWork(options, given);
  const { totalItems } = work;
  const perProcess = given === undefined ? undefined : options.perProcess ?? 1;
  const space = isLocal ? argumentSpace() : COMMON_SPACE;
  return {
    program,
    command,
    itemSpace: perProcess === undefined ? undefined : itemSpaceOf(command, { perProcess, space }),
    work,
    source: given?.source ?? { kind: "numbers", total: totalItems ?? 0 },
    getCommand: compileTemplate(command, { totalItems, perProcess }),
  };
}

/** Prints a warning if the command of a job of numbers is likely a mistake. */
export async function warnOfSuspects({ command, work }: CommandJob): Promise<void> {
  const { job } = resolveConfig(work);
  if (job.kind !== "counted") return;
  const suspicion = suspectTemplate(command, Math.ceil(job.totalItems / job.ranges));
  if (suspicion !== undefined) await printError(`executor: warning: ${suspicion}\n`);
}

async function readItems(
  { items: path, null: isNull }: JobOptions,
  { literal, warn }: Pick<ReadOptions, "warn"> & { literal: readonly string[] | undefined },
): Promise<Items | undefined> {
  if (literal !== undefined && path !== undefined) {
    throw new UsageError(
      `items must come from ::: or from --items, not from both: current value is "${path}" ` +
        `(${escapeHint()})`,
    );
  }
  if (literal !== undefined) {
    const source = { kind: "words", words: literal } as const;
    return { source, items: literal, totalItems: literal.length };
  }
  if (path === undefined) return undefined;
  const list = path === "-" ? "stdin" : path;
  const onCrlf = () =>
    warn(`the lines of ${list} end in CRLF: the CR at the end of a line is no part of its item`);
  return await openItems(path, { isNull, onCrlf });
}

function itemsOfJournal(items: readonly string[]): Items {
  return { source: { kind: "journal" }, items, totalItems: items.length };
}

function countedWork(
  { totalItems, perProcess, chunkSize = "auto", numWorkers }: JobOptions,
): CommandJob["work"] {
  if (perProcess !== undefined) {
    throw new UsageError(
      "--per-process needs a list of items, such as --items FILE: use --chunk-size",
    );
  }
  if (totalItems === undefined) {
    throw new UsageError("there is nothing to do: give --total, --items, or items after :::");
  }
  return { totalItems, chunkSize, numWorkers };
}

function itemsWork(
  { totalItems, perProcess, chunkSize, numWorkers }: JobOptions,
  { source, items, totalItems: expected }: Items,
): CommandJob["work"] {
  if (totalItems !== undefined) {
    throw new UsageError(
      `--total cannot be used with a list of items: use --per-process ${totalItems} for items per ` +
        `process: current value is ${totalItems}` +
        (source.kind === "words" ? ` (as for :::, ${escapeHint()})` : ""),
    );
  }
  if (chunkSize !== undefined) {
    const hint = chunkSize === "auto" ? "leave it out" : `use --per-process ${chunkSize}`;
    throw new UsageError(`--chunk-size cannot be used with a list of items: ${hint}`);
  }
  return { totalItems: expected, items, chunkSize: perProcess, numWorkers };
}

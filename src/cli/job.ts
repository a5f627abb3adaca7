/**
 * What there is to do: the command, and what it is done for.
 *
 * @module
 */
import { resolveConfig } from "../model/resolve_config.ts";
import type { GetCommand } from "../engine/command.ts";
import type { TaskConfig } from "../model/config.ts";
import { type Items, openItems, splitLiteral } from "./items.ts";
import { checkPlaces } from "./program.ts";
import { compileTemplate, namesParts, suspectTemplate } from "./placeholders.ts";
import { printError } from "./stderr.ts";
import { UsageError } from "./errors.ts";

/** The options that say what there is to do. */
export interface JobOptions {
  total?: number;
  items?: string;
  /** Whether items end in a NUL. */
  null?: boolean;
  perProcess?: number;
  chunkSize?: number;
  workers?: number;
}

/** A job of the command line. */
export interface CommandJob {
  /** The name or path of the program. */
  program: string;
  /** The command, its placeholders not filled in. */
  command: readonly string[];
  getCommand: GetCommand;
  /** What of the config says what there is to do. */
  work: Pick<TaskConfig, "totalItems" | "items" | "chunkSize" | "numWorkers">;
}

/**
 * Reads a job from options and what stands after `--`.
 *
 * @throws {UsageError} If it is none.
 */
export async function readJob(
  argv: readonly string[],
  { misplaced, ...options }: JobOptions & { misplaced: readonly string[] },
): Promise<CommandJob> {
  const { command, items } = splitLiteral(argv);
  const program = checkPlaces(command, {
    misplaced,
    example: "executor run -n 10 -- echo {start}",
  });
  const given = await readItems(options, items);
  const work = given === undefined ? countedWork(options) : itemsWork(options, given);
  const { totalItems, chunkSize } = work;
  const parts = namesParts(command) ? await import("./placeholders.ts") : undefined;
  const perProcess = given === undefined ? undefined : chunkSize ?? 1;
  return {
    program,
    command,
    work,
    getCommand: compileTemplate(command, { totalItems, perProcess, parts }),
  };
}

/** Warns of what is likely a mistake, in a job that is a number of items. */
export async function warnOfSuspects({ command, work }: CommandJob): Promise<void> {
  const { job } = resolveConfig(work);
  if (job.kind !== "counted") return;
  const suspicion = suspectTemplate(command, Math.ceil(job.totalItems / job.ranges));
  if (suspicion !== undefined) await printError(`executor: warning: ${suspicion}\n`);
}

async function readItems(
  { items: path, null: isNull = false }: JobOptions,
  literal: readonly string[] | undefined,
): Promise<Items | undefined> {
  if (literal !== undefined && path !== undefined) {
    throw new UsageError(
      `items stand behind ::: or in the file of --items, not in both: "${path}"`,
    );
  }
  if (literal !== undefined) return { items: literal };
  return path === undefined ? undefined : await openItems(path, { isNull });
}

function countedWork(
  { total, perProcess, chunkSize, workers }: JobOptions,
): CommandJob["work"] {
  if (perProcess !== undefined) {
    throw new UsageError("--per-process is for items, as in --items FILE: use --chunk-size");
  }
  if (total === undefined) {
    throw new UsageError("there is nothing to do: give --total, --items, or items behind :::");
  }
  return { totalItems: total, chunkSize, numWorkers: workers };
}

function itemsWork(
  { total, perProcess, chunkSize, workers }: JobOptions,
  given: Items,
): CommandJob["work"] {
  if (total !== undefined) {
    throw new UsageError(
      `--total is not for a job that is made of items: current value is ${total}`,
    );
  }
  if (chunkSize !== undefined) {
    throw new UsageError(
      `--chunk-size is not for a job that is made of items: use --per-process ${chunkSize}`,
    );
  }
  return { ...given, chunkSize: perProcess, numWorkers: workers };
}

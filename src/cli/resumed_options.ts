/**
 * Options of a resumed run: those that its journal has, and those that are given now.
 *
 * @module
 */
import { describeNeed, type Options, unmetNeeds } from "../model/option.ts";
import { flagOf, type GivenValues } from "./cliffy_options.ts";
import { RUN_OPTIONS } from "./options.ts";

/** Pairs of fields that cannot be used together: a given one takes the place of both. */
const PAIRS = [["chunkSize", "perProcess"], ["retryOn", "noRetryOn"]];

/** Fields that say how the command gets its items. Without them the job would be another one, so they are never left out. */
const OF_COMMAND = ["stdin", "resident"];

/** Options of a resumed run. */
export interface ResumedOptions {
  /** Their values by field. They are not checked. */
  readonly options: GivenValues;
  /** A sentence for each option of the journal that is left out, as a given one has taken away what it needs. */
  readonly notes: readonly string[];
}

/** Puts given options in the place of those of a journal, which are right together. */
export function resumedOptions(recorded: GivenValues, given: GivenValues): ResumedOptions {
  const replaced = PAIRS.filter((pair) => pair.some((field) => given[field] !== undefined)).flat();
  const kept = Object.entries(recorded).filter(([field]) => !replaced.includes(field));
  const options: Record<string, unknown> = { ...Object.fromEntries(kept), ...given };
  const table: Options = RUN_OPTIONS;
  const notes = kept.flatMap(([field]) => {
    if (given[field] !== undefined || OF_COMMAND.includes(field)) return [];
    const missing = unmetNeeds(table, { field, values: options });
    if (missing.length === 0) return [];
    delete options[field];
    const nameOf = (name: string) => flagOf(table[name]!);
    const others = missing.map((need) => describeNeed(need, nameOf)).join(" and ");
    return [`${nameOf(field)} of the journal is left out: it must be used with ${others}`];
  });
  return { options, notes: [...notes, ...dropIdleTag(options, given)] };
}

/** Drops the tag of a journal if nothing prints lines any more that it could begin. */
function dropIdleTag(options: Record<string, unknown>, given: GivenValues): string[] {
  const { tag, showLog, output = RUN_OPTIONS.output.default } = options;
  const isIdle = tag !== undefined && output === "none" && showLog !== true;
  if (!isIdle || given.tag !== undefined) return [];
  delete options.tag;
  return ["--tag of the journal is left out: no lines are printed that it could begin"];
}

/** Returns options that are not checked for what they need: the journal may have it. */
export function withoutNeeds<O extends Options>(options: O): O {
  const rows = Object.entries(options).map(([field, option]) => [
    field,
    { ...option, needs: undefined },
  ]);
  return Object.fromEntries(rows) as O;
}

/**
 * Calls of hooks: the JSON on their stdin and the variables of their environment, which `docs/hooks.md` describes.
 *
 * @module
 */
import { argumentCost } from "../../base/argument_space.ts";
import { isPassable } from "../../base/paths.ts";
import { terminalJson } from "../../base/terminal_json.ts";
import type { RangeFailure, RunSummary } from "../../model/types.ts";
import { causeText, nameItems } from "../wording.ts";
import type { HookCall } from "./hook_process.ts";

/** Version of the JSON. Later versions may have more fields. */
const VERSION = 1;
/** The most failures and warnings that the JSON of a whole run has: the journal has all. */
const MAX_LISTED = 10;
/** The most bytes of an item in the environment. */
const MAX_ITEM_BYTES = 32 * 1024;

/** What a hook is told of the run, whatever it is called for. */
export interface HookFacts {
  /** The command line of the hook. */
  readonly line: string;
  /** Title of the run. */
  readonly title: string;
  /** Returns where its journal is, if it has one. */
  readonly journal?: () => string;
}

/** How a run ended: all is done and written, something failed, or the run was stopped before its end. */
export type EndWord = "done" | "failed" | "stopped";

/** Returns the word for how a run ended. */
export function endWord({ exitCode, stoppedBy }: RunSummary): EndWord {
  if (exitCode === 0) return "done";
  return stoppedBy === undefined ? "failed" : "stopped";
}

/** Makes the call of the hook at the end of a run. */
export function endCall(summary: RunSummary, { line, title, journal }: HookFacts): HookCall {
  const { runId, exitCode } = summary;
  const status = endWord(summary);
  const failures = summary.failures.slice(0, MAX_LISTED).map(describe);
  const warnings = summary.warnings.slice(0, MAX_LISTED);
  const short = { ...summary, failures, warnings };
  return {
    line,
    input: encode({ v: VERSION, hook: "end", title, journal: journal?.(), status, summary: short }),
    env: passable({
      EXECUTOR_HOOK: "end",
      EXECUTOR_RUN_ID: runId,
      EXECUTOR_STATUS: status,
      EXECUTOR_EXIT_CODE: `${exitCode}`,
      EXECUTOR_TITLE: title,
      EXECUTOR_JOURNAL: journal?.(),
    }),
  };
}

/** Makes the call of the hook for a range that failed for good. */
export function failureCall(
  failure: RangeFailure,
  { line, title, journal, runId }: HookFacts & { readonly runId: string },
): HookCall {
  const { range, startIndex, endIndex, items = [], status, cause, attempts } = failure;
  const described = describe(failure);
  return {
    line,
    input: encode({
      v: VERSION,
      hook: "failure",
      title,
      journal: journal?.(),
      runId,
      failure: described,
    }),
    env: passable({
      EXECUTOR_HOOK: "failure",
      EXECUTOR_RUN_ID: runId,
      EXECUTOR_STATUS: status,
      EXECUTOR_EXIT_CODE: cause.kind === "exit" ? `${cause.code}` : undefined,
      EXECUTOR_TITLE: title,
      EXECUTOR_JOURNAL: journal?.(),
      EXECUTOR_RANGE: `${range}`,
      EXECUTOR_START: `${startIndex}`,
      EXECUTOR_END: `${endIndex}`,
      EXECUTOR_ATTEMPTS: `${attempts}`,
      EXECUTOR_ITEM: items.length === 1 && argumentCost(items[0]!) <= MAX_ITEM_BYTES
        ? items[0]
        : undefined,
    }),
  };
}

/** Adds the words in which the summary names a failure. */
function describe(failure: RangeFailure): RangeFailure & { name: string; reason: string } {
  return { ...failure, name: nameItems(failure), reason: causeText(failure.cause) };
}

/** Encodes a value as one line. */
function encode(value: object): string {
  return `${terminalJson(value)}\n`;
}

/** Leaves out variables without a value, and those that no program can be given. */
function passable(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(env).filter((variable): variable is [string, string] =>
    variable[1] !== undefined && isPassable(variable[1])
  );
  return Object.fromEntries(given);
}

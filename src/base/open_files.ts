/**
 * Limits of open files: that of this process, and the one that its user has set.
 *
 * @module
 */
import { readEnv } from "./env.ts";
import { mayReadProc } from "./proc.ts";

/** The limit where it cannot be read: the soft limit that systems usually set. Deno raises it to the hard limit. */
const USUAL_LIMIT = 1_024;

/** Returns how many files this process may open, as far as it can be known. */
export function openFileLimit(): number {
  return limitsOf("self")?.soft ?? USUAL_LIMIT;
}

/** A number of files that one part of this program may open: a count, and at most this part of all. */
export interface FileShare {
  readonly count: number;
  readonly part: number;
}

/** Returns how many files that are: at least one. */
export function filesOfShare({ count, part }: FileShare): number {
  return Math.max(1, Math.min(count, Math.floor(openFileLimit() * part)));
}

/** Programs that raise their soft limit when they start: it is not what the user has set. */
const RAISERS = /^(deno|node|npm|npx|bun)/;
/** How many programs in a row may have raised it: npx starts npm, a shell and deno. */
const MAX_ANCESTORS = 8;
/** The variable in which the command that `deno task install` makes passes the limit on, and a run to one in the background. */
export const LIMIT_VARIABLE = "EXECUTOR_FILE_LIMIT";

/** What {@linkcode originalFileLimit} has found. */
let original: { readonly limit: number | undefined } | undefined;

/**
 * Returns the soft limit of open files that this process was started with, and which Deno has raised. Returns undefined if that
 * cannot be known, or if Deno has not raised it. Looks only once: the first call removes what the wrapper has put into the
 * environment, as the limit is not that of the programs which this one starts.
 */
export function originalFileLimit(): number | undefined {
  original ??= { limit: findOriginal() };
  return original.limit;
}

function findOriginal(): number | undefined {
  const wrapper = takeLimitOfWrapper();
  const own = limitsOf("self");
  if (own === undefined) return undefined;
  const original = wrapper ?? limitOfAncestor(own.hard);
  return original !== undefined && original < own.soft ? original : undefined;
}

/** Takes the limit out of the environment. */
function takeLimitOfWrapper(): number | undefined {
  const value = readEnv(LIMIT_VARIABLE);
  if (value === undefined) return undefined;
  Deno.env.delete(LIMIT_VARIABLE);
  return /^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined;
}

/**
 * Returns the soft limit of the program that has started this one, apart from those that raise their own. If its hard limit is
 * another one, this process was started with limits of its own (`ulimit -n 4096; exec …`).
 */
function limitOfAncestor(hard: string): number | undefined {
  let process = `${Deno.ppid}`;
  for (let count = 0; count < MAX_ANCESTORS; count++) {
    const status = readStatus(process);
    if (status === undefined) return undefined;
    if (!RAISERS.test(status.name)) {
      const limits = limitsOf(process);
      return limits?.hard === hard ? limits.soft : undefined;
    }
    process = status.parent;
  }
  return undefined;
}

function readStatus(process: string): { name: string; parent: string } | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${process}/status`);
    const [, name = ""] = /^Name:\t(.*)$/m.exec(text) ?? [];
    const [, parent = "0"] = /^PPid:\t(\d+)$/m.exec(text) ?? [];
    return { name, parent };
  } catch {
    return undefined;
  }
}

function limitsOf(process: string): { soft: number; hard: string } | undefined {
  if (!mayReadProc()) return undefined;
  try {
    const text = Deno.readTextFileSync(`/proc/${process}/limits`);
    const found = /^Max open files\s+(?<soft>\d+)\s+(?<hard>\S+)/m.exec(text)?.groups;
    return found && { soft: Number(found.soft), hard: found.hard! };
  } catch {
    return undefined;
  }
}

/**
 * Space that the system has for the arguments of a program.
 *
 * @module
 */

/** The space that nearly all POSIX systems have at least; xargs(1) uses no more by default. */
export const COMMON_SPACE = 128 * 1024;
/** What Linux has at most. */
const MOST_SPACE = 6 * 1024 * 1024;
/** Space for variables that are added, and for the names of the programs that lead to the one that is started. */
const RESERVE = 8 * 1024;
/** The pointer to an argument, and the NUL at its end. */
const PER_ARGUMENT = 8 + 1;
/** The most bytes of one argument that Linux takes, with its NUL. */
const MAX_ARGUMENT = 128 * 1024;

/** Returns the bytes that arguments may take beside the environment of this process. */
export function argumentSpace(): number {
  const space = Math.max(systemSpace() - environmentBytes(), COMMON_SPACE / 4);
  return space - RESERVE;
}

/** Returns the bytes that an argument takes; Infinity if no program can be given it. */
export function argumentCost(argument: string): number {
  if (!argument.isWellFormed() || argument.includes("\0")) return Infinity;
  const bytes = byteLength(argument);
  return bytes < MAX_ARGUMENT ? bytes + PER_ARGUMENT : Infinity;
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  // deno-lint-ignore no-control-regex -- ASCII
  return /^[\x00-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}

/** Linux gives a quarter of the limit of the stack to arguments and environment. */
function systemSpace(): number {
  const limit = /^Max stack size +(\w+)/m.exec(readProc("limits"))?.[1];
  if (limit === undefined) return COMMON_SPACE;
  const stack = limit === "unlimited" ? Infinity : Number(limit);
  return Math.max(COMMON_SPACE, Math.min(stack / 4, MOST_SPACE));
}

function environmentBytes(): number {
  const variables = readProc("environ").split("\0");
  const bytes = variables.reduce((sum, variable) => sum + byteLength(variable) + PER_ARGUMENT, 0);
  if (variables.length > 1) return bytes;
  if (Deno.permissions.querySync({ name: "env" }).state !== "granted") return COMMON_SPACE / 4;
  return Object.entries(Deno.env.toObject())
    .reduce((sum, [name, value]) => sum + byteLength(`${name}=${value}`) + PER_ARGUMENT, 0);
}

/** Reads what /proc of Linux says of this process; returns the empty text where that cannot be read. */
function readProc(name: string): string {
  if (Deno.build.os !== "linux") return "";
  try {
    return Deno.readTextFileSync(`/proc/self/${name}`);
  } catch {
    return "";
  }
}

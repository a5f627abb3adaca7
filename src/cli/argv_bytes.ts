/**
 * Bytes of the arguments: the runtime changes some, and nobody would be told.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { decodeBytes, showBytes } from "../base/surrogate_escape.ts";
import { UsageError } from "./errors.ts";

/** The character that the runtime puts in the place of bytes that are not UTF-8; somebody may also have typed it. */
const REPLACEMENT = "\ufffd";

/** Where the bytes of the arguments are. */
export interface ArgumentsOrigin {
  /** Returns the arguments of this process, each ended by a NUL; undefined if they cannot be read. */
  readonly readCommandLine?: () => Uint8Array | undefined;
  /** Whether another program has passed them on that replaces bytes, too. */
  readonly isRetold?: boolean;
}

/**
 * Returns the arguments of this process as they were given. Deno replaces bytes that are not UTF-8, and drops CRs at the end
 * of an argument. Where the bytes cannot be read, as on macOS, CRs stay dropped.
 *
 * @param args The arguments as the runtime has decoded them.
 * @param origin Where the bytes of the arguments are.
 * @throws {UsageError} If one is not UTF-8, or if that cannot be told.
 */
export function exactArguments(
  args: readonly string[],
  { readCommandLine = commandLine, isRetold = isStartedByNpx() }: ArgumentsOrigin = {},
): readonly string[] {
  if (args.length === 0) return args;
  const exact = decodeArguments(args, readCommandLine());
  const isBroken = (arg: string) => !arg.isWellFormed();
  const isDoubtful = (arg: string) => arg.includes(REPLACEMENT);
  const isCertain = exact !== undefined && (exact.some(isBroken) || !isRetold);
  const at = (exact ?? args).findIndex(isCertain ? isBroken : isDoubtful);
  if (at < 0) return exact ?? args;
  const value = showBytes((exact ?? args)[at]!);
  const doubt = isCertain ? "is not" : "may not be";
  throw new UsageError(
    `${nameArgument(args, at)} "${value}" ${doubt} UTF-8, and cannot be passed on unchanged`,
  );
}

/** Decodes the arguments anew, without loss. Returns undefined if the bytes are not those of the arguments. */
function decodeArguments(
  args: readonly string[],
  bytes: Uint8Array | undefined,
): string[] | undefined {
  if (bytes === undefined) return undefined;
  const all: Uint8Array[] = [];
  for (let from = 0, end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, from)) {
    all.push(bytes.subarray(from, end));
    from = end + 1;
  }
  const own = all.slice(-args.length);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const isSame = own.length === args.length &&
    own.every((arg, at) => decoder.decode(arg).replace(/\r+$/, "") === args[at]);
  return isSame ? own.map(decodeBytes) : undefined;
}

/** Says what an argument is, from those before it. */
function nameArgument(args: readonly string[], at: number): string {
  const end = args.indexOf("--");
  if (end >= 0 && at > end) {
    if (args.slice(end, at).includes(":::")) return "item";
    return at === end + 1 ? "program" : "argument";
  }
  const option = /^(-[^=]+)=/.exec(args[at]!)?.[1];
  const before = args[at - 1] ?? "";
  if (option !== undefined) return `value of ${option},`;
  return before.startsWith("-") ? `value of ${before},` : "argument";
}

/** Returns whether npx has started this process: Node replaces what is not UTF-8 in its arguments. */
function isStartedByNpx(): boolean {
  return readEnv("npm_lifecycle_event") === "npx";
}

/** Reads the bytes of the command line from /proc of Linux. */
function commandLine(): Uint8Array | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return Deno.readFileSync("/proc/self/cmdline");
  } catch {
    return catCommandLine();
  }
}

/** Reads it through cat(1): Deno opens such files only for a program that may do everything. */
function catCommandLine(): Uint8Array | undefined {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return undefined;
  try {
    const args = [`/proc/${Deno.pid}/cmdline`];
    const { success, stdout } = new Deno.Command("cat", { args, stderr: "null" }).outputSync();
    return success ? stdout : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Jobs that fail at first, and go on by `executor resume` in the same folder.
 *
 * @module
 */
import { type CliOptions, type CliResult, runCli } from "./cli.ts";

/** Runs the command line in a folder, which is also that of its state. */
export function runIn(
  folder: string,
  args: readonly string[],
  { input, env }: Pick<CliOptions, "input" | "env"> = {},
): Promise<CliResult> {
  return runCli(args, { cwd: folder, input, env: { XDG_STATE_HOME: folder, ...env } });
}

/** Returns a script of sh that notes its argument in a file, and fails until there is a file `ok`, unless the argument is in `good`. */
export function noting(good = ""): string {
  return `printf "%s\\n" "$1" >>noted; case " ${good} " in *" $1 "*) ;; *) [ -e ok ] ;; esac`;
}

/** Returns what was noted, sorted. */
export function noted(folder: string): string[] {
  return Deno.readTextFileSync(`${folder}/noted`).trimEnd().split("\n").toSorted();
}

/** Lets everything succeed from now on. */
export function allow(folder: string): void {
  Deno.writeTextFileSync(`${folder}/ok`, "");
}

/** Options of a run that has a journal and says little. */
export const QUIET = ["--reporter", "quiet", "--journal", "run.jsonl"];

/** Options of {@linkcode runIn} for a run that leaves nothing in its folder, not even that of its state. */
export const NO_STATE = { env: { XDG_STATE_HOME: "/dev/null" } };

import { assertEquals } from "@std/assert";
import { type CliResult, runCli } from "./cli.ts";

/** Runs a job, which may have hooks, without a word of its own on stdout. */
export async function runWithHooks(
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<CliResult> {
  return await runCli(["run", "--reporter", "summary", ...args], options);
}

/** Returns the lines of a run's stderr. */
export function linesOf({ stderr }: CliResult): string[] {
  return stderr.split("\n").filter((line) => line !== "");
}

/** Fails if a part of a value that is wanted is another one. */
export function assertHas(value: unknown, wanted: object): void {
  const part = (value: unknown, wanted: unknown): unknown =>
    wanted === null || typeof wanted !== "object" || Array.isArray(value) !== Array.isArray(wanted)
      ? value
      : Array.isArray(value)
      ? value.map((each, at) => part(each, (wanted as unknown[])[at]))
      : Object.fromEntries(
        Object.entries(wanted).map((
          [name, field],
        ) => [name, part(Reflect.get(Object(value), name), field)]),
      );
  assertEquals(part(value, wanted), wanted);
}

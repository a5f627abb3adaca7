/**
 * Runs a program to its end, for its time or for the figures that it prints.
 *
 * @module
 */
import type { Figures } from "./bench.ts";

/** The command line, from here. */
export const CLI = here("../cli.ts");

/** The path of a file beside this one. */
export function here(path: string): string {
  return new URL(path, import.meta.url).pathname;
}

/** Seconds that a program takes from its start to its end; throws when it fails. */
export async function timeOf(argv: readonly string[], stdin = ""): Promise<number> {
  const start = performance.now();
  await outputOf(argv, stdin);
  return (performance.now() - start) / 1000;
}

/** The figures that a program prints as JSON. */
export async function figuresOf(argv: readonly string[]): Promise<Figures> {
  return JSON.parse(await outputOf(argv));
}

/** The command that runs one of our own programs. */
export function program(name: string, ...args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--quiet", here(`programs/${name}.ts`), ...args];
}

/** What a program prints; throws when it fails. */
export async function outputOf([command, ...args]: readonly string[], stdin = ""): Promise<string> {
  const child = new Deno.Command(command!, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const given = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  await given;
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

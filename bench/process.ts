/**
 * Runs a program and returns its time, or the figures that it prints.
 *
 * @module
 */
import { V8_OPTIONS } from "../tools/v8_options.ts";
import type { Figures } from "./bench.ts";

/** The path of `cli.ts`. */
export const CLI = here("../cli.ts");

/** Where the runs leave records of failures, as those of a person do. */
const STATE = Deno.makeTempDirSync();
addEventListener("unload", () => Deno.removeSync(STATE, { recursive: true }));

/** Returns the path of a file, relative to this folder. */
export function here(path: string): string {
  return new URL(path, import.meta.url).pathname;
}

/** Returns the seconds that a program takes. Throws if it fails. */
export async function timeOf(argv: readonly string[], stdin = ""): Promise<number> {
  const start = performance.now();
  await outputOf(argv, stdin);
  return (performance.now() - start) / 1000;
}

/** Returns the figures that a program prints as JSON. */
export async function figuresOf(argv: readonly string[]): Promise<Figures> {
  return JSON.parse(await outputOf(argv));
}

/** Returns the command that runs one of the programs of `programs/`. */
export function program(name: string, ...args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "-A", "--quiet", here(`programs/${name}.ts`), ...args];
}

/** Returns the command of {@linkcode program} with the options of V8 that the installed command has. */
export function asInstalled([deno, run, ...others]: readonly string[]): string[] {
  return [deno!, run!, V8_OPTIONS, ...others];
}

/** Returns the command of {@linkcode program} with a garbage collector that it can call. */
export function collecting([deno, run, ...others]: readonly string[]): string[] {
  return [deno!, run!, "--v8-flags=--expose-gc", ...others];
}

/** Returns the stdout of a program. Throws if it fails. */
export async function outputOf([command, ...args]: readonly string[], stdin = ""): Promise<string> {
  const child = new Deno.Command(command!, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", XDG_STATE_HOME: STATE },
  }).spawn();
  const given = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  await given;
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

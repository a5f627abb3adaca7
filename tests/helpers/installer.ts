/** Helpers for tests of `deno task install`. */
/** The folder of the clone. */
export const ROOT = new URL("../..", import.meta.url).pathname;
/** The program that installs the command. */
export const PROGRAM = new URL("../../tools/install.ts", import.meta.url).pathname;

/** How a program ended, and what it wrote. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export async function run(
  command: string,
  args: string[],
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1", XDG_STATE_HOME: "/dev/null", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Installs the command, or removes it. */
export function tool(action: "add" | "remove", ...args: string[]): Promise<Result> {
  return run(Deno.execPath(), ["run", "-A", PROGRAM, action, ...args], { cwd: ROOT });
}

/** Returns the names of what is in a folder. */
export function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name);
}

/** Calls a test with a prefix whose path a shell has to quote. */
export async function withPrefix(test: (prefix: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/it's a $prefix`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

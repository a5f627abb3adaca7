const CLI = new URL("../../cli.ts", import.meta.url).pathname;

export interface CliResult {
  code: number;
  signal: Deno.Signal | null;
  stdout: string;
  stderr: string;
}

/** Environment that makes output independent of the place where the tests run. */
const ENV = { CI: "", NO_COLOR: "", FORCE_COLOR: "", CLICOLOR_FORCE: "", TERM: "xterm-256color" };

// No test may leave a record of its runs in the home folder, however it starts them. Nothing can be made below a device.
Deno.env.set("XDG_STATE_HOME", "/dev/null");

/** Returns the program and the arguments that run the command line. */
export function cliCommandLine(args: string[]): { command: string; args: string[] } {
  return { command: Deno.execPath(), args: ["run", "-A", "--quiet", CLI, ...args] };
}

/** Returns a command that runs the command line. */
export function cliCommand(args: string[], options: Deno.CommandOptions = {}): Deno.Command {
  const line = cliCommandLine(args);
  return new Deno.Command(line.command, {
    args: line.args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
    env: { ...ENV, ...options.env },
  });
}

/** Options of {@linkcode runCli}. */
export interface CliOptions extends Deno.CommandOptions {
  /** What is on its stdin. @default stdin is `/dev/null` */
  readonly input?: string | Uint8Array<ArrayBuffer>;
}

/** Runs the command line and waits for its end. */
export async function runCli(
  args: readonly string[],
  { input, ...options }: CliOptions = {},
): Promise<CliResult> {
  const piped: Deno.CommandOptions = input === undefined ? {} : { stdin: "piped" };
  const child = cliCommand([...args], { ...options, ...piped }).spawn();
  // It may end without reading all.
  const feeding = input !== undefined &&
    new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const { code, signal, stdout, stderr } = await child.output();
  await feeding;
  const decoder = new TextDecoder();
  return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a bash script in which `X` stands for `executor run`, and `E` for `executor`. */
export async function runBash(script: string): Promise<Omit<CliResult, "signal">> {
  const { command, args } = cliCommandLine([]);
  const line = [command, ...args].map((word) => `'${word}'`).join(" ");
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `set -o pipefail; E() { ${line} "$@"; }; X() { E run "$@"; }\n${script}`],
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

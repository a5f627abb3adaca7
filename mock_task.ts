/**
 * Worker that prints signals and misbehaves when asked to, for the demo, for tests and for experiments.
 *
 * ```sh
 * executor run -n 100 -w 4 -- deno run -A mock_task.ts --delay 50 {start} {end}
 * ```
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { message, progress, status } from "./src/worker.ts";

const USAGE = `Usage: mock_task [options] <start> <end>

  --delay <ms>           time per item (default 10)
  --speed <n>            items per second, in place of --delay
  --crash-at <item>      exit with --exit-code at this item
  --crash-attempts <k>   crash on the first k attempts only (default: on all)
  --exit-code <n>        exit code, at the end or at the crash (default 0, or 3 for a crash)
  --hang-at <item>       hang at this item, for ever
  --flood <lines>        print this many log lines before the first item
  --garbage              print bytes that are not UTF-8, and lines that are nearly signals
  --ignore-term          ignore SIGTERM
  --grandchild           leave a process behind that holds the pipe open
  --lie                  report SUCCESS, then exit with 3
  --quiet                print no signals
`;

/** Works as the arguments say, and returns the exit code. */
export async function mockTask(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (flags.help) {
    console.log(USAGE);
    return 0;
  }
  const start = number("start", flags._[0]) ?? fail("<start> is missing");
  const end = number("end", flags._[1]) ?? fail("<end> is missing");
  const speed = number("--speed", flags.speed);
  const delay = speed === undefined ? number("--delay", flags.delay) ?? 10 : 1000 / speed;
  const crashAt = number("--crash-at", flags["crash-at"]);
  const crashAttempts = number("--crash-attempts", flags["crash-attempts"]) ?? Infinity;
  const exitCode = number("--exit-code", flags["exit-code"]);
  const hangAt = number("--hang-at", flags["hang-at"]);
  const flood = number("--flood", flags.flood) ?? 0;
  const attempt = Number(Deno.env.get("EXECUTOR_ATTEMPT") ?? 1);

  if (flags["ignore-term"]) Deno.addSignalListener("SIGTERM", () => {});
  if (flags.grandchild) {
    new Deno.Command("sleep", { args: ["600"], stdin: "null" }).spawn().unref();
  }
  for (let line = 0; line < flood; line++) console.log(`line ${line} of a flood`);
  if (flags.garbage) printGarbage();
  for (let item = start; item < end; item++) {
    if (item === crashAt && attempt <= crashAttempts) {
      console.error(`cannot go on: item ${item} is broken`);
      return exitCode ?? 3;
    }
    if (item === hangAt) await hang(item);
    if (!flags.quiet) message(`item ${item}`);
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (!flags.quiet) progress(item - start + 1);
  }
  if (!flags.quiet) status("SUCCESS");
  return flags.lie ? 3 : exitCode ?? 0;
}

function readFlags(args: string[]) {
  return parseArgs(args, {
    boolean: ["garbage", "ignore-term", "grandchild", "lie", "quiet", "help"],
    string: [
      "delay",
      "speed",
      "crash-at",
      "crash-attempts",
      "exit-code",
      "hang-at",
      "flood",
    ],
    unknown: (arg) => !arg.startsWith("-") || fail(`unknown option ${arg}`),
  });
}

async function hang(item: number): Promise<void> {
  message(`hangs at item ${item}`);
  for (;;) await new Promise((resolve) => setTimeout(resolve, 1000));
}

function printGarbage(): void {
  Deno.stdout.writeSync(Uint8Array.of(0xff, 0xfe, 0, 0x1b, 0x5d, 0x30, 0x3b, 0x07, 0xc3, 10));
  console.log("PROGRESS: many\nPROGRESS: -1\nSTATUS: FINE\n\x1b[2Jnot cleared");
}

function number(name: string, value: string | number | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value === "" || !(Number(value) >= 0)) {
    fail(`${name} must be a non-negative number: current value is ${value}`);
  }
  return Number(value);
}

function fail(sentence: string): never {
  console.error(`mock_task: ${sentence}\n\n${USAGE}`);
  Deno.exit(2);
}

// In a bundle, the first condition holds for the modules of the bundle, too.
if (import.meta.main && import.meta.url.endsWith("/mock_task.ts")) {
  Deno.exit(await mockTask(Deno.args));
}

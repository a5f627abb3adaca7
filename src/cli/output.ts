/**
 * Output of the workers on stdout, made from `--output`.
 *
 * @module
 */
import type { OutputStream } from "../model/protocol.ts";
import type { Output } from "../output/output.ts";
import type { WriteOptions } from "../output/output_writer.ts";
import type { Reporter } from "../model/reporter.ts";
import type { GivenValues } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import type { RunValues } from "./options.ts";
import type { Tag } from "./tag.ts";

/** How stdout shows what workers print, if at all. */
type OutputChoice = RunValues["output"];

type Write = (bytes: Uint8Array) => Promise<void>;

/** A reporter that owns the terminal, and prints for others there. */
interface Printer extends Reporter {
  print(bytes: Uint8Array, stream?: OutputStream): Promise<void>;
}

/**
 * Returns options with `--output ordered` in place of `--keep-order`, which is the same.
 *
 * @throws {UsageError} If they also have another `--output`.
 */
export function withKeptOrder({ keepOrder, ...given }: GivenValues): GivenValues {
  if (keepOrder !== true) return given;
  if (given.output === undefined || given.output === "ordered") {
    return { ...given, output: "ordered" };
  }
  throw new UsageError(
    `--keep-order is the same as --output ordered: current value of --output is "${given.output}"`,
  );
}

/**
 * Checks that a tag has lines.
 *
 * @throws {UsageError} If nothing prints the lines of workers.
 */
export function checkTagged(
  { output, tag, showLog }: Pick<RunValues, "output" | "tag" | "showLog">,
): void {
  if (tag === undefined || output !== "none" || showLog) return;
  throw new UsageError(
    "--tag needs lines to begin: add --output ordered, --output live or --show-log",
  );
}

/** Returns what would show the lines of workers. Returns undefined if they are shown, or kept in a directory. */
export function hintOf(
  { showLog, logDir, results }: Pick<RunValues, "showLog" | "logDir" | "results">,
  output: OutputChoice,
): string | undefined {
  const isKept = logDir !== undefined || results !== undefined;
  return output === "none" && !showLog && !isKept ? "--output ordered" : undefined;
}

/**
 * Makes the output. A grid is on stderr then: stderr of the workers is printed above it, and so is their stdout if that is
 * a terminal.
 */
export async function makeOutput(
  { output: choice = "none", color, tag }: Pick<RunValues, "color"> & {
    output?: OutputChoice;
    tag?: Tag;
  },
  reporters: readonly Reporter[],
): Promise<Output | undefined> {
  if (choice === "none") return undefined;
  const { stdoutWriter, stderrWriter } = await import("../output/output_writer.ts");
  const grid = reporters.find(isPrinter);
  const above = (stream: OutputStream): Write | undefined =>
    grid && ((bytes) => grid.print(bytes, stream));
  return await outputOf(choice, {
    write: Deno.stdout.isTerminal() && above("stdout") || stdoutWriter(color),
    writeStderr: above("stderr") ?? stderrWriter(color),
    tag,
  });
}

async function outputOf(
  choice: "ordered" | "live",
  options: WriteOptions & { tag?: Tag },
): Promise<Output> {
  if (choice === "live") {
    const { LiveOutput } = await import("../output/live_output.ts");
    return new LiveOutput(options);
  }
  const { OrderedOutput } = await import("../output/ordered_output.ts");
  return new OrderedOutput(options);
}

/** Returns whether a reporter owns the terminal. */
export function isPrinter(reporter: Reporter): reporter is Printer {
  return "print" in reporter;
}

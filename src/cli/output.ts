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
 * Returns how stdout shows what workers print: `--keep-order` is `--output ordered`. `given` has the options that were given.
 *
 * @throws {UsageError} If the options for that contradict each other, or a tag has no lines.
 */
export function chooseOutput(
  { output, keepOrder, tag, showLog }: Pick<RunValues, "output" | "keepOrder" | "tag" | "showLog">,
  given: GivenValues,
): OutputChoice {
  if (keepOrder && given.output !== undefined && output !== "ordered") {
    throw new UsageError(
      `--keep-order is the same as --output ordered: current value of --output is "${output}"`,
    );
  }
  const choice = keepOrder ? "ordered" : output;
  if (tag === undefined || choice !== "none" || showLog) return choice;
  throw new UsageError(
    "--tag must be used with --output ordered, --output live or --show-log, whose lines it begins",
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

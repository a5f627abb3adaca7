/**
 * Output of the workers on stdout, made from `--output`.
 *
 * @module
 */
import type { OutputStream } from "../model/protocol.ts";
import type { Output } from "../output/output.ts";
import type { WriteOptions } from "../output/output_writer.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunValues } from "./options.ts";

/** How stdout shows what workers print, if at all. */
type OutputChoice = RunValues["output"];

type Write = (bytes: Uint8Array) => Promise<void>;

/** A reporter that owns the terminal, and prints for others there. */
interface Printer extends Reporter {
  print(bytes: Uint8Array, stream?: OutputStream): Promise<void>;
}

/**
 * Makes the output. A grid is on stderr then: stderr of the workers is printed above it, and so is their stdout if that is
 * a terminal.
 */
export async function makeOutput(
  { output: choice = "none", color }: Pick<RunValues, "color"> & { output?: OutputChoice },
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
  });
}

async function outputOf(choice: "ordered" | "live", options: WriteOptions): Promise<Output> {
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

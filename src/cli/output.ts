/**
 * Output of the workers on stdout, made from `--output`.
 *
 * @module
 */
import type { Output } from "../output/output.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunValues } from "./options.ts";

/** How stdout shows what workers print, if at all. */
type OutputChoice = RunValues["output"];

type Write = (bytes: Uint8Array) => Promise<void>;

/** A reporter that owns the terminal, and prints for others there. */
interface Printer extends Reporter {
  print: Write;
}

/** Makes the output; if stdout and a grid are the same terminal, it is printed above the grid. */
export async function makeOutput(
  { output: choice = "none", color }: Pick<RunValues, "color"> & { output?: OutputChoice },
  reporters: readonly Reporter[],
): Promise<Output | undefined> {
  if (choice === "none") return undefined;
  const { stdoutWriter } = await import("../output/output_writer.ts");
  const writeStdout = stdoutWriter(color);
  const grid = Deno.stdout.isTerminal() ? reporters.find(isPrinter) : undefined;
  return await outputOf(choice, grid === undefined ? writeStdout : (bytes) => grid.print(bytes));
}

async function outputOf(choice: "ordered" | "live", write: Write): Promise<Output> {
  if (choice === "live") {
    const { LiveOutput } = await import("../output/live_output.ts");
    return new LiveOutput({ write });
  }
  const { OrderedOutput } = await import("../output/ordered_output.ts");
  return new OrderedOutput({ write });
}

/** Returns whether a reporter owns the terminal. */
export function isPrinter(reporter: Reporter): reporter is Printer {
  return "print" in reporter;
}

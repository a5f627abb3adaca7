/**
 * What becomes of the workers' output.
 *
 * @module
 */
import type { Output } from "../output/output.ts";
import type { Reporter } from "../reporters/reporter.ts";

/** How stdout shows what workers print, if at all. */
export type OutputChoice = "ordered" | "live" | "none";

/** A reporter that has the terminal, and prints what others want to be seen there. */
interface Printer extends Reporter {
  print(bytes: Uint8Array): Promise<void>;
}

/** Makes the output; where stdout and a grid are the same terminal, it is printed above the grid. */
export async function makeOutput(
  choice: OutputChoice | undefined,
  reporters: readonly Reporter[],
): Promise<Output | undefined> {
  const grid = Deno.stdout.isTerminal() ? reporters.find(isPrinter) : undefined;
  const options = grid && { write: (bytes: Uint8Array) => grid.print(bytes) };
  if (choice === "ordered") {
    const { OrderedOutput } = await import("../output/ordered.ts");
    return new OrderedOutput(options);
  }
  if (choice === "live") {
    const { LiveOutput } = await import("../output/live.ts");
    return new LiveOutput(options);
  }
  return undefined;
}

function isPrinter(reporter: Reporter): reporter is Printer {
  return "print" in reporter;
}

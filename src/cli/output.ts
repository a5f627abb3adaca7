/**
 * What becomes of the workers' output.
 *
 * @module
 */
import { LiveOutput } from "../output/live.ts";
import { OrderedOutput } from "../output/ordered.ts";
import type { Output } from "../output/output.ts";
import { AnsiReporter } from "../reporters/ansi.ts";
import type { Reporter } from "../reporters/reporter.ts";

/** How stdout shows what workers print, if at all. */
export type OutputChoice = "ordered" | "live" | "none";

/** Makes the output; where stdout and a grid are the same terminal, it is printed above the grid. */
export function makeOutput(
  choice: OutputChoice | undefined,
  reporters: readonly Reporter[],
): Output | undefined {
  const grid = Deno.stdout.isTerminal()
    ? reporters.find((reporter) => reporter instanceof AnsiReporter)
    : undefined;
  const options = grid && { write: (bytes: Uint8Array) => grid.print(bytes) };
  switch (choice) {
    case "ordered":
      return new OrderedOutput(options);
    case "live":
      return new LiveOutput(options);
    default:
      return undefined;
  }
}

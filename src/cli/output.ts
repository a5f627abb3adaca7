/**
 * What becomes of the workers' output.
 *
 * @module
 */
import { LiveOutput } from "../output/live.ts";
import { OrderedOutput } from "../output/ordered.ts";
import { writeStdout } from "../output/outlet.ts";
import type { Output } from "../output/output.ts";
import { AnsiReporter } from "../reporters/ansi.ts";
import type { Reporter } from "../reporters/reporter.ts";

/** How stdout shows what workers print, if at all. */
export type OutputChoice = "ordered" | "live" | "none";

/** An output, and what came of it. */
export interface ChosenOutput {
  readonly output?: Output;
  /** Whether something else than a reader that is gone has kept it from being written. */
  readonly hasFailed: () => boolean;
}

/** Makes the output; where stdout and a grid are the same terminal, it is printed above the grid. */
export function makeOutput(
  choice: OutputChoice | undefined,
  reporters: readonly Reporter[],
): ChosenOutput {
  const grid = Deno.stdout.isTerminal()
    ? reporters.find((reporter) => reporter instanceof AnsiReporter)
    : undefined;
  let hasFailed = false;
  const write = async (bytes: Uint8Array) => {
    try {
      await (grid === undefined ? writeStdout(bytes) : grid.print(bytes));
    } catch (error) {
      hasFailed = !(error instanceof Deno.errors.BrokenPipe);
      throw error;
    }
  };
  return { output: outputOf(choice, write), hasFailed: () => hasFailed };
}

function outputOf(
  choice: OutputChoice | undefined,
  write: (bytes: Uint8Array) => Promise<void>,
): Output | undefined {
  if (choice === "ordered") return new OrderedOutput({ write });
  return choice === "live" ? new LiveOutput({ write }) : undefined;
}

/**
 * Warnings of the command itself while a run goes on: above the grid if there is one, otherwise on stderr.
 *
 * @module
 */
import type { Reporter } from "../model/reporter.ts";
import { isPrinter } from "./output.ts";
import { printError } from "./stderr.ts";

/** Prints warnings. Before {@linkcode Warnings.connect}, they go to stderr. */
export class Warnings {
  #print: (text: string) => Promise<void> = printError;

  /** Prints through the reporter that draws, if there is one: other text would spoil what it has drawn. */
  connect(reporters: readonly Reporter[]): void {
    const grid = reporters.find(isPrinter);
    if (grid !== undefined) this.#print = (text) => grid.print(new TextEncoder().encode(text));
  }

  /** Prints a warning; does not wait for it. */
  warn(text: string): void {
    this.note(`warning: ${text}`);
  }

  /** Prints a line that is no warning; does not wait for it. */
  note(text: string): void {
    this.#print(`executor: ${text}\n`).catch(() => {});
  }
}

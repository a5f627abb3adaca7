import type { RunEvent } from "@lambdawaker/executor";
import { cliCommand } from "../../helpers/cli.ts";
import { eventsIn } from "../../helpers/journal.ts";

/** What an executor runs, and where it keeps its journal. */
export interface ExecutorOptions {
  command: string[];
  folder: string;
  env?: Record<string, string>;
}

/** The command line at work, with a journal. */
export class Executor {
  readonly journal: string;
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<Deno.CommandOutput>;

  constructor(args: string[], { command, folder, env }: ExecutorOptions) {
    this.journal = `${folder}/run.jsonl`;
    const argv = [...args, "--journal", this.journal, "--", ...command];
    this.#child = cliCommand(argv, { env }).spawn();
    this.pid = this.#child.pid;
    this.#output = this.#child.output();
  }

  /** The events of one kind that its journal has so far. */
  events<K extends RunEvent["kind"]>(kind: K): (RunEvent & { kind: K })[] {
    try {
      return eventsIn(this.journal, kind);
    } catch {
      // It is not there yet.
      return [];
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end; says how it ended, with all that it printed. */
  async end(): Promise<{ code: number; signal: Deno.Signal | null; text: string }> {
    const { code, signal, stdout, stderr } = await this.#output;
    const decoder = new TextDecoder();
    return { code, signal, text: decoder.decode(stdout) + decoder.decode(stderr) };
  }
}

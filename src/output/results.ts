/**
 * What each range printed and came to, in a folder of its own.
 *
 * @module
 */
import { AttemptLog } from "./log_directory.ts";
import { errorMessage } from "../base/errors.ts";
import { exhaustedResource } from "../base/errors.ts";
import { rangeName } from "./log_directory.ts";
import type { Output, OutputAttempt, OutputEnd, OutputRun, RangeOutput } from "./output.ts";

/**
 * Keeps stdout, stderr and the end of each range in `DIR/range-00012/`. The file `exit` is there when the two others are
 * whole, and only then.
 */
export class ResultsDirectory implements Output {
  readonly #path: string;
  #warn: (text: string) => void = () => {};
  #hasWarned = false;

  /** Makes the directory where there is none; throws when that cannot be done. */
  constructor(path: string) {
    Deno.mkdirSync(path, { recursive: true });
    this.#path = path.replace(/(?<=.)\/+$/, "");
  }

  /** See {@linkcode Output.open}. */
  open({ warn }: OutputRun): void {
    this.#warn = warn;
  }

  /** See {@linkcode Output.range}. */
  range(index: number): RangeOutput {
    return new RangeResult(`${this.#path}/${rangeName(index)}`, (error) => {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      const what = `results in ${this.#path} cannot be written`;
      this.#warn(`${what}, the work goes on: ${errorMessage(error)}`);
    });
  }
}

class RangeResult implements RangeOutput {
  readonly #folder: string;
  readonly #onFailure: (error: unknown) => void;
  #files: { readonly stdout: AttemptLog; readonly stderr: AttemptLog } | undefined;
  #isWhole = true;

  constructor(folder: string, onFailure: (error: unknown) => void) {
    this.#folder = folder;
    this.#onFailure = (error) => {
      this.#isWhole = false;
      onFailure(error);
    };
  }

  async begin({ continues }: Pick<OutputAttempt, "continues">): Promise<void> {
    await this.#close();
    this.#isWhole = true;
    try {
      Deno.mkdirSync(this.#folder, { recursive: true });
      await removeIfThere(`${this.#folder}/exit`);
      await using stack = new AsyncDisposableStack();
      const open = (name: string) =>
        stack.use(
          new AttemptLog(`${this.#folder}/${name}`, this.#onFailure, { append: continues }),
        );
      this.#files = { stdout: open("stdout"), stderr: open("stderr") };
      stack.move();
    } catch (error) {
      // That others have to end first is nothing that a file could tell.
      if (exhaustedResource(error) !== undefined) throw error;
      this.#onFailure(error);
    }
  }

  stdout(bytes: Uint8Array): Promise<void> | undefined {
    return this.#files?.stdout.write(bytes);
  }

  stderr(bytes: Uint8Array): Promise<void> | undefined {
    return this.#files?.stderr.write(bytes);
  }

  async end(end: OutputEnd): Promise<void> {
    if (this.#files === undefined) await this.begin({ continues: false });
    await this.#close();
    if (!this.#isWhole) return;
    const path = `${this.#folder}/exit`;
    try {
      await Deno.writeTextFile(`${path}.part`, `${exitLine(end)}\n`);
      await Deno.rename(`${path}.part`, path);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  async #close(): Promise<void> {
    await this.#files?.stdout[Symbol.asyncDispose]();
    await this.#files?.stderr[Symbol.asyncDispose]();
    this.#files = undefined;
  }
}

/** The exit code, or the name of the signal, or else why the range did not end well. */
function exitLine({ status, reason, exit }: OutputEnd): string {
  if (reason !== undefined) return reason.replace(/^(exit code|signal) /, "").replace(/\s+/g, " ");
  if (exit?.kind === "signaled") return exit.signal;
  return exit?.kind === "exited" ? `${exit.code}` : status;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

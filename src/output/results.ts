/**
 * Keeps the output and the end of each range in a folder.
 *
 * @module
 */
import { replaceFile } from "../base/atomic_file.ts";
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import { AttemptLog, rangeName } from "./log_directory.ts";
import type { Output, OutputAttempt, OutputEnd, OutputRun, RangeOutput } from "./output.ts";

/**
 * Keeps stdout, stderr and the end of each range in `DIR/range-00012/`. The file `exit` exists if and only if the other two
 * are complete.
 */
export class ResultsDirectory implements Output {
  readonly #path: string;
  #warn: (text: string) => void = () => {};
  #hasWarned = false;

  private constructor(path: string) {
    this.#path = path.replace(/(?<=.)\/+$/, "");
  }

  /** Makes the directory if there is none; throws if that is impossible. */
  static make(path: string): ResultsDirectory {
    Deno.mkdirSync(path, { recursive: true });
    return new ResultsDirectory(path);
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
          AttemptLog.open(`${this.#folder}/${name}`, this.#onFailure, { append: continues }),
        );
      this.#files = { stdout: open("stdout"), stderr: open("stderr") };
      stack.move();
    } catch (error) {
      // The attempt can begin after other files are closed.
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
    try {
      await replaceFile(`${this.#folder}/exit`, `${exitLine(end)}\n`);
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

/** Returns the exit code, the signal, the status that the worker reported, or the kind of the cause with its message. */
function exitLine({ status, cause, exit }: OutputEnd): string {
  if (cause === undefined) return exit?.kind === "exited" ? `${exit.code}` : status;
  switch (cause.kind) {
    case "exit":
      return `${cause.code}`;
    case "signal":
      return cause.signal;
    case "reported":
      return status;
    default: {
      const message = "message" in cause && cause.message !== undefined ? `: ${cause.message}` : "";
      return `${cause.kind}${message}`.replace(/\s+/g, " ");
    }
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

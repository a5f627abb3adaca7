/**
 * Terminal interface, and its implementation on stdout and stderr.
 *
 * @module
 */
import { writeAll } from "../base/write_all.ts";
import { errorMessage } from "../base/errors.ts";

/** A terminal that a reporter writes to. */
export interface Terminal {
  /** Returns the number of columns and rows, each at least 1. */
  size(): { columns: number; rows: number };
  /** Writes text asynchronously. Rejects if the terminal was closed. */
  write(text: string): Promise<void>;
  /** Writes text synchronously, as far as possible. Meant for the last output of a process. */
  writeSync(text: string): void;
  /** Calls `callback` after each change of the size, until the result is disposed of. */
  onResize(callback: () => void): Disposable;
  /** Returns whether it is a terminal, for the colour choice `auto`. If absent, stdout decides. */
  isTerminal?(): boolean;
}

const FALLBACK = { columns: 80, rows: 24 };

/** The methods of `Deno.stdout` and `Deno.stderr` that {@linkcode StandardTerminal} uses. */
export type StandardStream = Pick<typeof Deno.stdout, "write" | "writeSync" | "isTerminal">;

/** A terminal on a standard stream, such as stderr if outputs write to stdout. Its size is 80×24 if it is unknown. */
export class StandardTerminal implements Terminal {
  readonly #stream: StandardStream;

  /** Creates a terminal that writes to `stream`. */
  constructor(stream: StandardStream) {
    this.#stream = stream;
  }

  /** @ignore */
  size(): { columns: number; rows: number } {
    try {
      const { columns, rows } = Deno.consoleSize();
      // Some terminals report 0×0.
      return columns > 0 && rows > 0 ? { columns, rows } : FALLBACK;
    } catch {
      return FALLBACK;
    }
  }

  /** @ignore */
  async write(text: string): Promise<void> {
    try {
      await writeAll(this.#stream, new TextEncoder().encode(text));
    } catch (error) {
      // A reader that is gone has its own meaning.
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      const name = this.#stream === Deno.stderr ? "stderr" : "stdout";
      throw new Error(`${name} cannot be written: ${errorMessage(error)}`, { cause: error });
    }
  }

  /** @ignore */
  writeSync(text: string): void {
    try {
      this.#stream.writeSync(new TextEncoder().encode(text));
    } catch {
      // The reader is gone.
    }
  }

  /** @ignore */
  onResize(callback: () => void): Disposable {
    if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
    Deno.addSignalListener("SIGWINCH", callback);
    return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGWINCH", callback) };
  }

  /** @ignore */
  isTerminal(): boolean {
    return this.#stream.isTerminal();
  }
}

/** A terminal on stdout. */
export class StdoutTerminal extends StandardTerminal {
  /** Creates a terminal that writes to stdout. */
  constructor() {
    super(Deno.stdout);
  }
}

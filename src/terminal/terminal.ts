/**
 * A terminal, or what stands in for one.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";

/** Where a reporter writes. */
export interface Terminal {
  /** Columns and rows, at least 1 each. */
  size(): { columns: number; rows: number };
  /** Writes without holding anything else up; rejects when the terminal is gone. */
  write(text: string): Promise<void>;
  /** Writes at once, as far as it can; for the last thing that a process does. */
  writeSync(text: string): void;
  /** Calls back when the size has changed, until it is disposed of. */
  onResize(callback: () => void): Disposable;
  /** Whether it is a terminal, for `auto` colour; that of stdout counts when left out. */
  isTerminal?(): boolean;
}

const FALLBACK = { columns: 80, rows: 24 };

/** What `Deno.stdout` and `Deno.stderr` are. */
export type StandardStream = Pick<typeof Deno.stdout, "write" | "writeSync" | "isTerminal">;

/** The terminal that a standard stream is: stderr, for instance, when stdout belongs to the output of the workers. */
export class StandardTerminal implements Terminal {
  readonly #stream: StandardStream;

  /** Writes to a stream. */
  constructor(stream: StandardStream) {
    this.#stream = stream;
  }

  /** See {@linkcode Terminal.size}; 80×24 where that is unknown. */
  size(): { columns: number; rows: number } {
    try {
      const { columns, rows } = Deno.consoleSize();
      // Some terminals say 0×0.
      return columns > 0 && rows > 0 ? { columns, rows } : FALLBACK;
    } catch {
      return FALLBACK;
    }
  }

  /** See {@linkcode Terminal.write}. */
  async write(text: string): Promise<void> {
    await writeAll(this.#stream, new TextEncoder().encode(text));
  }

  /** See {@linkcode Terminal.writeSync}. */
  writeSync(text: string): void {
    try {
      this.#stream.writeSync(new TextEncoder().encode(text));
    } catch {
      // Nobody is there to read it.
    }
  }

  /** See {@linkcode Terminal.onResize}. */
  onResize(callback: () => void): Disposable {
    if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
    Deno.addSignalListener("SIGWINCH", callback);
    return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGWINCH", callback) };
  }

  /** See {@linkcode Terminal.isTerminal}. */
  isTerminal(): boolean {
    return this.#stream.isTerminal();
  }
}

/** The terminal that stdout is. */
export class StdoutTerminal extends StandardTerminal {
  /** Writes nothing yet. */
  constructor() {
    super(Deno.stdout);
  }
}

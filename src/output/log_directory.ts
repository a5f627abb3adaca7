/**
 * The directory with a file per attempt.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import type { AttemptRef } from "../model/events.ts";

/** What is kept of a range is named so that names and ranges have the same order. */
export function rangeName(range: number): string {
  return `range-${`${range}`.padStart(5, "0")}`;
}

/** Names the files of a run's attempts, and says once when they cannot be written. */
export class LogDirectory {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #hasWarned = false;

  /** Makes the directory where there is none; throws when that cannot be done. */
  constructor(path: string, warn: (text: string) => void) {
    Deno.mkdirSync(path, { recursive: true });
    this.#path = path.replace(/(?<=.)\/+$/, "");
    this.#warn = warn;
  }

  /** Opens the file of an attempt; throws when that must wait until other files are closed. */
  open({ range, attempt }: Pick<AttemptRef, "range" | "attempt">): AttemptLog {
    const name = `${rangeName(range)}.attempt-${attempt}.log`;
    const path = `${this.#path}/${name}`;
    return new AttemptLog(path, (error) => {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      this.#warn(`the log ${path} cannot be written, the work goes on: ${errorMessage(error)}`);
    });
  }
}

/** Writes stdout and stderr of one attempt as they come. A disk that is full ends the file, not the work. */
export class AttemptLog implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  readonly #onFailure: (error: unknown) => void;
  #file: Deno.FsFile | undefined;
  #written: Promise<void> = Promise.resolve();

  /** Makes the file; one of that name is replaced. `onFailure` is called when it cannot be written, or no longer. */
  constructor(
    path: string,
    onFailure: (error: unknown) => void,
    { append = false }: { append?: boolean } = {},
  ) {
    this.path = path;
    this.#onFailure = onFailure;
    try {
      const mode = append ? { append } : { write: true, truncate: true };
      this.#file = Deno.openSync(path, { ...mode, create: true });
    } catch (error) {
      // That others have to end first is nothing that this file could tell.
      if (exhaustedResource(error) !== undefined) throw error;
      onFailure(error);
    }
  }

  /** Appends some bytes; resolves when they are written, so that a worker is as fast as the disk, and no faster. */
  write(bytes: Uint8Array): Promise<void> {
    this.#written = this.#written.then(() => this.#writeAll(bytes));
    return this.#written;
  }

  /** Closes the file, when all of it is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written;
    this.#close();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#file !== undefined) await writeAll(this.#file, bytes);
    } catch (error) {
      this.#close();
      this.#onFailure(error);
    }
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

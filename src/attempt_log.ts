/**
 * All that an attempt prints, in a file.
 *
 * @module
 */

import { lackOf } from "./launchers/lack.ts";

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
      if (lackOf(error) !== undefined) throw error;
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
      for (let at = 0; this.#file !== undefined && at < bytes.length;) {
        at += await this.#file.write(bytes.subarray(at));
      }
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

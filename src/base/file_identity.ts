/**
 * Identity of a file or a directory, to find out that its path leads elsewhere now.
 *
 * @module
 */
import { statOf } from "./atomic_file.ts";

/** What a path led to at one time. */
export class FileIdentity {
  readonly #path: string;
  readonly #dev: number;
  readonly #ino: number | null;

  /** @param info Describes what the path leads to. */
  constructor(path: string, { dev, ino }: Deno.FileInfo = Deno.statSync(path)) {
    this.#path = path;
    this.#dev = dev;
    this.#ino = ino;
  }

  /** Whether the path still leads to it. */
  get isThere(): boolean {
    const info = statOf(this.#path);
    return info !== undefined && info.dev === this.#dev && info.ino === this.#ino;
  }

  /** Throws if the path leads to something else now, or to nothing. */
  check(): void {
    if (this.isThere) return;
    throw new Error(`${this.#path} was removed or replaced during the run`);
  }
}

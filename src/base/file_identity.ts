/**
 * Identity of a file or a directory, to find out what others have done to it.
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
    return this.#look() !== undefined;
  }

  /**
   * Throws if the path leads to something else now, or to nothing, or if a file is too short.
   *
   * @param size The least bytes that a file must have.
   */
  check(size = 0): void {
    const info = this.#look();
    if (info === undefined) throw new Error(`${this.#path} was removed or replaced during the run`);
    if (info.size < size) throw new Error(`${this.#path} was cut short by another program`);
  }

  #look(): Deno.FileInfo | undefined {
    const info = statOf(this.#path);
    return info?.dev === this.#dev && info.ino === this.#ino ? info : undefined;
  }
}

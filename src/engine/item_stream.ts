/**
 * The items of a range as bytes, for the stdin of its worker.
 *
 * @module
 */
import { encodeBytes, showBytes } from "../base/surrogate_escape.ts";
import { LaunchError, type WorkerProcess } from "../launchers/launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import type { ExtraData } from "../model/types.ts";

/** The characters of a piece, after which the next one begins. */
const PIECE_LENGTH = 64 * 1024;

/** The items of a range, each with its end, in pieces that are made while they are written. */
export class ItemStream implements Iterable<Uint8Array> {
  readonly #range: ExtraData;
  readonly #end: string;

  /**
   * Makes the stream of a range.
   *
   * @throws {LaunchError} If an item has the end of items in it; permanent.
   */
  constructor(range: ExtraData, format: NonNullable<TaskConfig["stdin"]>) {
    this.#range = range;
    this.#end = format === "nul" ? "\0" : "\n";
    const torn = range.items?.find((item) => item.includes(this.#end));
    if (torn === undefined) return;
    const fault = format === "nul"
      ? "it contains a NUL"
      : "it contains a newline (with -0, items end in a NUL)";
    throw new LaunchError(
      `item "${
        showBytes(torn).replaceAll("\n", "\\n")
      }" cannot be handed to a worker on stdin: ${fault}`,
      { permanent: true },
    );
  }

  /**
   * Writes the items to the stdin of a process in the background, at the pace of its reader, and closes it. A process that
   * ends, or closes its stdin, before it has read them all is no error: `head` does so.
   */
  feed({ stdin, status }: Pick<WorkerProcess, "stdin" | "status">): void {
    const writer = stdin!.getWriter();
    writer.closed.catch(() => {});
    this.#write(writer).catch(() => {});
    // Another process may hold the other end, and never read.
    const giveUp = () => writer.abort().catch(() => {});
    status.then(giveUp, giveUp);
  }

  async #write(writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    for (const piece of this) await writer.write(piece);
    await writer.close();
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    let text = "";
    for (const item of this.#items()) {
      text += item + this.#end;
      if (text.length < PIECE_LENGTH) continue;
      yield encodeBytes(text);
      text = "";
    }
    if (text !== "") yield encodeBytes(text);
  }

  *#items(): Iterable<string | number> {
    const { items, startIndex, endIndex } = this.#range;
    if (items !== undefined) return yield* items;
    for (let item = startIndex; item < endIndex; item++) yield item;
  }
}

/**
 * The items of a range as bytes, for the stdin of its worker.
 *
 * @module
 */
import { encodeBytes, showBytes } from "../base/surrogate_escape.ts";
import { LaunchError } from "../launchers/launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import type { ExtraData } from "../model/types.ts";

/** The characters of a piece, after which the next one begins. */
const PIECE_LENGTH = 64 * 1024;

/** The items, each with its end, in pieces that are made while they are written. */
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

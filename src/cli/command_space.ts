/**
 * Space in the command line of a process that may get several items of a list.
 *
 * @module
 */
import { argumentCost } from "../base/argument_space.ts";
import type { ItemSpace } from "../engine/item_space.ts";
import { parseArgument, type Token } from "../model/placeholders.ts";
import { ALL_ITEMS, isOfItem } from "./placeholders.ts";

/** A number takes this many bytes at most. */
const NUMBER_BYTES = 16;

/**
 * Returns the space that a command of a list has for its items, if it has several per process: what is left of `space` bytes,
 * as often as it names them.
 */
export function itemSpaceOf(
  argv: readonly string[],
  { perProcess, space, appendsItems = true }: {
    perProcess: number;
    space: number;
    appendsItems?: boolean;
  },
): ItemSpace | undefined {
  if (perProcess === 1) return undefined;
  const template = argv.map((arg) => parseArgument(arg));
  const isAppended = appendsItems && !template.flat().some(isOfItem);
  const times = argv.filter((arg) => arg === ALL_ITEMS).length || (isAppended ? 1 : 0);
  if (times === 0) return undefined;
  const fixed = argv.map((arg, at) =>
    arg === ALL_ITEMS
      ? 0
      : argumentCost(arg) + template[at]!.reduce((sum, token) => sum + numberBytes(token), 0)
  );
  const room = Math.max(1, (space - fixed.reduce((sum, cost) => sum + cost, 0)) / times);
  return { room, costOf: argumentCost };
}

function numberBytes(token: Token): number {
  return token.kind === "text" || token.kind === "mistake"
    ? 0
    : Math.max(NUMBER_BYTES, token.width ?? 0);
}

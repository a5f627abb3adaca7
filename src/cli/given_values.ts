/**
 * Values of the options that a command line gives, by the table of options.
 *
 * @module
 */
import type { AnyOption, Options } from "../model/option.ts";
import type { ReadOption } from "./argv.ts";
import { flagOf, type GivenValues, readWord } from "./cliffy_options.ts";

/**
 * Returns the values of options by their fields. They are checked, and no defaults are filled in. Options that were not given are
 * left out.
 *
 * @throws {UsageError} If a value is wrong.
 */
export function readGiven(options: Options, given: readonly ReadOption[]): GivenValues {
  const fields = new Map(
    Object.entries(options).map(([field, option]) => [flagOf(option), { field, option }]),
  );
  const values: Record<string, unknown> = {};
  for (const { name, value } of given) {
    const { field, option } = fields.get(name)!;
    const read = readValue(option, { name, value });
    const earlier = values[field] as readonly unknown[] | undefined;
    values[field] = option.isRepeatable ? [...earlier ?? [], read] : read;
  }
  // The order of the table is that in which they are recorded.
  return Object.fromEntries(
    Object.keys(options).filter((field) => field in values).map((field) => [field, values[field]]),
  );
}

/** Reads the value of an option. One without a value turns something on, or off if its name begins with `no-`. */
function readValue(option: AnyOption, { name, value }: ReadOption): unknown {
  return value === undefined ? !name.startsWith("--no-") : readWord(option, value);
}

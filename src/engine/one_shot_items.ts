/**
 * Items that can be read only once, such as those of a generator: a second run would find none.
 *
 * @module
 */
import { ConfigError } from "../model/value_types.ts";

/** Such items of which a run has begun to read. */
const READ = new WeakSet<object>();

/**
 * Notes that a run reads items.
 *
 * @throws {ConfigError} If they can be read only once, and another run has.
 */
export function claimItems(items: Iterable<string> | AsyncIterable<string>): void {
  const isOneShot = items instanceof ReadableStream || "next" in items;
  if (!isOneShot) return;
  if (READ.has(items)) {
    const wanted = "items that no other run has read, or a list, which every run can read";
    throw new ConfigError("items", { wanted, value: items });
  }
  READ.add(items);
}

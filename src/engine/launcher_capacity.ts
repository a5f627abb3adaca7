/**
 * Asks a launcher how many workers it has room for.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import { type Clock, withTimeout } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { ConfigError, integer } from "../model/value_types.ts";

/** Time that a launcher has to answer, in milliseconds. */
const CAPACITY_MS = 60_000;

/** What decides how long a launcher is asked for its capacity. */
export interface AskedCapacity {
  readonly clock: Clock;
  /** Aborted if the run is to end before it has started. */
  readonly ending: AbortSignal;
  readonly warn: (text: string) => void;
}

/**
 * Returns the number of workers that the launcher has room for; undefined if it does not say.
 *
 * @throws {ConfigError} If it fails, does not answer in time, or answers with something else than a positive integer.
 */
export async function askCapacity(
  launcher: Launcher,
  { clock, ending, warn }: AskedCapacity,
): Promise<number | undefined> {
  if (launcher.capacity === undefined) return undefined;
  const asked = (async () => ({ capacity: await launcher.capacity?.() }))().catch((error) => {
    throw withoutWorkers(`failed: ${errorMessage(error)}`);
  });
  const answer = await withTimeout(unlessAborted(asked, ending), { ms: CAPACITY_MS, clock });
  if (answer !== undefined) {
    return integer(1).check(answer.capacity as number, "launcher.capacity()");
  }
  if (!ending.aborted) throw withoutWorkers(`has not answered in ${CAPACITY_MS / 1000} seconds`);
  warn("launcher.capacity() had not answered when the run was stopped");
  // The run ends before any worker starts.
  return 1;
}

function withoutWorkers(reason: string): ConfigError {
  const wanted = `given, as launcher.capacity() ${reason}`;
  return new ConfigError("numWorkers", { wanted, value: undefined });
}

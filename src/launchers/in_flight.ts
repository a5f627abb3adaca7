/**
 * Attempts of earlier runs that may still run where nobody can reach them.
 *
 * @module
 */
import { sleep, systemClock } from "../base/clock.ts";
import type { LaunchRun } from "./launcher.ts";
import { fenceMs } from "./lease.ts";

/** How many nodes a warning names. */
const MAX_SHOWN = 5;

/** Options of {@linkcode awaitInFlight}. */
export interface InFlightOptions extends Pick<LaunchRun, "gracePeriod" | "signal" | "warn"> {
  /** The lease of this run, in milliseconds; that of the earlier run is taken to be the same. */
  readonly lease: number;
}

/** Waits until the attempts must have ended by their lease, and warns about the wait. Returns at once if there are none. */
export async function awaitInFlight(
  attempts: LaunchRun["inFlight"],
  { gracePeriod, lease, signal, warn }: InFlightOptions,
): Promise<void> {
  if (attempts.length === 0 || signal.aborted) return;
  const ms = fenceMs({ lease, gracePeriod });
  const nodes = Array.from(new Set(attempts.map(({ node = "a machine not yet known" }) => node)));
  const shown = nodes.slice(0, MAX_SHOWN).join(", ") + (nodes.length > MAX_SHOWN ? ", …" : "");
  const seconds = Math.ceil(ms / 1000);
  warn(`waits ${seconds} s, as an earlier run may have left workers behind: on ${shown}`);
  await sleep(systemClock, ms, signal);
}

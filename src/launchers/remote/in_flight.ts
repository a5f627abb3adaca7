/**
 * Attempts of earlier runs that may still run where nobody reaches them.
 *
 * @module
 */
import { sleep, systemClock } from "../../base/clock.ts";
import { fenceMs } from "./lease.ts";
import type { LaunchRun } from "../launcher.ts";

/** Waits until they have ended by their lease, for which that of this run is taken; tells that it does. */
export async function awaitInFlight(
  attempts: LaunchRun["unended"],
  { gracePeriod, lease, signal, warn }: Pick<LaunchRun, "gracePeriod" | "signal" | "warn"> & {
    readonly lease: number;
  },
): Promise<void> {
  if (attempts.length === 0 || signal.aborted) return;
  const ms = fenceMs({ lease, gracePeriod });
  const nodes = Array.from(new Set(attempts.map(({ node = "a machine not yet known" }) => node)));
  const most = 5;
  const shown = nodes.slice(0, most).join(", ") + (nodes.length > most ? ", …" : "");
  const seconds = Math.ceil(ms / 1000);
  warn(`waits ${seconds} s, as an earlier run may have left workers behind: on ${shown}`);
  await sleep(systemClock, ms, signal);
}

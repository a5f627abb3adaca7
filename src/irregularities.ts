/**
 * Sums of what went otherwise than it should.
 *
 * @module
 */
import type { Irregularities } from "./models.ts";

/** Nothing went otherwise. */
export const NO_IRREGULARITIES: Irregularities = {
  malformed: 0,
  anomalies: 0,
  droppedBytes: 0,
  leaked: 0,
  forcedKills: 0,
  slow: 0,
  lost: 0,
  launchFailures: 0,
  delayedLaunches: 0,
};

/** Adds up, field by field; a field that is left out is 0. */
export function addIrregularities(a: Irregularities, b: Partial<Irregularities>): Irregularities {
  return {
    malformed: a.malformed + (b.malformed ?? 0),
    anomalies: a.anomalies + (b.anomalies ?? 0),
    droppedBytes: a.droppedBytes + (b.droppedBytes ?? 0),
    leaked: a.leaked + (b.leaked ?? 0),
    forcedKills: a.forcedKills + (b.forcedKills ?? 0),
    slow: a.slow + (b.slow ?? 0),
    lost: a.lost + (b.lost ?? 0),
    launchFailures: a.launchFailures + (b.launchFailures ?? 0),
    delayedLaunches: a.delayedLaunches + (b.delayedLaunches ?? 0),
  };
}

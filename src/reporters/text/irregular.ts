/**
 * What was irregular, in words. The report's page is handed the functions of this module as they stand, see
 * `report/page/script.ts`.
 *
 * @module
 */
import type { Irregularities } from "../../models.ts";
import { plural } from "./format.ts";

/** A sentence for each kind of irregularity that there was. */
export function irregularTexts(counts: Irregularities): string[] {
  const { malformed, anomalies, droppedBytes, leaked, forcedKills, slow } = counts;
  const { lost, launchFailures, delayedLaunches } = counts;
  const counted: [number, string][] = [
    [malformed, `${plural(malformed, "line")} with a known prefix and a value that does not parse`],
    [
      anomalies,
      `${plural(anomalies, "time")} progress went backwards or past its range: it counts items`,
    ],
    [droppedBytes, `${plural(droppedBytes, "byte")} dropped from lines longer than 64 KiB`],
    [leaked, `${plural(leaked, "attempt")} left processes behind`],
    [forcedKills, `${plural(forcedKills, "attempt")} had to be killed (SIGKILL)`],
    [slow, `${plural(slow, "attempt")} ${slow === 1 ? "was" : "were"} slow beside the others`],
    [lost, `${plural(lost, "attempt")} lost`],
    [launchFailures, `${plural(launchFailures, "launch", "launches")} failed`],
    [delayedLaunches, `${plural(delayedLaunches, "launch", "launches")} had to wait`],
  ];
  return counted.filter(([count]) => count > 0).map(([, text]) => text);
}

/**
 * Diagnosis: runs all checks on an observation and sorts their findings.
 *
 * @module
 */
import { findDisplays } from "./display_findings.ts";
import { findEnding, findLeaks, findWarnings, isUnstarted } from "./ending_findings.ts";
import { type Finding, finding, type Level } from "./finding.ts";
import { findBuffering, findOddBytes, findTooShort } from "./buffering_findings.ts";
import { type Observation, sizeOf } from "./observation.ts";
import { findProgress } from "./progress_findings.ts";
import { findAnswers, findExit, findRangeProgress } from "./resident_findings.ts";
import { findMalformed, findNearMisses, findSignals, findStderr } from "./signal_findings.ts";
import { namedRange } from "../model/placeholders.ts";
import { findStopTest } from "./stop_findings.ts";

const ORDER: readonly Level[] = ["problem", "note", "ok"];

/** All checks. Among findings of one level, those of earlier checks come first, as they may explain the others. */
const CHECKS: readonly ((seen: Observation) => Finding[])[] = [
  findEnding,
  findDisplays,
  findSignals,
  findStderr,
  findMalformed,
  findNearMisses,
  findBuffering,
  findProgress,
  findLeaks,
  findWarnings,
  findStopTest,
  findPlaceholders,
  findOddBytes,
  findTooShort,
];

/** The checks of a resident worker. Its process outlives its ranges: its end tells nothing of them. */
const RESIDENT_CHECKS: typeof CHECKS = [
  findUnstarted,
  findAnswers,
  findDisplays,
  findSignals,
  findStderr,
  findMalformed,
  findNearMisses,
  findRangeProgress,
  findExit,
  findLeaks,
  findWarnings,
  findOddBytes,
];

/** Returns the findings of all checks, the worst first. */
export function diagnose(seen: Observation): Finding[] {
  const checks = seen.resident === undefined ? CHECKS : RESIDENT_CHECKS;
  const findings = checks.flatMap((check) => check(seen));
  return findings.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}

/** Checks whether a resident worker was started. */
function findUnstarted(seen: Observation): Finding[] {
  return isUnstarted(seen) ? findEnding(seen) : [];
}

/** Checks whether the command gets the range of its items. */
function findPlaceholders({ template, range }: Observation): Finding[] {
  // Those of a list are added to the command if it does not name them.
  if (range.items !== undefined || sizeOf(range) === 1) return [];
  const named = namedRange(template);
  if (named === "whole" || template.some((arg) => arg.includes("EXECUTOR_"))) return [];
  if (named === "start") {
    return [
      finding("note", {
        title: "The command gets the start of its range, but not the end",
        advice: [
          "Add {end} or {count} to its arguments. If the command does one item only, use ranges of " +
          "one item in a run: -c 1.",
        ],
      }),
    ];
  }
  return [
    finding("note", {
      title: "The command does not get the range of its items",
      advice: [
        "Each worker would do the same items. Add {start} and {end} to its arguments, unless it " +
        "reads EXECUTOR_START and EXECUTOR_END from its environment.",
      ],
    }),
  ];
}

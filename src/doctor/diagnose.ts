/**
 * From what was seen to what is to be said of it.
 *
 * @module
 */
import { findEnding, findLeaks } from "./ending_findings.ts";
import { type Finding, finding, type Level } from "./finding.ts";
import { findHeldBack, findOddBytes, findTooShort } from "./flow_findings.ts";
import type { Observation } from "./observation.ts";
import { findProgress } from "./progress_findings.ts";
import { findMalformed, findNearMisses, findSpeech, findStderr } from "./speech_findings.ts";
import { findStopTest } from "./stop_findings.ts";

const ORDER: readonly Level[] = ["problem", "note", "ok"];

/** What is looked for; of findings that are equally bad, the one that explains the others comes first. */
const EXAMINATIONS: readonly ((seen: Observation) => Finding[])[] = [
  findEnding,
  findSpeech,
  findStderr,
  findMalformed,
  findNearMisses,
  findHeldBack,
  findProgress,
  findLeaks,
  findStopTest,
  findPlaceholders,
  findOddBytes,
  findTooShort,
];

/** All that is to be said of a worker, the worst first. */
export function diagnose(seen: Observation): Finding[] {
  const findings = EXAMINATIONS.flatMap((examine) => examine(seen));
  return findings.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
}

/** A command that does not say which items are meant. */
function findPlaceholders({ template }: Observation): Finding[] {
  const names = (pattern: RegExp) => template.some((arg) => pattern.test(arg));
  if (names(/\{end\}|\{count\}|EXECUTOR_/)) return [];
  if (names(/\{start\}/)) {
    return [
      finding("note", {
        title: "The command is told where its range begins, and not where that ends",
        advice: [
          "Add {end} or {count} to its arguments. A command that does one item only wants ranges of " +
          "one item: in a run, -c 1.",
        ],
      }),
    ];
  }
  return [
    finding("note", {
      title: "The command is not told which items it is to do",
      advice: [
        "Each worker would do the same. Add {start} and {end} to its arguments, unless it reads " +
        "EXECUTOR_START and EXECUTOR_END from its environment.",
      ],
    }),
  ];
}

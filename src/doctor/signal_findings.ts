/**
 * Findings on signals: missing, on stderr, malformed, or nearly right.
 *
 * @module
 */
import { SIGNAL_PREFIXES, type SignalPrefix } from "../model/protocol.ts";
import { plural } from "../reporters/wording.ts";
import { hasDisplay } from "./display_findings.ts";
import { type Advice, type Finding, finding, printedLines, sentence } from "./finding.ts";
import { flushAdvice, protocolAdvice } from "./command_advice.ts";
import { type Example, type LineSummary, type Observation, sizeOf } from "./observation.ts";

/** Returns the number of lines of one kind. */
export function total({ counts }: LineSummary): number {
  return SIGNAL_PREFIXES.reduce((sum, prefix) => sum + counts[prefix], 0);
}

/** Checks whether the worker printed signals. */
export function findSignals(seen: Observation): Finding[] {
  const { stdout, stderr, argv, range, stopped } = seen;
  const count = total(stdout.signals);
  if (count > 0) return [...reportedSignals(seen), ...withoutProgress(seen)];
  const isTried = [stdout.malformed, stdout.nearMisses, stderr.signals, stderr.nearMisses]
    .some((lines) => total(lines) > 0);
  if (isTried || hasDisplay(seen) || seen.resident !== undefined) return [];
  if (seen.exit === undefined || isCommandMissing(seen)) return [];
  const lines = stdout.lines;
  const title = lines === 0
    ? "It printed nothing on stdout"
    : `It printed ${plural(lines, "line")} on stdout, and no signal among them`;
  const isCutOff = stopped !== undefined || seen.exit.kind === "signaled";
  if (sizeOf(range) === 1) return [silentItem(title)];
  return [
    finding("problem", {
      title,
      advice: [
        "The grid shows what a worker prints on stdout in lines that begin with PROGRESS:, " +
        "STATUS: or MESSAGE:. Without them, its bar stays empty until it ends, and only its exit " +
        "code counts. Print, for instance:",
        ...protocolAdvice(argv),
        ...(isCutOff
          ? [
            "If it does print such lines, they were still in a buffer when it was ended.",
            ...flushAdvice(seen.template),
          ]
          : []),
      ],
    }),
  ];
}

/** A process of one item need not print anything. */
function silentItem(title: string): Finding {
  return finding("note", {
    title,
    advice: [
      "For a process of one item that is enough: the grid shows what it works on, and its exit " +
      "code counts. If it takes long, it can print what it is doing after MESSAGE: on stdout.",
    ],
  });
}

/** Returns whether a shell or env could not run the command. */
function isCommandMissing({ exit, stdout }: Observation): boolean {
  return exit?.kind === "exited" && (exit.code === 126 || exit.code === 127) && stdout.lines === 0;
}

function reportedSignals({ stdout: { signals } }: Observation): Finding[] {
  const parts = SIGNAL_PREFIXES.filter((prefix) => signals.counts[prefix] > 0)
    .map((prefix) => `${prefix} ${times(signals.counts[prefix])}`);
  return [finding("ok", { title: `It printed ${parts.join(", ")}` })];
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function withoutProgress(seen: Observation): Finding[] {
  const { stdout, stderr, argv, range } = seen;
  const isTried = [stdout.signals, stdout.malformed, stdout.nearMisses, stderr.signals]
    .some(({ counts }) => counts.PROGRESS > 0);
  if (isTried || hasDisplay(seen) || sizeOf(range) === 1) return [];
  return [
    finding("note", {
      title: "It never prints PROGRESS: its bar stays empty until it ends",
      advice: [
        "Print how many items of its range are done:",
        ...protocolAdvice(argv).slice(0, 1),
      ],
    }),
  ];
}

/** Checks for signals on stderr, where they count as log lines. */
export function findStderr({ stdout, stderr, argv }: Observation): Finding[] {
  const { signals, malformed, nearMisses } = stderr;
  const exact = total(signals) + total(malformed);
  const isSilent = total(stdout.signals) === 0;
  // If there are signals on stdout, similar lines on stderr are a log, such as that of sh -x.
  const near = isSilent ? total(nearMisses) : 0;
  if (exact + near === 0) return [];
  const isMissing = SIGNAL_PREFIXES.some((prefix) =>
    signals.counts[prefix] > 0 && stdout.signals.counts[prefix] === 0
  );
  const look = exact + near === 1
    ? "looks like a signal: there, it counts as a log line"
    : "look like signals: there, they count as log lines";
  return [
    finding(isSilent || isMissing ? "problem" : "note", {
      title: `${plural(exact + near, "line")} on stderr ${look}`,
      advice: [
        ...(exact > 0 ? [...explained(signals), ...explained(malformed)] : explained(nearMisses)),
        "Print them on stdout. In Python: print(…) without file=sys.stderr, and not by logging, " +
        "which writes to stderr; in sh: echo without >&2; in Node: console.log in place of " +
        "console.error; in C: printf in place of fprintf(stderr, …).",
        ...(isSilent ? protocolAdvice(argv) : []),
      ],
    }),
  ];
}

/** Checks for known prefixes with values that cannot be read. */
export function findMalformed({ stdout: { malformed } }: Observation): Finding[] {
  const count = total(malformed);
  if (count === 0) return [];
  const title = count === 1
    ? "The value of 1 line with a known prefix cannot be read: it counts as a log line"
    : `The values of ${count} lines with a known prefix cannot be read: they count as log lines`;
  return [finding("problem", { title, advice: explained(malformed) })];
}

/** Checks for lines that look like signals. */
export function findNearMisses({ stdout: { nearMisses, signals } }: Observation): Finding[] {
  const count = total(nearMisses);
  if (count === 0) return [];
  const isMissing = (prefix: SignalPrefix) =>
    nearMisses.counts[prefix] > 0 && signals.counts[prefix] === 0;
  const fault = count === 1
    ? "is nearly a signal: it counts as a log line"
    : "are nearly signals: they count as log lines";
  return [
    finding(SIGNAL_PREFIXES.some(isMissing) ? "problem" : "note", {
      title: `${plural(count, "line")} on stdout ${fault}`,
      advice: explained(nearMisses),
    }),
  ];
}

/** Quotes examples with their explanation, grouped by it. */
function explained(sightings: LineSummary): (Advice | string)[] {
  const { examples } = sightings;
  const groups = Map.groupBy(examples, ({ why }: Example) => why);
  const more = total(sightings) - examples.length;
  return [
    ...Array.from(groups).flatMap(([why, lines]) => [
      ...printedLines(...lines.map(({ line }) => line)),
      ...(why === undefined ? [] : [sentence(why)]),
    ]),
    ...(more > 0 ? [`And ${plural(more, "more line", "more lines")}.`] : []),
  ];
}

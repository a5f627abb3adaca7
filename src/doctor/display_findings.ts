/**
 * Findings on progress in other forms than signals, which `--progress-pattern` reads.
 *
 * @module
 */
import { quote } from "../base/shell.ts";
import type { Reading } from "../output/protocol/recognition.ts";
import { type Advice, code, type Finding, finding, printedLines } from "./finding.ts";
import type { Observation } from "./observation.ts";

/** The number of shares from which on a line of a common form is more than an accident. */
const MIN_SHARES = 3;

/** Returns whether a pattern was given, or that of a known program reads the progress of the worker. */
export function hasDisplay({ stdout, displays: { given, known } }: Observation): boolean {
  return given !== undefined || (known !== undefined && stdout.signals.counts.PROGRESS === 0);
}

/** Checks whether a pattern reads what the worker prints. */
export function findDisplays(seen: Observation): Finding[] {
  const { given, known } = seen.displays;
  if (given !== undefined) return findGiven(seen, given);
  if (!hasDisplay(seen)) return findCommon(seen);
  const { option, stream } = known!;
  return [
    finding("problem", {
      title: `It shows its progress on ${stream} as ${option} does: a run shows it too, with ` +
        `--progress-pattern ${option}`,
      advice: [
        ...printedLines(known!.example),
        readTo(known!),
        ...command(option),
      ],
    }),
  ];
}

function findGiven(
  seen: Observation,
  { option, reading }: NonNullable<Observation["displays"]["given"]>,
): Finding[] {
  const flag = `--progress-pattern ${quote(option)}`;
  if (reading !== undefined) {
    const range = spanOf(reading);
    const said = range === undefined ? "what it prints" : `its progress, ${range}`;
    return [finding("ok", { title: `${flag} reads ${said}` })];
  }
  const { known } = seen.displays;
  return [
    finding("problem", {
      title: `${flag} reads no line of what it printed`,
      advice: known === undefined
        ? [
          "Many programs print less into a pipe than to a terminal, or need an option to print " +
          "their progress: docs/progress.md names it for each known program.",
        ]
        : [
          `It shows its progress as ${known.option} does.`,
          ...printedLines(known.example),
          ...command(known.option),
        ],
    }),
  ];
}

/** Checks for progress in a common form, if the worker prints nothing that it could mean as a signal. */
function findCommon(seen: Observation): Finding[] {
  const { stdout, stderr, displays: { common } } = seen;
  const kinds = [stdout.signals, stdout.malformed, stdout.nearMisses, stderr.signals];
  const isTried = kinds.some(({ counts }) => counts.PROGRESS > 0);
  if (common === undefined || isTried || common.shares < MIN_SHARES) return [];
  const { first = 0, last = 0 } = common;
  if (last <= first) return [];
  return [
    finding("note", {
      title: `Its lines on ${common.stream} may be progress: a regular expression can read them`,
      advice: [
        ...printedLines(common.example),
        readTo(common),
        ...command(common.option),
      ],
    }),
  ];
}

function readTo(reading: Reading): string {
  const range = spanOf(reading);
  return range === undefined
    ? "It tells no share, so that a run shows this as a message."
    : `Read so, its progress went ${range}.`;
}

function spanOf({ first, last }: Reading): string | undefined {
  if (first === undefined || last === undefined) return undefined;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return `from ${percent(first)} to ${percent(last)}`;
}

/** Tells which option to give. */
function command(option: string): (Advice | string)[] {
  return ["Add this to the options of the run:", ...code(`--progress-pattern ${quote(option)}`)];
}

/**
 * Findings on buffered output, long lines and bytes that are not UTF-8.
 *
 * @module
 */
import { plural } from "../reporters/wording.ts";
import { type Finding, finding, formatTime } from "./finding.ts";
import { flushAdvice } from "./command_advice.ts";
import type { Observation } from "./observation.ts";

/** The shortest run that shows whether output is buffered. */
const MIN_DURATION_MS = 1_000;
/** The share of the signals in the last moment that counts as nearly all. */
const NEARLY_ALL = 0.9;
/** The usual size of a buffer, in bytes. */
const BLOCK_BYTES = 4096;
/** The smallest number of signals that shows whether they were buffered. */
const MIN_SIGNALS = 3;
/** The time between two blocks from which on a person sees them: the grid is drawn ten times a second. */
const SLOW_BLOCK_MS = 100;

/** Checks whether signals arrive when they are printed, or are buffered. */
export function findBuffering(seen: Observation): Finding[] {
  const { durationMs, template, arrivals: { signals, late, blocks, chunks } } = seen;
  const count = signals.early + signals.late;
  if (durationMs < MIN_DURATION_MS || count === 0) return [];
  const inBlocks = blocks > 1 && chunks - blocks <= 2 && durationMs / blocks > SLOW_BLOCK_MS;
  if (inBlocks) {
    return [
      finding("problem", {
        title: "Its output comes in blocks, not line by line: the grid jumps",
        advice: [
          `Its stdout came in ${chunks} pieces, most of them cut in the middle of a line: it is ` +
          "buffered in blocks, as usual when stdout is not a terminal.",
          ...flushAdvice(template),
        ],
      }),
    ];
  }
  if (signals.late < NEARLY_ALL * count) {
    return [finding("ok", { title: "Its output comes while it works, not all at its end" })];
  }
  const isOnePiece = late.chunks <= 1 + Math.ceil(late.bytes / BLOCK_BYTES);
  return isOnePiece && count >= MIN_SIGNALS ? [bufferedUntilExit(seen)] : lateSignals(seen);
}

function bufferedUntilExit({ durationMs, template, arrivals: { signals } }: Observation): Finding {
  const late = signals.early === 0 ? "All" : `${signals.late}`;
  const all = signals.early + signals.late;
  const time = formatTime(durationMs);
  return finding("problem", {
    title: `${late} of its ${all} signals came in one piece as it ended, after ${time}: the grid ` +
      "shows nothing until then",
    advice: [
      "Its stdout is buffered in blocks, as usual when stdout is not a terminal.",
      ...flushAdvice(template),
      "If it really does all its items in its last moment, it is too fast to be watched: try " +
      "more items, with a larger -n.",
    ],
  });
}

/** Checks signals that came late, but not from a buffer. A status alone is expected at the end. */
function lateSignals({ durationMs, stdout: { signals }, template }: Observation): Finding[] {
  if (signals.counts.PROGRESS + signals.counts.MESSAGE === 0) return [];
  return [
    finding("note", {
      title: `It printed no signal until its last moment, after ${formatTime(durationMs)}`,
      advice: [
        "Until then the grid shows nothing of it. Print PROGRESS after each item, and MESSAGE " +
        "before each long step. If it does so already, its output is buffered.",
        ...flushAdvice(template),
      ],
    }),
  ];
}

/** Names the checks that need a longer run. */
export function findTooShort({ durationMs, range, stop, exit, stopped }: Observation): Finding[] {
  if (exit?.kind !== "exited" || stopped !== undefined) return [];
  const open = [
    ...(durationMs < MIN_DURATION_MS ? ["whether its output comes at once or is held back"] : []),
    ...(stop.kind === "skipped" && stop.why === "short" ? ["whether it ends when asked to"] : []),
  ];
  if (open.length === 0) return [];
  return [
    finding("note", {
      title: `It ran for only ${formatTime(durationMs)}, so this was not tested: ${
        open.join("; ")
      }`,
      advice: [
        "It must run for a second or more. " + longer(range),
      ],
    }),
  ];
}

/** Tells how to make it run longer. */
function longer({ items, totalItems }: Observation["range"]): string {
  if (items !== undefined || totalItems === undefined) return "Try an item that takes longer.";
  return `Give it more items: -n ${10 * totalItems}`;
}

/** Checks for lines that are too long and for bytes that are not UTF-8. */
export function findOddBytes({ stdout, stderr }: Observation): Finding[] {
  const dropped = stdout.droppedBytes + stderr.droppedBytes;
  const replaced = stdout.replaced + stderr.replaced;
  const findings: Finding[] = [];
  if (dropped > 0) {
    findings.push(finding("note", {
      title: `${plural(dropped, "byte")} of lines longer than 64 KiB were dropped`,
      advice: [
        "A line ends with a newline (\\n). Write large data to a file.",
      ],
    }));
  }
  if (replaced > 0) {
    findings.push(finding("note", {
      title: `${plural(replaced, "line")} held bytes that are not UTF-8: they show as \ufffd`,
      advice: [
        "Print UTF-8. In most languages: LC_ALL=C.UTF-8 in the environment; in Python: " +
        "PYTHONUTF8=1.",
      ],
    }));
  }
  return findings;
}

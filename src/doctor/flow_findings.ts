/**
 * What is to be said of when a worker's words come, and of their bytes.
 *
 * @module
 */
import { plural } from "../reporters/wording.ts";
import { type Finding, finding, formatTime } from "./finding.ts";
import { howToFlush } from "./command_advice.ts";
import type { Observation } from "./observation.ts";

/** In less time, all comes at once in any case. */
const TELLING_MS = 1_000;
/** The share of its words in the last moment that is nearly all. */
const NEARLY_ALL = 0.9;
/** What a buffer of the usual size holds, in bytes. */
const BLOCK_BYTES = 4096;
/** Fewer signals than these tell nothing by coming together. */
const MIN_SIGNALS = 3;
/** Blocks that follow each other faster than this are seen by nobody: the grid is drawn ten times a second. */
const SLOW_BLOCK_MS = 100;

/** Whether its words come as it says them, or are held back. */
export function findHeldBack(seen: Observation): Finding[] {
  const { durationMs, template, arrivals: { signals, late, blocks, pieces } } = seen;
  const count = signals.early + signals.late;
  if (durationMs < TELLING_MS || count === 0) return [];
  const inBlocks = blocks > 1 && pieces - blocks <= 2 && durationMs / blocks > SLOW_BLOCK_MS;
  if (inBlocks) {
    return [
      finding("problem", {
        title: "Its words come in blocks, not line by line: the grid jumps",
        advice: [
          `Its stdout came in ${pieces} pieces, most of them cut in the middle of a line: it is ` +
          "buffered in blocks, as usual when stdout is not a terminal.",
          ...howToFlush(template),
        ],
      }),
    ];
  }
  if (signals.late < NEARLY_ALL * count) {
    return [finding("ok", { title: "Its words come while it works, not all at its end" })];
  }
  const isOnePiece = late.pieces <= 1 + Math.ceil(late.bytes / BLOCK_BYTES);
  return isOnePiece && count >= MIN_SIGNALS ? [heldBack(seen)] : lateSpeech(seen);
}

function heldBack({ durationMs, template, arrivals: { signals } }: Observation): Finding {
  const late = signals.early === 0 ? "All" : `${signals.late}`;
  const all = signals.early + signals.late;
  const time = formatTime(durationMs);
  return finding("problem", {
    title: `${late} of its ${all} signals came in one piece as it ended, after ${time}: the grid ` +
      "shows nothing until then",
    advice: [
      "It holds its words back: its stdout is buffered in blocks, as usual when it is not a " +
      "terminal.",
      ...howToFlush(template),
      "If it really does all its items in its last moment, it is too quick to be watched: try " +
      "more items, with a larger -n.",
    ],
  });
}

/** Words that came late, and not as a buffer lets them go; a status alone belongs there. */
function lateSpeech({ durationMs, stdout: { signals }, template }: Observation): Finding[] {
  if (signals.counts.PROGRESS + signals.counts.MESSAGE === 0) return [];
  return [
    finding("note", {
      title: `It said nothing until its last moment, after ${formatTime(durationMs)}`,
      advice: [
        "Until then the grid shows nothing of it. Let it print PROGRESS after each item, and a " +
        "MESSAGE before what takes long. If it does so already, its words are held back.",
        ...howToFlush(template),
      ],
    }),
  ];
}

/** What could not be seen in so short a time. */
export function findTooShort({ durationMs, range, stop, exit, stopped }: Observation): Finding[] {
  if (exit?.kind !== "exited" || stopped !== undefined) return [];
  const open = [
    ...(durationMs < TELLING_MS ? ["whether its words come at once or are held back"] : []),
    ...(stop.kind === "skipped" && stop.why === "short" ? ["whether it ends when asked to"] : []),
  ];
  if (open.length === 0) return [];
  return [
    finding("note", {
      title: `It ran for only ${formatTime(durationMs)}, so this was not tested: ${
        open.join("; ")
      }`,
      advice: [
        `It must be at work for a second or more. Give it more items: -n ${10 * range.totalItems}`,
      ],
    }),
  ];
}

/** Lines that are too long, bytes that are not UTF-8. */
export function findOddBytes({ stdout, stderr }: Observation): Finding[] {
  const dropped = stdout.droppedBytes + stderr.droppedBytes;
  const replaced = stdout.replaced + stderr.replaced;
  const findings: Finding[] = [];
  if (dropped > 0) {
    findings.push(finding("note", {
      title: `${plural(dropped, "byte")} of lines longer than 64 KiB were dropped`,
      advice: [
        "A line ends with a newline (\\n). Large data belongs into a file.",
      ],
    }));
  }
  if (replaced > 0) {
    findings.push(finding("note", {
      title: `${plural(replaced, "line")} held bytes that are not UTF-8: they show as \ufffd`,
      advice: [
        "Let it print UTF-8. In most languages: LC_ALL=C.UTF-8 in its environment; in Python: " +
        "PYTHONUTF8=1.",
      ],
    }));
  }
  return findings;
}

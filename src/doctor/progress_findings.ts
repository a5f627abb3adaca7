/**
 * Findings on progress: beyond the range, backwards, short of the range.
 *
 * @module
 */
import { isDone } from "../model/statuses.ts";
import { formatItems, plural } from "../reporters/wording.ts";
import { type Finding, finding } from "./finding.ts";
import { type DoctorRange, type Observation, type ProgressFacts, sizeOf } from "./observation.ts";

/** Checks the progress that the worker reported. */
export function findProgress(seen: Observation): Finding[] {
  const { range, stdout: { progress } } = seen;
  if (progress === undefined) return [];
  const wrong = [
    ...beyond(range, progress),
    ...backwards(progress),
    ...short(seen, progress),
  ];
  const size = sizeOf(range);
  if (wrong.length > 0 || progress.last < size) return wrong;
  if (size > 1 && progress.first === size) {
    return [
      finding("note", {
        title: "It reports progress only when all is done: its bar is empty, then full",
        advice: ["Print PROGRESS after each item, or after every few."],
      }),
    ];
  }
  const title = `Its progress went from ${progress.first} to ${size}, of ${plural(size, "item")}`;
  return [finding("ok", { title })];
}

function beyond(range: DoctorRange, progress: ProgressFacts): Finding[] {
  const size = sizeOf(range);
  if (progress.max <= size) return [];
  const reported = progress.min === progress.max
    ? `${progress.max}`
    : `${progress.min} to ${progress.max}`;
  return [
    finding("problem", {
      title: `Its progress goes beyond its range: it reported ${reported}, of ${
        plural(size, "item")
      }`,
      advice: [guessCount(range, progress), rule(range)],
    }),
  ];
}

/** Guesses the meaning of numbers that go beyond the range. */
function guessCount({ startIndex, endIndex, totalItems }: DoctorRange, progress: ProgressFacts) {
  const { first, last, min, max } = progress;
  if (startIndex > 0 && min >= startIndex && max <= endIndex) {
    return "These look like the numbers of the items: it must count from the start of its range. " +
      `Subtract the first number of the range, {start}: here ${startIndex}.`;
  }
  const isAll = totalItems !== undefined && (max === totalItems || max === totalItems - 1);
  if (startIndex > 0 && first <= 1 && isAll) {
    return `It looks as if it worked on all ${totalItems} items, not only on those of its range: it ` +
      "must begin at {start} and end before {end} (in its environment: EXECUTOR_START, " +
      "EXECUTOR_END).";
  }
  if (max <= 100 && last >= 90) {
    return "These look like per cent: it must report how many items are done.";
  }
  return "It may count something else than items: lines, bytes, or the items of all workers.";
}

function rule(range: DoctorRange): string {
  const { startIndex, endIndex } = range;
  const size = sizeOf(range);
  return `PROGRESS is how many items of the range are done: of ${
    formatItems(startIndex, endIndex)
  }, ` +
    (size === 1
      ? "PROGRESS: 1 at the end."
      : `PROGRESS: 1 after the first, PROGRESS: ${size} at the end.`);
}

function backwards({ backwards, firstBackwards }: ProgressFacts): Finding[] {
  if (firstBackwards === undefined) return [];
  const { from, to } = firstBackwards;
  const times = backwards === 1 ? "" : `, the first of ${backwards} times`;
  return [
    finding("problem", {
      title: `Its progress goes backwards: from ${from} to ${to}${times}`,
      advice: [
        "PROGRESS is how many items are done so far: it never gets less. If there are several " +
        "counters, one per step or per thread, add them up and print the sum.",
      ],
    }),
  ];
}

function short({ range, status, stdout, exit }: Observation, progress: ProgressFacts): Finding[] {
  const size = sizeOf(range);
  const { first, last, max } = progress;
  const isUnread = stdout.malformed.counts.PROGRESS + stdout.nearMisses.counts.PROGRESS > 0;
  if (exit === undefined || !isDone(status) || max >= size || isUnread) return [];
  return [
    finding("problem", {
      title: `It ended well with its progress at ${last} of ${plural(size, "item")}`,
      advice: [
        guessShort(size, { first, last }),
        "Its range counts as done nevertheless. With --strict, it would be FAILED, as incomplete.",
      ],
    }),
  ];
}

function guessShort(size: number, { first, last }: { first: number; last: number }): string {
  if (last === size - 1 && first === 0) {
    return "It seems to report the number of the item, from 0: print PROGRESS after each item, with " +
      "that item counted (n + 1).";
  }
  if (last === 100) return "This looks like per cent: PROGRESS must be how many items are done.";
  return "Either some items were left out, or it does not count them all: print PROGRESS after each " +
    `item, so that the last one is PROGRESS: ${size}. If it prints PROGRESS only now and then, it ` +
    "must print it once more at the end.";
}

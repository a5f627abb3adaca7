/**
 * Verdict on a run: a word and a sentence. Executor and page share this module.
 *
 * @module
 */
import { countDone } from "../../model/statuses.ts";
import { formatPercent, plural, stopText } from "../../reporters/wording.ts";
import type { Mark, RunFacts } from "./history.ts";

/** A word that sums a run up, and a sentence that explains it. */
export interface Verdict {
  /** Good or bad news, or not known yet. */
  readonly tone: "good" | "bad" | "open";
  readonly word: "DONE" | "FAILED" | "STOPPED" | "LOST" | "STOPPING" | "SUSPENDED" | "RUNNING";
  readonly sentence: string;
}

/** Judges a run as far as it has come. */
export function judge(facts: RunFacts): Verdict {
  const { phase, counts, ranges, areRangesKnown, totalItems, isSuspended } = facts;
  const stopped = currentStop(facts);
  const done = countDone(counts);
  if (phase === "running") {
    const sentence = `${doneText(facts)} so far`;
    if (isSuspended) return { tone: "open", word: "SUSPENDED", sentence };
    if (stopped === undefined) return { tone: "open", word: "RUNNING", sentence };
    return { tone: "open", word: "STOPPING", sentence: `${stopped}: ${sentence}` };
  }
  if (phase === "lost") {
    const sentence = `the record breaks off before the end: ${doneText(facts)}`;
    return { tone: "bad", word: "LOST", sentence };
  }
  if (done === ranges && areRangesKnown) {
    return { tone: "good", word: "DONE", sentence: `all ${plural(totalItems, "item")} done` };
  }
  const unit = facts.hasOneItemEach ? "item" : "range";
  const missing = done < ranges
    ? `${ranges - done} of ${plural(ranges, unit)} not done`
    : "not all items were read";
  return stopped === undefined
    ? { tone: "bad", word: "FAILED", sentence: missing }
    : { tone: "bad", word: "STOPPED", sentence: `${stopped}: ${missing}` };
}

/** Describes what stopped the last run. Returns undefined if nothing did. */
function currentStop({ marks, sessions }: RunFacts): string | undefined {
  const stop = marks.findLast(({ kind }) => kind === "stopping");
  if (stop?.kind !== "stopping" || stop.at < (sessions.at(-1)?.startedAt ?? 0)) return undefined;
  return stopText(stop.cause);
}

/** Describes a mark. */
export function markText(mark: Mark): string {
  switch (mark.kind) {
    case "stopping":
      return `${stopText(mark.cause)} (${mark.how})`;
    case "resized":
      return plural(mark.numWorkers, "worker");
    default:
      return mark.kind;
  }
}

/** Describes how many items are done. */
function doneText({ doneItems, totalItems, areRangesKnown }: RunFacts): string {
  if (!areRangesKnown) return `${plural(doneItems, "item")} done, of ${totalItems} or more`;
  const share = formatPercent(doneItems, totalItems);
  return `${doneItems} of ${plural(totalItems, "item")} done (${share})`;
}

/**
 * Overview of a run: the head of the page, the totals, and the remarks.
 *
 * @module
 */
import { countDone } from "../../../model/statuses.ts";
import type { RunHistory } from "../../history/history.ts";
import { counterTexts, formatDuration, formatItems, plural } from "../../../reporters/wording.ts";
import { computeTotals, type RunTotals } from "../../history/totals.ts";
import { judge, markText } from "../../history/verdict.ts";
import { byId, el, setText } from "./dom.ts";
import {
  formatCommand,
  formatCount,
  formatFigure,
  formatMoment,
  formatRangesNote,
  formatShare,
  formatSpan,
  formatTimeOfDay,
} from "./figures.ts";
import { breakText } from "./timeline.ts";

/** Shows verdict, totals and remarks of a run. */
export function showOverview(history: RunHistory): void {
  const verdict = judge(history);
  const totals = computeTotals(history);
  document.title = `${verdict.word} – ${history.title}`;
  document.documentElement.dataset.tone = verdict.tone;
  setText(byId("title"), history.title);
  setText(byId("word"), verdict.word);
  setText(byId("sentence"), verdict.sentence);
  byId("command").hidden = history.command === undefined;
  setText(byId("command-line"), formatCommand(history.command ?? []));
  setText(byId("started"), timesText(history));
  const progress = byId("progress");
  progress.hidden = history.phase !== "running";
  progress.setAttribute("max", `${Math.max(1, history.totalItems)}`);
  progress.setAttribute("value", `${history.doneItems}`);
  showCards(cardsOf(history, totals));
  setText(byId("straggler"), stragglerText(totals));
  showRemarks(remarksOf(history));
}

/** Tells when the job began, and when it ended or will end. */
function timesText({ startedAt, endedAt, phase, eta }: RunHistory): string {
  const started = `Started ${formatMoment(startedAt)}`;
  if (phase === "running" && eta !== undefined) {
    const end = formatTimeOfDay(Date.now() + eta);
    return `${started}, ends in about ${formatDuration(eta)}, at ${end}`;
  }
  if (phase !== "ended" || endedAt === undefined) return started;
  return `${started}, ended ${formatMoment(endedAt)}`;
}

/** A figure with its name and a note. */
interface Card {
  readonly name: string;
  readonly figure: string;
  readonly note: string;
}

/** Returns the totals as cards. */
function cardsOf(history: RunHistory, totals: RunTotals): Card[] {
  return [...cardsOfWork(history, totals), ...cardsOfTime(history, totals)];
}

/** Returns the cards about items, ranges and attempts. */
function cardsOfWork(history: RunHistory, totals: RunTotals): Card[] {
  const { counts, areRangesKnown, doneItems, totalItems } = history;
  const orMore = areRangesKnown ? "" : " or more";
  const { itemsPerSecond, retries, failedAttempts } = totals;
  return [
    {
      name: "Items done",
      figure: formatCount(doneItems),
      note: `of ${formatCount(totalItems)}${orMore}`,
    },
    {
      name: "Ranges done",
      figure: formatCount(countDone(counts)),
      note: formatRangesNote(history),
    },
    {
      name: "Attempts",
      figure: formatCount(totals.attempts),
      note: `${plural(retries, "retry", "retries")}, ${formatCount(failedAttempts)} failed`,
    },
    cardOfRate(history, itemsPerSecond),
  ];
}

/** Returns the card of the rate: that of the last time while the run goes on, and otherwise that of the whole. */
function cardOfRate({ rate, phase }: RunHistory, mean: number | undefined): Card {
  const name = "Items per second";
  const meanText = mean === undefined ? "–" : formatFigure(mean);
  return phase === "running" && rate !== undefined
    ? { name, figure: formatFigure(rate), note: `lately; ${meanText} on average` }
    : { name, figure: meanText, note: "on average" };
}

/** Returns the cards about time. */
function cardsOfTime({ sessions }: RunHistory, totals: RunTotals): Card[] {
  const { wallMs, busyMs, efficiency, longest } = totals;
  const workers = Math.max(0, ...sessions.map(({ numWorkers }) => numWorkers));
  return [
    { name: "Wall time", figure: formatSpan(wallMs), note: plural(workers, "worker") },
    { name: "Busy time", figure: formatSpan(busyMs), note: "of all workers" },
    {
      name: "Parallel efficiency",
      figure: efficiency === undefined ? "–" : formatShare(efficiency),
      note: "busy ÷ (wall × workers)",
    },
    {
      name: "Longest range",
      figure: longest === undefined ? "–" : formatSpan(longest.ms),
      note: longest === undefined
        ? ""
        : `range ${longest.range}; median ${formatSpan(longest.medianMs)}`,
    },
  ];
}

/** Shows the cards; elements that exist are reused. */
function showCards(cards: readonly Card[]): void {
  const list = byId("totals");
  if (list.children.length !== cards.length) {
    const parts = () => [el("dt"), el("dd", { class: "figure" }), el("dd", { class: "note" })];
    list.replaceChildren(
      ...cards.map(() => el("div", { class: "card", children: parts() })),
    );
  }
  for (const [index, { name, figure, note }] of cards.entries()) {
    const parts = list.children[index]!.children;
    for (const [part, text] of [name, figure, note].entries()) setText(parts[part]!, text);
  }
}

/** Describes the straggler. Returns an empty string if there is none. */
function stragglerText({ straggler, longest }: RunTotals): string {
  if (straggler === undefined) return "";
  const { attempt, aloneMs, idleMs } = straggler;
  const { worker, range, startIndex, endIndex, endedAt } = attempt;
  const isOpen = endedAt === undefined;
  // While several workers are running, none of them holds up the run.
  if (isOpen && aloneMs === 0) return "";
  const what = `range ${range} (${formatItems(startIndex, endIndex)})`;
  const ended = isOpen
    ? `Straggler so far: worker ${worker} is at work on ${what}`
    : `Straggler: worker ${worker} ended last, with ${what}, ${
      formatSpan(aloneMs)
    } after all others`;
  const idle = `; the others ${isOpen ? "have stood" : "stood"} idle for ${
    formatSpan(idleMs)
  } in all`;
  const factor = longest !== undefined && longest.range === range && longest.medianMs > 0
    ? ` It is the range that took longest: ${
      formatFigure(longest.ms / longest.medianMs)
    } times the median.`
    : "";
  return `${ended}${idle}.${factor}`;
}

/** Returns what was done to the run, what was irregular, and the warnings. */
function remarksOf(history: RunHistory): string[] {
  const broken = history.sessions.filter(({ isLost }) => isLost).length;
  return [
    ...(history.hasEndsOnly
      ? [
        "This record has the ends of ranges and the failures only: it has no progress, and no logs of what ended well",
      ]
      : []),
    ...history.marks.map((mark) => `${markText(mark)}, at ${formatSpan(mark.at)}`),
    ...history.breaks.map((gap) =>
      `${breakText(gap)}, at ${formatSpan(gap.at)}: left out of all times`
    ),
    ...(broken > 0
      ? [`${plural(broken, "run")} broke off: attempts that were running then are LOST`]
      : []),
    ...counterTexts(history.counters),
    ...history.warnings,
  ];
}

/** Shows the remarks, or hides their section if there are none. */
function showRemarks(remarks: readonly string[]): void {
  byId("remarks-section").hidden = remarks.length === 0;
  const list = byId("remarks");
  if (list.dataset.shown === JSON.stringify(remarks)) return;
  list.dataset.shown = JSON.stringify(remarks);
  list.replaceChildren(...remarks.map((text) => el("li", { text })));
}

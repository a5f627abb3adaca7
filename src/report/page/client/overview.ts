/**
 * The head of the page, the totals, and what is to be remarked.
 *
 * @module
 */
import { countDone, countFailed } from "../../../model/statuses.ts";
import type { RunHistory } from "../../history/history.ts";
import { formatItems, plural } from "../../../reporters/wording.ts";
import { counterTexts } from "../../../reporters/wording.ts";
import { computeTotals, type RunTotals } from "../../history/totals.ts";
import { judge, markText } from "../../history/verdict.ts";
import { byId, el, page, type PageElement, setText } from "./dom.ts";
import {
  formatCommand,
  formatCount,
  formatFigure,
  formatMoment,
  formatShare,
  formatSpan,
} from "./figures.ts";
import { breakText } from "./timeline.ts";

/** Shows what a run comes to. */
export function showSummary(history: RunHistory): void {
  const verdict = judge(history);
  const totals = computeTotals(history);
  page().title = `${verdict.word} – ${history.title}`;
  page().documentElement.dataset.tone = verdict.tone;
  setText(byId("title"), history.title);
  setText(byId("word"), verdict.word);
  setText(byId("sentence"), verdict.sentence);
  byId("command").hidden = history.command === undefined;
  setText(byId("command-line"), formatCommand(history.command ?? []));
  setText(byId("started"), `Started ${formatMoment(history.startedAt)}`);
  const progress = byId("progress");
  progress.hidden = history.phase !== "running";
  progress.setAttribute("max", `${Math.max(1, history.totalItems)}`);
  progress.setAttribute("value", `${history.doneItems}`);
  showCards(cardsOf(history, totals));
  setText(byId("straggler"), stragglerText(totals));
  showRemarks(remarksOf(history));
}

/** A figure, and what is to be said about it. */
export interface Card {
  readonly name: string;
  readonly figure: string;
  readonly note: string;
}

/** The totals as cards. */
export function cardsOf(history: RunHistory, totals: RunTotals): Card[] {
  return [...cardsOfWork(history, totals), ...cardsOfTime(history, totals)];
}

/** How much was done. */
export function cardsOfWork(history: RunHistory, totals: RunTotals): Card[] {
  const { counts, ranges, areRangesKnown, doneItems, totalItems } = history;
  const orMore = areRangesKnown ? "" : " or more";
  const { itemsPerSecond, retries, failedAttempts } = totals;
  const failed = countFailed(counts);
  return [
    {
      name: "Items done",
      figure: formatCount(doneItems),
      note: `of ${formatCount(totalItems)}${orMore}`,
    },
    {
      name: "Ranges done",
      figure: formatCount(countDone(counts)),
      note: `of ${formatCount(ranges)}${orMore}${
        failed > 0 ? `, ${formatCount(failed)} failed` : ""
      }`,
    },
    {
      name: "Attempts",
      figure: formatCount(totals.attempts),
      note: `${plural(retries, "retry", "retries")}, ${formatCount(failedAttempts)} failed`,
    },
    {
      name: "Items per second",
      figure: itemsPerSecond === undefined ? "–" : formatFigure(itemsPerSecond),
      note: "on average",
    },
  ];
}

/** How long it took. */
export function cardsOfTime({ sessions }: RunHistory, totals: RunTotals): Card[] {
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

/** Shows the cards; those that are there are written anew. */
export function showCards(cards: readonly Card[]): void {
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

/** Who held the run back, in a sentence. */
export function stragglerText({ straggler, longest }: RunTotals): string {
  if (straggler === undefined) return "";
  const { attempt, aloneMs, idleMs } = straggler;
  const { worker, range, startIndex, endIndex, endedAt } = attempt;
  const isOpen = endedAt === undefined;
  // As long as several are at work, none holds the others back.
  if (isOpen && aloneMs === 0) return "";
  const what = `range ${range} (${formatItems(startIndex, endIndex)})`;
  const ended = isOpen
    ? `Straggler so far: worker ${worker} is at work on ${what}`
    : `Straggler: worker ${worker} ended last, with ${what}, ${
      formatSpan(aloneMs)
    } after all others`;
  const idle = `${isOpen ? "; the others have stood" : "; the others stood"} idle for ${
    formatSpan(idleMs)
  } in all`;
  const factor = longest !== undefined && longest.range === range && longest.medianMs > 0
    ? ` It is the range that took longest: ${
      formatFigure(longest.ms / longest.medianMs)
    } times the median.`
    : "";
  return `${ended}${idle}.${factor}`;
}

/** What went otherwise than it should, and what is to be known to read the rest. */
export function remarksOf(history: RunHistory): string[] {
  const broken = history.sessions.filter(({ isLost }) => isLost).length;
  return [
    ...history.marks.map((mark) => `${markText(mark)}, at ${formatSpan(mark.at)}`),
    ...history.breaks.map((gap) =>
      `${breakText(gap)}, at ${formatSpan(gap.at)}: left out of all times`
    ),
    ...(broken > 0 ? [`${plural(broken, "run")} broke off: what was at work then is LOST`] : []),
    ...counterTexts(history.counters),
    ...history.warnings,
  ];
}

/** Shows the remarks, and their section if there are any. */
export function showRemarks(remarks: readonly string[]): void {
  byId("remarks-section").hidden = remarks.length === 0;
  const list: PageElement = byId("remarks");
  if (list.dataset.shown === JSON.stringify(remarks)) return;
  list.dataset.shown = JSON.stringify(remarks);
  list.replaceChildren(...remarks.map((text) => el("li", { text })));
}

/**
 * The failures with their last words: ranges that are not done first, then attempts after which the range was tried again.
 *
 * @module
 */
import { isFailed } from "../../../model/statuses.ts";
import type { FailureGroup, RunHistory } from "../../history/history.ts";
import { formatItems, formatRange, plural } from "../../../reporters/wording.ts";
import { byId, el, type PageElement } from "./dom.ts";
import { itemText } from "./figures.ts";

/** How many are shown before one asks for more. */
export const FIRST_FAILURES = 50;
/** How many ranges of failures that are alike are named. */
export const MAX_NAMED = 8;

/** Failures that are alike in all but their range, and of which it is the same whether they are for good. */
export interface ShownFailure {
  /** Place of the group among those of the history. */
  readonly place: number;
  readonly group: FailureGroup;
  /** Places of the attempts. */
  readonly attempts: readonly number[];
}

/** The failures, apart by whether the range was left as it was, or tried again. */
export function splitFailures(
  { attempts, failures }: RunHistory,
): { final: ShownFailure[]; retried: ShownFailure[] } {
  const latest = new Map<number, number>();
  for (const [place, { range }] of attempts.entries()) latest.set(range, place);
  const isFinal = (place: number) => {
    const { range, rangeStatus } = attempts[place]!;
    return latest.get(range) === place && rangeStatus !== undefined && isFailed(rangeStatus);
  };
  const pick = (wanted: boolean) =>
    failures.map((group, place) => ({
      place,
      group,
      attempts: group.attempts.filter((attempt) => isFinal(attempt) === wanted),
    })).filter(({ attempts }) => attempts.length > 0);
  return { final: pick(true), retried: pick(false) };
}

/** Shows the failures, and again only when there are others than before. */
export class FailureList {
  #shown = "";
  #limit = FIRST_FAILURES;
  /** Those that somebody has opened. */
  readonly #opened = new Set<string>();

  /** Shows those of a history. */
  show(history: RunHistory): void {
    const { final, retried } = splitFailures(history);
    const key = JSON.stringify(
      [final, retried].map((failures) =>
        failures.map(({ place, attempts }) => [place, attempts.length])
      ),
    );
    if (key === this.#shown) return;
    this.#shown = key;
    if (final.length === 1) this.#opened.add(`failures ${final[0]!.place}`);
    this.#fill("failures", history, final);
    this.#fill("retried", history, retried);
    byId("no-failures").hidden = final.length > 0;
    byId("retried-part").hidden = retried.length === 0;
  }

  #fill(list: string, history: RunHistory, failures: readonly ShownFailure[]): void {
    const shown = failures.slice(0, this.#limit).map((failure) => {
      const key = `${list} ${failure.place}`;
      const element = drawFailure(failure, history);
      element.open = this.#opened.has(key);
      element.addEventListener("toggle", () => {
        if (element.open) this.#opened.add(key);
        else this.#opened.delete(key);
      });
      return element;
    });
    const more = failures.length - shown.length;
    byId(list).replaceChildren(...shown, ...(more > 0 ? [this.#moreButton(history, more)] : []));
  }

  #moreButton(history: RunHistory, more: number): PageElement {
    const button = el("button", { type: "button", text: `Show ${plural(more, "more failure")}` });
    button.addEventListener("click", () => {
      this.#limit = Infinity;
      this.#shown = "";
      this.show(history);
    });
    return button;
  }
}

/** One of them, to be opened. */
export function drawFailure(
  { group, attempts }: ShownFailure,
  history: RunHistory,
): PageElement {
  const { status, reason } = group;
  const head = el("summary", {
    children: [
      el("span", { class: `status ${status.toLowerCase()}`, text: status }),
      el("strong", { text: rangesText(attempts, history) }),
      el("span", { class: "reason", text: reason }),
    ],
  });
  const words = el("div", { class: "words", children: drawWords(group) });
  return el("details", { children: [head, words] });
}

/** What a failure is shown with. */
export function drawWords({ message, log, logFiles, isLogLeftOut }: FailureGroup): PageElement[] {
  const text = log.join("\n");
  const nothing = isLogLeftOut
    ? "Its log is left out, as there are too many failures."
    : "It printed nothing but signals.";
  return [
    ...(message === "" ? [] : [el("p", { class: "said", text: `Said last: ${message}` })]),
    text === ""
      ? el("p", { class: "note", text: nothing })
      : el("pre", { tabindex: "0", role: "region", "aria-label": "Last lines", text }),
    ...drawLogFiles(logFiles),
  ];
}

/** Where all that they printed is. */
export function drawLogFiles(files: readonly string[]): PageElement[] {
  if (files.length === 0) return [];
  const named = files.slice(0, MAX_NAMED).map((text) => el("code", { text }));
  const more = files.length - named.length;
  const rest = more > 0 ? [el("span", { text: `and ${more} more` })] : [];
  const label = el("span", { text: "All that it printed:" });
  return [el("p", { class: "note files", children: [label, ...named, ...rest] })];
}

/** Which items they were to do, and in which attempts: `items 10–19, 30–39 (2 ranges), attempt 1`. */
export function rangesText(places: readonly number[], { attempts }: RunHistory): string {
  const records = places.map((place) => attempts[place]!);
  // The same range may have failed in the same way more than once.
  const ranges = new Map(records.map((record) => [record.range, record]));
  const [first, ...others] = Array.from(ranges.values()).slice(0, MAX_NAMED);
  const names = [
    formatItems(first!.startIndex, first!.endIndex) + itemText(first!),
    ...others.map((record) => formatRange(record.startIndex, record.endIndex) + itemText(record)),
    ...(ranges.size > MAX_NAMED ? ["…"] : []),
  ];
  const count = ranges.size > 1 ? ` (${plural(ranges.size, "range")})` : "";
  const numbers = Array.from(new Set(records.map(({ attempt }) => attempt))).sort((a, b) => a - b);
  const noun = numbers.length === 1 ? "attempt" : "attempts";
  return `${names.join(", ")}${count}, ${noun} ${numbers.slice(0, MAX_NAMED).join(", ")}`;
}

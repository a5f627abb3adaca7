/**
 * Section of failures with their last log lines: first those of failed ranges, then those of attempts that were tried again.
 *
 * @module
 */
import type { FailureGroup, RunHistory } from "../../history/history.ts";
import { causeText, plural } from "../../../reporters/wording.ts";
import { byId, el, setText } from "./dom.ts";
import { MAX_NAMED, rangesText, type ShownFailure, splitFailures } from "./failures.ts";

/** Failures that are shown at first. */
const FIRST_FAILURES = 50;

/** Shows the failures, and writes them anew only if they have changed. */
export class FailureList {
  #shown = "";
  #limit = FIRST_FAILURES;
  /** Keys of the failures that the reader has opened. */
  readonly #opened = new Set<string>();

  /** Shows the failures of a history. */
  show(history: RunHistory): void {
    const { final, retried } = splitFailures(history);
    const key = JSON.stringify(
      [final, retried].map((failures) =>
        failures.map(({ index, attempts, repaired }) => [index, attempts.length, repaired])
      ),
    );
    if (key === this.#shown) return;
    this.#shown = key;
    if (final.length === 1) this.#opened.add(`failures ${final[0]!.index}`);
    this.#fill("failures", history, final);
    this.#fill("retried", history, retried);
    byId("no-failures").hidden = final.length > 0;
    setText(
      byId("no-failures"),
      retried.length > 0 ? "No failure is open: all were tried again." : "No range failed.",
    );
    byId("retried-part").hidden = retried.length === 0;
  }

  #fill(list: string, history: RunHistory, failures: readonly ShownFailure[]): void {
    const shown = failures.slice(0, this.#limit).map((failure) => {
      const key = `${list} ${failure.index}`;
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

  #moreButton(history: RunHistory, more: number): HTMLElement {
    const button = el("button", { type: "button", text: `Show ${plural(more, "more failure")}` });
    button.addEventListener("click", () => {
      this.#limit = Infinity;
      this.#shown = "";
      this.show(history);
    });
    return button;
  }
}

/** Creates the element of a failure. */
function drawFailure(
  { group, attempts, repaired }: ShownFailure,
  history: RunHistory,
): HTMLDetailsElement {
  const { status, cause } = group;
  const head = el("summary", {
    children: [
      el("span", { class: `status ${status.toLowerCase()}`, text: status }),
      el("strong", { text: rangesText(attempts, history) }),
      el("span", { class: "cause", text: causeText(cause) }),
      ...(repaired > 0 ? [drawRepaired(repaired, attempts.length)] : []),
    ],
  });
  const body = el("div", { class: "body", children: drawDetails(group, attempts.length) });
  return el("details", { children: [head, body] });
}

/** Creates the mark of failures whose items were done later. */
function drawRepaired(repaired: number, attempts: number): HTMLElement {
  const text = repaired === attempts ? "repaired" : `${repaired} of ${attempts} repaired`;
  return el("span", { class: "repaired", text });
}

/** Creates the elements below the head of a failure: its message, its log, and where the whole log is. */
function drawDetails(
  { message, log, logFiles, isLogLeftOut }: FailureGroup,
  attempts: number,
): HTMLElement[] {
  const text = log.join("\n");
  const nothing = isLogLeftOut
    ? "Its log is left out, as there are too many failures."
    : "It printed nothing but signals.";
  return [
    ...(message === "" ? [] : [el("p", { class: "message", text: `Last message: ${message}` })]),
    text === ""
      ? el("p", { class: "note", text: nothing })
      : el("pre", { tabindex: "0", role: "region", "aria-label": "Last lines", text }),
    ...drawLogFiles(logFiles, attempts),
  ];
}

/** Creates the list of log files; there is one per attempt. */
function drawLogFiles(files: readonly string[], attempts: number): HTMLElement[] {
  if (files.length === 0) return [];
  const named = files.slice(0, MAX_NAMED).map((text) => el("code", { text }));
  const more = attempts - named.length;
  const rest = more > 0 ? [el("span", { text: `and ${more} more` })] : [];
  const label = el("span", { text: "All that it printed:" });
  return [el("p", { class: "note files", children: [label, ...named, ...rest] })];
}

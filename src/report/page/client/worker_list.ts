/**
 * List of the workers that are at work: the item, the progress, the time and the last message of each, while the run goes on.
 *
 * @module
 */
import { type AttemptRecord, isOpen, type RunHistory } from "../../history/history.ts";
import { formatItems, plural } from "../../../reporters/wording.ts";
import { byId, el, setText } from "./dom.ts";
import { formatCount, formatSpan, itemSuffix } from "./figures.ts";
import { sizeOf } from "./sorting.ts";

/** The most workers that are shown. */
const MAX_WORKERS = 24;

/** Shows the attempts that have not ended, by worker; elements that exist are reused. */
export class WorkerList {
  readonly #list = byId("now");

  /** Shows the workers of a history. */
  show(history: RunHistory): void {
    const open = history.phase === "running" ? openAttempts(history) : [];
    byId("now-section").hidden = open.length === 0;
    const shown = open.slice(0, MAX_WORKERS);
    while (this.#list.children.length > shown.length) this.#list.lastElementChild!.remove();
    while (this.#list.children.length < shown.length) this.#list.append(createWorker());
    for (const [index, attempt] of shown.entries()) {
      fillWorker(this.#list.children[index]!, attempt, history.now);
    }
    const more = open.length - shown.length;
    byId("now-more").hidden = more === 0;
    setText(byId("now-more"), `and ${plural(more, "more worker")}`);
  }
}

function openAttempts({ attempts }: RunHistory): AttemptRecord[] {
  return attempts.filter(isOpen).sort((a, b) => a.worker - b.worker);
}

function createWorker(): HTMLLIElement {
  const parts = ["worker", "work", "share", "time", "message"];
  return el("li", { children: parts.map((name) => el("span", { class: `now-${name}` })) });
}

function fillWorker(row: Element, attempt: AttemptRecord, now: number): void {
  const { worker, node, startIndex, endIndex, startedAt, progress, message = "" } = attempt;
  const size = sizeOf(attempt);
  const hasProgress = size > 1 || progress > 0;
  const again = attempt.attempt > 1 ? `, attempt ${attempt.attempt}` : "";
  const texts = [
    `worker ${worker}${node === undefined ? "" : ` @${node}`}`,
    `${formatItems(startIndex, endIndex)}${itemSuffix(attempt)}${again}`,
    hasProgress ? `${formatCount(Math.min(progress, size))} / ${formatCount(size)}` : "",
    formatSpan(Math.max(0, now - startedAt)),
    attempt.status === "PENDING" ? "waits for room to start" : message,
  ];
  for (const [index, text] of texts.entries()) setText(row.children[index]!, text);
}

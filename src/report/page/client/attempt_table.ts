/**
 * The table of attempts: what the timeline shows, for everybody to read, search and sort.
 *
 * @module
 */
import type { AttemptRecord, RunHistory } from "../../history/history.ts";
import { formatRange } from "../../../reporters/wording.ts";
import { byId, el, type PageElement, setText } from "./dom.ts";
import { formatCount, formatSpan, itemText } from "./figures.ts";
import { isBad } from "../../history/history.ts";
import { type Choice, orderAttempts, type SortKey, type TableOrder } from "./sorting.ts";

/** Rows on a page of the table. */
export const PAGE_ROWS = 100;
/** The columns, and what they are sorted by. */
export const TABLE_COLUMNS = [
  ["worker", "Worker"],
  ["items", "Items"],
  ["attempt", "Attempt"],
  ["status", "Status"],
  ["start", "Start"],
  ["time", "Time"],
  ["progress", "Progress"],
  ["reason", "Why"],
] as const;

/** Shows attempts as rows. */
export class AttemptTable {
  #history: RunHistory | undefined;
  #order: TableOrder = { key: "start", isDescending: false, choice: "all" };
  #places: number[] = [];
  #page = 0;
  #marked: number | undefined;
  readonly #heads = new Map<SortKey, PageElement>();

  /** Makes the head of the table, and what one turns its pages with. */
  constructor() {
    for (const [key, name] of TABLE_COLUMNS) {
      const button = el("button", { type: "button", text: name });
      button.addEventListener("click", () => this.#sortBy(key));
      this.#heads.set(key, el("th", { scope: "col", "data-key": key, children: [button] }));
    }
    byId("heads").replaceChildren(...this.#heads.values());
    const choice = byId("choice");
    choice.addEventListener("change", () => this.#choose(choice.value as Choice));
    for (
      const [id, step] of [["first", -Infinity], ["back", -1], ["on", 1], [
        "last",
        Infinity,
      ]] as const
    ) {
      byId(`page-${id}`).addEventListener("click", () => this.#turn(step));
    }
  }

  /** Shows the attempts of a history. */
  show(history: RunHistory): void {
    this.#history = history;
    this.#places = orderAttempts(history, this.#order);
    this.#draw();
  }

  /** Goes to the row of an attempt. */
  reveal(place: number): void {
    if (this.#history === undefined) return;
    if (!this.#places.includes(place)) {
      (byId("choice") as PageElement).value = "all";
      this.#choose("all");
    }
    this.#page = Math.floor(this.#places.indexOf(place) / PAGE_ROWS);
    this.#marked = place;
    this.#draw();
    const row = byId("rows").children[this.#places.indexOf(place) % PAGE_ROWS];
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }

  #sortBy(key: SortKey): void {
    const isDescending = this.#order.key === key && !this.#order.isDescending;
    this.#order = { ...this.#order, key, isDescending };
    this.#page = 0;
    if (this.#history !== undefined) this.show(this.#history);
  }

  #choose(choice: Choice): void {
    this.#order = { ...this.#order, choice };
    this.#page = 0;
    if (this.#history !== undefined) this.show(this.#history);
  }

  #turn(step: number): void {
    this.#page = Math.min(this.#lastPage, Math.max(0, this.#page + step));
    this.#draw();
  }

  get #lastPage(): number {
    return Math.max(0, Math.ceil(this.#places.length / PAGE_ROWS) - 1);
  }

  #draw(): void {
    this.#page = Math.min(this.#page, this.#lastPage);
    const from = this.#page * PAGE_ROWS;
    const places = this.#places.slice(from, from + PAGE_ROWS);
    this.#drawHeads();
    this.#drawPager(from, places.length);
    this.#drawRows(places);
  }

  #drawHeads(): void {
    const { key, isDescending } = this.#order;
    for (const [column, head] of this.#heads) {
      if (column === key) head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  #drawPager(from: number, rows: number): void {
    const total = this.#places.length;
    const which = rows === 0
      ? "No attempts"
      : `Attempts ${formatCount(from + 1)}–${formatCount(from + rows)} of ${formatCount(total)}`;
    setText(byId("page-text"), which);
    byId("pager").hidden = this.#lastPage === 0;
    for (const id of ["first", "back"]) byId(`page-${id}`).disabled = this.#page === 0;
    for (const id of ["on", "last"]) byId(`page-${id}`).disabled = this.#page === this.#lastPage;
  }

  /** Writes only what has changed into rows that are there, so that what somebody has selected stays selected. */
  #drawRows(places: readonly number[]): void {
    const body = byId("rows");
    const kept = Array.from(body.children).slice(0, places.length);
    const missing = places.length - kept.length;
    const rows = [...kept, ...Array.from({ length: missing }, makeRow)];
    if (missing > 0 || body.children.length > rows.length) body.replaceChildren(...rows);
    for (const [index, place] of places.entries()) {
      const row = rows[index]!;
      fillRow(row, this.#history!.attempts[place]!, this.#history!.now);
      if (place === this.#marked) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }
}

/** An empty row. */
export function makeRow(): PageElement {
  const cells = TABLE_COLUMNS.map(([key]) => el("td", { class: key }));
  return el("tr", { tabindex: "-1", children: cells });
}

/** Writes an attempt into a row. */
export function fillRow(row: PageElement, attempt: AttemptRecord, now: number): void {
  for (const [index, text] of rowTexts(attempt, now).entries()) setText(row.children[index]!, text);
  row.dataset.status = attempt.status.toLowerCase();
  row.dataset.bad = `${isBad(attempt)}`;
}

/** What stands in the cells of a row. */
export function rowTexts(attempt: AttemptRecord, now: number): string[] {
  const { worker, startIndex, endIndex, status, startedAt, endedAt = now, progress, reason = "" } =
    attempt;
  const { node } = attempt;
  return [
    node === undefined ? `${worker}` : `${worker} @${node}`,
    formatRange(startIndex, endIndex) + itemText(attempt),
    `${attempt.attempt}`,
    status,
    formatSpan(startedAt),
    formatSpan(endedAt - startedAt),
    `${formatCount(progress)} / ${formatCount(endIndex - startIndex)}`,
    reason,
  ];
}

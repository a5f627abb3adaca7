/**
 * Table of attempts: rows, sorting, filter and pages.
 *
 * @module
 */
import { type AttemptRecord, isBad, type RunHistory } from "../../history/history.ts";
import { buttonById, byId, el, elementOf, setText } from "./dom.ts";
import { formatCount } from "./figures.ts";
import { COLUMNS, type Filter, orderAttempts, type SortKey, type TableOrder } from "./sorting.ts";

/** Rows on a page of the table. */
const PAGE_ROWS = 100;

/** The buttons of the pager, and the number of pages that each turns. */
const PAGE_STEPS = { first: -Infinity, previous: -1, next: 1, last: Infinity } as const;

/** Shows attempts as rows of a table. */
export class AttemptTable {
  #history: RunHistory | undefined;
  #order: TableOrder = { key: "start", isDescending: false, filter: "all" };
  /** Indexes of the attempts that are shown, on all pages. */
  #indexes: number[] = [];
  #page = 0;
  #marked: number | undefined;
  readonly #rows = elementOf("rows", HTMLTableSectionElement);
  readonly #filter = elementOf("filter", HTMLSelectElement);
  readonly #heads = new Map<SortKey, HTMLElement>();

  /** Creates the head of the table, and connects the controls. */
  constructor() {
    for (const { key, name } of COLUMNS) {
      const button = el("button", { type: "button", text: name });
      button.addEventListener("click", () => this.#sortBy(key));
      this.#heads.set(key, el("th", { scope: "col", "data-key": key, children: [button] }));
    }
    byId("heads").replaceChildren(...this.#heads.values());
    this.#filter.addEventListener("change", () => this.#filterBy(this.#filter.value as Filter));
    for (const [id, step] of Object.entries(PAGE_STEPS)) {
      buttonById(`page-${id}`).addEventListener("click", () => this.#turn(step));
    }
  }

  /** Shows the attempts of a history. */
  show(history: RunHistory): void {
    this.#history = history;
    this.#indexes = orderAttempts(history, this.#order);
    this.#draw();
  }

  /** Scrolls to the row of an attempt, and marks it. */
  reveal(index: number): void {
    if (this.#history === undefined) return;
    if (!this.#indexes.includes(index)) {
      this.#filter.value = "all";
      this.#filterBy("all");
    }
    this.#page = Math.floor(this.#indexes.indexOf(index) / PAGE_ROWS);
    this.#marked = index;
    this.#draw();
    const row = this.#rows.rows[this.#indexes.indexOf(index) % PAGE_ROWS];
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }

  #sortBy(key: SortKey): void {
    const isDescending = this.#order.key === key && !this.#order.isDescending;
    this.#order = { ...this.#order, key, isDescending };
    this.#page = 0;
    if (this.#history !== undefined) this.show(this.#history);
  }

  #filterBy(filter: Filter): void {
    this.#order = { ...this.#order, filter };
    this.#page = 0;
    if (this.#history !== undefined) this.show(this.#history);
  }

  #turn(step: number): void {
    this.#page = Math.min(this.#lastPage, Math.max(0, this.#page + step));
    this.#draw();
  }

  get #lastPage(): number {
    return Math.max(0, Math.ceil(this.#indexes.length / PAGE_ROWS) - 1);
  }

  #draw(): void {
    this.#page = Math.min(this.#page, this.#lastPage);
    const from = this.#page * PAGE_ROWS;
    const indexes = this.#indexes.slice(from, from + PAGE_ROWS);
    this.#drawHeads();
    this.#drawPager(from, indexes.length);
    this.#drawRows(indexes);
  }

  #drawHeads(): void {
    const { key, isDescending } = this.#order;
    for (const [column, head] of this.#heads) {
      if (column === key) head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  #drawPager(from: number, rows: number): void {
    const total = this.#indexes.length;
    const text = rows === 0
      ? "No attempts"
      : `Attempts ${formatCount(from + 1)}–${formatCount(from + rows)} of ${formatCount(total)}`;
    setText(byId("page-text"), text);
    byId("pager").hidden = this.#lastPage === 0;
    for (const id of ["first", "previous"]) buttonById(`page-${id}`).disabled = this.#page === 0;
    for (const id of ["next", "last"]) {
      buttonById(`page-${id}`).disabled = this.#page === this.#lastPage;
    }
  }

  /** Reuses rows and writes only changed texts, so that a selection of the reader stays. */
  #drawRows(indexes: readonly number[]): void {
    const body = this.#rows;
    const kept = Array.from(body.rows).slice(0, indexes.length);
    const missing = indexes.length - kept.length;
    const rows = [...kept, ...Array.from({ length: missing }, createRow)];
    if (missing > 0 || body.rows.length > rows.length) body.replaceChildren(...rows);
    for (const [position, index] of indexes.entries()) {
      const row = rows[position]!;
      fillRow(row, this.#history!.attempts[index]!, this.#history!.now);
      if (index === this.#marked) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }
}

/** Creates an empty row. */
function createRow(): HTMLTableRowElement {
  const cells = COLUMNS.map(({ key }) => el("td", { class: key }));
  return el("tr", { tabindex: "-1", children: cells });
}

/** Writes an attempt into a row. */
function fillRow(row: HTMLTableRowElement, attempt: AttemptRecord, now: number): void {
  for (const [index, { text }] of COLUMNS.entries()) {
    setText(row.cells[index]!, text(attempt, now));
  }
  row.dataset.status = attempt.status.toLowerCase();
  row.dataset.bad = `${isBad(attempt)}`;
}

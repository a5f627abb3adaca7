/**
 * All parts of the page together.
 *
 * @module
 */
import type { RunHistory } from "../../history/history.ts";
import { formatItems } from "../../../reporters/wording.ts";
import { AttemptTable } from "./attempt_table.ts";
import { type Palette, readPalette } from "./canvas.ts";
import { Chart } from "./charts.ts";
import { byId, page, type PageCanvas, type PageElement, type PageEvent } from "./dom.ts";
import { FailureList } from "./failure_section.ts";
import { formatSpan, itemText } from "./figures.ts";
import { activeWorkers, itemRates } from "./series.ts";
import { showSummary } from "./overview.ts";
import { Timeline } from "./timeline.ts";
import { Tip } from "./tip.ts";
import { Zoom } from "./zoom.ts";

declare function requestAnimationFrame(callback: () => void): number;
declare function matchMedia(query: string): {
  addEventListener(type: "change", listener: () => void): void;
};
declare const ResizeObserver: new (callback: () => void) => { observe(element: PageElement): void };

/** Shows a history, and draws it anew when the page changes its size or its colours. */
export class View {
  readonly #canvas = byId("timeline") as PageCanvas;
  readonly #timeline = new Timeline(this.#canvas);
  readonly #workers = new Chart(byId("workers") as PageCanvas, {
    name: "Workers at work",
    unit: "workers",
    isStepped: true,
  });
  readonly #rate = new Chart(byId("rate") as PageCanvas, {
    name: "Items per second",
    unit: "items per second",
    isStepped: false,
  });
  readonly #failures = new FailureList();
  readonly #table = new AttemptTable();
  readonly #tip = new Tip();
  readonly #zoom = new Zoom(this.#canvas, {
    scale: () => this.#timeline.scale,
    onChange: () => this.#drawLater(),
    onClick: (event) => this.#pick(event),
  });
  #palette: Palette | undefined;
  #history: RunHistory | undefined;
  #isDue = false;

  constructor() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#palette = undefined;
      this.#drawLater();
    });
    new ResizeObserver(() => this.#drawLater()).observe(byId("plots"));
    this.#tip.attach(this.#canvas, (event) => this.#describe(event));
    this.#tip.attach(byId("workers"), (event) => this.#workers.textAt(event));
    this.#tip.attach(byId("rate"), (event) => this.#rate.textAt(event));
  }

  /** Shows a history. */
  show(history: RunHistory): void {
    this.#history = history;
    byId("waiting").hidden = true;
    byId("main").hidden = false;
    showSummary(history);
    this.#failures.show(history);
    this.#table.show(history);
    showLegend(history);
    this.#draw();
    page().documentElement.dataset.ready = "true";
    performance.mark("ready");
  }

  #drawLater(): void {
    if (this.#isDue || this.#history === undefined) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const history = this.#history!;
    const palette = this.#palette ??= readPalette();
    const span = this.#zoom.span(history.now);
    const sheet = { width: this.#canvas.clientWidth, palette };
    this.#timeline.draw(history, { span, sheet });
    const parts = Math.max(1, Math.round((this.#timeline.scale?.area.width ?? 100) / 2));
    const pool = history.sessions.reduce((most, { numWorkers }) => Math.max(most, numWorkers), 1);
    this.#workers.draw(activeWorkers(history, { span, parts }), { sheet, least: pool });
    this.#rate.draw(itemRates(history, span), { sheet, least: 0 });
  }

  #describe(event: PageEvent): string | undefined {
    const place = this.#timeline.attemptAt(event);
    const attempt = place === undefined ? undefined : this.#history?.attempts[place];
    if (attempt === undefined) return undefined;
    const { worker, range, startIndex, endIndex, status, startedAt, reason } = attempt;
    const end = attempt.endedAt ?? this.#history!.now;
    return [
      `${status}${reason ? `: ${reason}` : ""}`,
      `range ${range}, ${formatItems(startIndex, endIndex)}${itemText(attempt)}`,
      `worker ${worker}, attempt ${attempt.attempt}`,
      `${formatSpan(startedAt)} – ${formatSpan(end)} (${formatSpan(end - startedAt)})`,
    ].join("\n");
  }

  #pick(event: PageEvent): void {
    const place = this.#timeline.attemptAt(event);
    if (place !== undefined) this.#table.reveal(place);
  }
}

/** Explains the colours that there are to be seen. */
export function showLegend({ attempts }: RunHistory): void {
  const statuses = new Set(attempts.map(({ status }) => status.toLowerCase()));
  for (const item of Array.from(byId("legend").children)) {
    item.hidden = !statuses.has(item.dataset.status!);
  }
}

/**
 * View of the whole page: shows a history in all sections, and draws anew when the size or the colours change.
 *
 * @module
 */
import { type AttemptRecord, countWorkers, type RunHistory } from "../../history/history.ts";
import { causeText, formatItems } from "../../../reporters/wording.ts";
import { AttemptTable } from "./attempt_table.ts";
import { Chart } from "./charts.ts";
import { byId, canvasById, setText } from "./dom.ts";
import { FailureList } from "./failure_section.ts";
import { formatSpan, itemSuffix } from "./figures.ts";
import { showOverview } from "./overview.ts";
import { type Palette, readPalette } from "./palette.ts";
import { activeWorkers, itemRates, memoryPeaks } from "./series.ts";
import { Timeline } from "./timeline.ts";
import { WorkerList } from "./worker_list.ts";
import { Zoom } from "./zoom.ts";

/** Shows histories. */
export class PageView {
  readonly #canvas = canvasById("timeline");
  readonly #timeline = new Timeline(this.#canvas);
  readonly #workers = new Chart(canvasById("workers"), {
    name: "Workers at work",
    unit: "workers",
    isStepped: true,
  });
  readonly #rate = new Chart(canvasById("rate"), {
    name: "Items per second",
    unit: "items per second",
    isStepped: false,
  });
  readonly #memory = new Chart(canvasById("memory"), {
    name: "Memory, the peaks of the attempts added up,",
    unit: "MB",
    isStepped: true,
  });
  readonly #now = new WorkerList();
  readonly #failures = new FailureList();
  readonly #table = new AttemptTable();
  readonly #tip = new Tooltip();
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
    this.#tip.attach(byId("memory"), (event) => this.#memory.textAt(event));
  }

  /** Shows a history. */
  show(history: RunHistory): void {
    this.#history = history;
    byId("waiting").hidden = true;
    byId("main").hidden = false;
    showOverview(history);
    this.#now.show(history);
    this.#failures.show(history);
    this.#table.show(history);
    showLegend(history);
    this.#draw();
    document.documentElement.dataset.ready = "true";
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
    const palette = this.#palette ??= readPalette(styleVariable);
    const span = this.#zoom.span(history.now);
    const sheet = { width: this.#canvas.clientWidth, palette };
    this.#timeline.draw(history, { span, sheet });
    const parts = Math.max(1, Math.round((this.#timeline.scale?.area.width ?? 100) / 2));
    const pool = countWorkers(history);
    this.#workers.draw(activeWorkers(history, { span, parts }), { sheet, least: pool });
    this.#rate.draw(itemRates(history, span), { sheet, least: 0 });
    const hasMemory = history.attempts.some(({ peakRss }) => peakRss !== undefined);
    byId("memory-part").hidden = !hasMemory;
    if (hasMemory) this.#memory.draw(memoryPeaks(history, { span, parts }), { sheet, least: 1 });
  }

  #describe(event: MouseEvent): string | undefined {
    const index = this.#timeline.attemptAt(event);
    const attempt = index === undefined ? undefined : this.#history?.attempts[index];
    if (attempt === undefined) return undefined;
    const { worker, range, startIndex, endIndex, status, startedAt, cause } = attempt;
    const end = attempt.endedAt ?? this.#history!.now;
    return [
      `${status}${cause ? `: ${causeText(cause)}` : ""}`,
      `range ${range}, ${formatItems(startIndex, endIndex)}${itemSuffix(attempt)}`,
      `worker ${worker}${processText(attempt)}, attempt ${attempt.attempt}`,
      `${formatSpan(startedAt)} – ${formatSpan(end)} (${formatSpan(end - startedAt)})`,
    ].join("\n");
  }

  #pick(event: MouseEvent): void {
    const index = this.#timeline.attemptAt(event);
    if (index !== undefined) this.#table.reveal(index);
  }
}

/** Names the resident process that took an attempt, and how long that took to get ready. */
function processText({ process, startedAt, readyAt }: AttemptRecord): string {
  if (process === undefined) return "";
  const time = readyAt === undefined
    ? ""
    : `, which was ready after ${formatSpan(readyAt - startedAt)}`;
  return `, process ${process}${time}`;
}

/** Returns the present value of a variable of the style sheet. */
function styleVariable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A box beside the pointer that describes the point under it. */
class Tooltip {
  readonly #box = byId("tip");

  /** Shows the result of `describe` while the pointer is over an element. */
  attach(element: HTMLElement, describe: (event: MouseEvent) => string | undefined): void {
    element.addEventListener("pointermove", (event) => this.#show(event, describe(event)));
    element.addEventListener("pointerleave", () => this.#hide());
  }

  #show({ clientX, clientY }: MouseEvent, text: string | undefined): void {
    if (text === undefined) return this.#hide();
    this.#box.hidden = false;
    setText(this.#box, text);
    const { width, height } = this.#box.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    const left = Math.min(clientX + 14, room - width - 8);
    const top = clientY - height - 12;
    this.#box.style.left = `${Math.max(8, left)}px`;
    this.#box.style.top = `${top < 8 ? clientY + 18 : top}px`;
  }

  #hide(): void {
    this.#box.hidden = true;
  }
}

/** Shows the legend of the statuses that occur, and of resident processes if there are any. */
function showLegend({ attempts }: RunHistory): void {
  const statuses = new Set<string>(attempts.map(({ status }) => status.toLowerCase()));
  if (attempts.some(({ process }) => process !== undefined)) statuses.add("resident");
  for (const item of byId("legend").querySelectorAll("li")) {
    item.hidden = !statuses.has(item.dataset.status!);
  }
}

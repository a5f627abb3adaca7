/**
 * Which part of the time is shown: by dragging over the timeline, or by buttons.
 *
 * @module
 */
import { byId, type PageCanvas, type PageEvent } from "./dom.ts";
import { type Scale, toTime } from "./lanes.ts";
import type { Span } from "./ticks.ts";

/** Below that, a drag is a click; in pixels. */
export const CLICK_REACH = 4;

/** What a zoom works with. */
export interface ZoomOptions {
  /** Where times stand now. */
  readonly scale: () => Scale | undefined;
  /** Called when another part is to be shown. */
  readonly onChange: () => void;
  /** Called for a pointer that was pressed and not moved. */
  readonly onClick: (event: PageEvent) => void;
}

/** Keeps the part that is shown. */
export class Zoom {
  readonly #canvas: PageCanvas;
  readonly #options: ZoomOptions;
  readonly #selection = byId("selection");
  #part: Span | undefined;
  #end = 0;
  #pressedAt: number | undefined;

  constructor(canvas: PageCanvas, options: ZoomOptions) {
    this.#canvas = canvas;
    this.#options = options;
    const on = (id: string, change: (span: Span) => Span | undefined) =>
      byId(`zoom-${id}`).addEventListener("click", () => this.#set(change(this.span(this.#end))));
    on("in", (span) => stretch(span, 0.5));
    on("out", (span) => stretch(span, 2));
    on("back", (span) => shift(span, -0.5));
    on("on", (span) => shift(span, 0.5));
    on("all", () => undefined);
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#drag(event));
    canvas.addEventListener("pointerup", (event) => this.#release(event));
    canvas.addEventListener("pointerleave", () => this.#cancel());
    canvas.addEventListener("dblclick", () => this.#set(undefined));
    this.#enable();
  }

  /** The part that is shown of a run that lasted until `end`. */
  span(end: number): Span {
    this.#end = Math.max(1, end);
    return this.#part ?? { from: 0, to: this.#end };
  }

  #set(part: Span | undefined): void {
    this.#part = part === undefined ? undefined : limit(part, this.#end);
    this.#enable();
    this.#options.onChange();
  }

  #enable(): void {
    for (const id of ["out", "back", "on", "all"]) {
      byId(`zoom-${id}`).disabled = this.#part === undefined;
    }
  }

  #x({ clientX }: PageEvent): number {
    return clientX - this.#canvas.getBoundingClientRect().left;
  }

  #press(event: PageEvent): void {
    if (event.button === 0) this.#pressedAt = this.#x(event);
  }

  #drag(event: PageEvent): void {
    const scale = this.#options.scale();
    if (this.#pressedAt === undefined || scale === undefined) return;
    const { left, width, top, height } = scale.area;
    const within = (x: number) => Math.min(left + width, Math.max(left, x));
    const [a, b] = [within(this.#pressedAt), within(this.#x(event))];
    this.#selection.hidden = Math.abs(b - a) < CLICK_REACH;
    Object.assign(this.#selection.style, {
      left: `${Math.min(a, b)}px`,
      width: `${Math.abs(b - a)}px`,
      top: `${top}px`,
      height: `${height}px`,
    });
  }

  #release(event: PageEvent): void {
    const [from, to] = [this.#pressedAt, this.#x(event)];
    const scale = this.#options.scale();
    this.#cancel();
    if (from === undefined || scale === undefined) return;
    if (Math.abs(to - from) < CLICK_REACH) return this.#options.onClick(event);
    const [a, b] = [toTime(from, scale), toTime(to, scale)];
    this.#set({ from: Math.min(a, b), to: Math.max(a, b) });
  }

  #cancel(): void {
    this.#pressedAt = undefined;
    this.#selection.hidden = true;
  }
}

/** A part that is `factor` times as long, around the same middle. */
export function stretch({ from, to }: Span, factor: number): Span {
  const [middle, half] = [(from + to) / 2, factor * (to - from) / 2];
  return { from: middle - half, to: middle + half };
}

/** A part that lies `share` of its length later. */
export function shift({ from, to }: Span, share: number): Span {
  const step = share * (to - from);
  return { from: from + step, to: to + step };
}

/** What of a part lies within a run; nothing when that is all of it. */
export function limit({ from, to }: Span, end: number): Span | undefined {
  const length = Math.max(1, to - from);
  if (length >= end) return undefined;
  const start = Math.min(Math.max(0, from), end - length);
  return { from: start, to: start + length };
}

/**
 * Zooming into a part of the time, by dragging over the timeline or with buttons.
 *
 * @module
 */
import { buttonById, byId } from "./dom.ts";
import { limit, type Scale, shift, type Span, stretch, toTime } from "./scale.ts";

/** A drag over fewer pixels is a click. */
const CLICK_REACH = 4;

/** Callbacks of {@linkcode Zoom}. */
interface ZoomOptions {
  /** Returns the present scale of the timeline, once it was drawn. */
  readonly scale: () => Scale | undefined;
  /** Called when another part was chosen. */
  readonly onChange: () => void;
  /** Called when the pointer was pressed and released without a drag. */
  readonly onClick: (event: MouseEvent) => void;
}

/** Keeps the part of the time that is shown. */
export class Zoom {
  readonly #canvas: HTMLCanvasElement;
  readonly #options: ZoomOptions;
  readonly #selection = byId("selection");
  #part: Span | undefined;
  #end = 0;
  #pressedAt: number | undefined;

  constructor(canvas: HTMLCanvasElement, options: ZoomOptions) {
    this.#canvas = canvas;
    this.#options = options;
    const on = (id: string, change: (span: Span) => Span | undefined) =>
      buttonById(`zoom-${id}`).addEventListener(
        "click",
        () => this.#set(change(this.span(this.#end))),
      );
    on("in", (span) => stretch(span, 0.5));
    on("out", (span) => stretch(span, 2));
    on("earlier", (span) => shift(span, -0.5));
    on("later", (span) => shift(span, 0.5));
    on("all", () => undefined);
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#drag(event));
    canvas.addEventListener("pointerup", (event) => this.#release(event));
    canvas.addEventListener("pointerleave", () => this.#cancel());
    canvas.addEventListener("dblclick", () => this.#set(undefined));
    this.#enable();
  }

  /** Returns the part to show of a run that lasted until `end`. */
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
    for (const id of ["out", "earlier", "later", "all"]) {
      buttonById(`zoom-${id}`).disabled = this.#part === undefined;
    }
  }

  #x({ clientX }: MouseEvent): number {
    return clientX - this.#canvas.getBoundingClientRect().left;
  }

  #press(event: MouseEvent): void {
    if (event.button === 0) this.#pressedAt = this.#x(event);
  }

  #drag(event: MouseEvent): void {
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

  #release(event: MouseEvent): void {
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

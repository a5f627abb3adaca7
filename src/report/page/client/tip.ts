/**
 * What stands beside the pointer.
 *
 * @module
 */
import { byId, page, type PageElement, type PageEvent, setText } from "./dom.ts";

/** A few lines about what the pointer is on. */
export class Tip {
  readonly #box = byId("tip");

  /** Shows what `describe` says of the place of the pointer, while it is on an element. */
  attach(element: PageElement, describe: (event: PageEvent) => string | undefined): void {
    element.addEventListener("pointermove", (event) => this.#show(event, describe(event)));
    element.addEventListener("pointerleave", () => this.#hide());
  }

  #show({ clientX, clientY }: PageEvent, text: string | undefined): void {
    if (text === undefined) return this.#hide();
    this.#box.hidden = false;
    setText(this.#box, text);
    const { width, height } = this.#box.getBoundingClientRect();
    const room = page().documentElement.clientWidth;
    const left = Math.min(clientX + 14, room - width - 8);
    const top = clientY - height - 12;
    this.#box.style.left = `${Math.max(8, left)}px`;
    this.#box.style.top = `${top < 8 ? clientY + 18 : top}px`;
  }

  #hide(): void {
    this.#box.hidden = true;
  }
}

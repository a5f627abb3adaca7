/**
 * What the page uses of the browser, written out: a module on JSR may not refer to a library of types. Nothing else on the
 * page makes elements, and here text becomes text nodes and nothing else, so that no text can become markup.
 *
 * @module
 */

/** An element. */
export interface PageElement {
  textContent: string | null;
  hidden: boolean;
  disabled: boolean;
  open: boolean;
  value: string;
  readonly dataset: Record<string, string>;
  readonly style: Record<string, string>;
  readonly children: ArrayLike<PageElement>;
  readonly clientWidth: number;
  append(...nodes: (PageElement | string)[]): void;
  replaceChildren(...nodes: (PageElement | string)[]): void;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  focus(options?: { preventScroll: boolean }): void;
  scrollIntoView(options: { block: "center" | "nearest" }): void;
  getBoundingClientRect(): { left: number; top: number; width: number; height: number };
}

/** An event of a pointer. */
export interface PageEvent {
  readonly clientX: number;
  readonly clientY: number;
  readonly button: number;
}

/** A canvas. */
export interface PageCanvas extends PageElement {
  width: number;
  height: number;
  getContext(kind: "2d"): Pen;
}

/** What is drawn with on a canvas. */
export interface Pen {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: "left" | "right" | "center";
  textBaseline: "top" | "middle" | "bottom";
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void;
  setLineDash(pattern: readonly number[]): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
  createPattern(image: PageCanvas, repetition: "repeat"): unknown;
  save(): void;
  restore(): void;
  beginPath(): void;
  rect(x: number, y: number, width: number, height: number): void;
  clip(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
  fill(): void;
}

/** The page as a whole. */
export interface PageDocument {
  title: string;
  readonly documentElement: PageElement;
  getElementById(id: string): PageElement | null;
  createElement(tag: string): PageElement;
}

declare const document: PageDocument;

/** What an element is made with. */
export interface ElementOptions {
  /** Its text. */
  text?: string;
  /** What it holds. */
  children?: readonly PageElement[];
  /** Its attributes. */
  [attribute: string]: string | readonly PageElement[] | undefined;
}

/** Makes an element. */
export function el(tag: string, options: ElementOptions = {}): PageElement {
  const element = document.createElement(tag);
  const { text, children, ...attributes } = options;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") element.setAttribute(name, value);
  }
  if (text !== undefined) element.append(text);
  if (children !== undefined) element.append(...children);
  return element;
}

/** The element of that name; the document has all that are asked for. */
export function byId(id: string): PageElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`there is no element ${id}`);
  return element;
}

/** The page. */
export function page(): PageDocument {
  return document;
}

/** Sets a text that is another one than before: what is the same keeps its selection. */
export function setText(element: PageElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

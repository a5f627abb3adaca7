/**
 * Creation and lookup of elements. No other module of the page creates elements, and text is only ever added as a text node, so
 * that no text of a worker can become markup.
 *
 * @module
 */

/** Attributes and content of a new element. */
interface ElementOptions {
  /** Its text. */
  text?: string;
  /** Its child elements. */
  children?: readonly HTMLElement[];
  /** Its attributes. */
  [attribute: string]: string | readonly HTMLElement[] | undefined;
}

/** Creates an element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { text, children, ...attributes } = options;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") element.setAttribute(name, value);
  }
  if (text !== undefined) element.append(text);
  if (children !== undefined) element.append(...children);
  return element;
}

/** Returns the element with an id, which the markup must have. */
export function byId(id: string): HTMLElement {
  return elementOf(id, HTMLElement);
}

/** Returns the button with an id. */
export function buttonById(id: string): HTMLButtonElement {
  return elementOf(id, HTMLButtonElement);
}

/** Returns the canvas with an id. */
export function canvasById(id: string): HTMLCanvasElement {
  return elementOf(id, HTMLCanvasElement);
}

/** Returns the element with an id, if it is of a type. */
export function elementOf<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`Cannot find the ${type.name} with the id ${id}`);
}

/** Sets the text of an element if it differs: a text that stays the same keeps its selection. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

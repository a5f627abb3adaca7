/**
 * JSON as programs may print it: a terminal that shows it takes no commands from the data.
 *
 * @module
 */

/** The controls that JSON does not escape, but a terminal acts on: DEL and those of ISO 6429 with eight bits. */
const CONTROLS = /[\u{7f}-\u{9f}]/gu;

/** Returns a value as JSON without any control character, on several lines if `indent` is given. */
export function terminalJson(value: object, { indent }: { indent?: number } = {}): string {
  return JSON.stringify(value, null, indent).replace(CONTROLS, escape);
}

function escape(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}

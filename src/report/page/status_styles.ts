/**
 * Rules of the style sheet that give each status its colour, in light and in dark. The colours can be told apart by people
 * who do not see all colours, after Okabe and Ito; failures are hatched besides.
 *
 * @module
 */
import type { Tone } from "../../model/statuses.ts";
import { ATTEMPT_STATUSES, ATTEMPT_TRAITS, type AttemptStatus } from "../history/attempt_status.ts";

/** A colour in light and in dark. */
type Color = readonly [light: string, dark: string];

/** The colours of each tone: the first one, and the second one if there is any. */
const COLORS: Readonly<Record<Tone, readonly [first: Color, second?: Color]>> = {
  good: [["#0b7d5a", "#3fb58c"], ["#5aa9d6", "#8cc8ec"]],
  busy: [["#2a6fb0", "#5fa3e0"]],
  waiting: [["#8a6fb0", "#b39ad6"]],
  idle: [["#d5dbe2", "#3b4551"]],
  bad: [["#c2410c", "#f0764a"], ["#c98500", "#e3a52c"]],
};
/** Grey, as nobody saw what came of it. */
const LOST: Color = ["#68727e", "#8e99a5"];

/** The rules. */
export const STATUS_STYLES: string = [
  `:root { ${variables(0)} }`,
  `@media (prefers-color-scheme: dark) { :root { ${variables(1)} } }`,
  ...ATTEMPT_STATUSES.map((status) => {
    const name = status.toLowerCase();
    return `.${name}, tr[data-status="${name}"] { --hue: var(--${name}); }`;
  }),
  `.swatch.bad { background: repeating-linear-gradient(135deg, var(--hue) 0 3px, ` +
  `color-mix(in srgb, var(--hue), var(--panel) 45%) 3px 4.5px); }`,
].join("\n");

function variables(theme: 0 | 1): string {
  return ATTEMPT_STATUSES.map((status) => `--${status.toLowerCase()}: ${colorOf(status)[theme]};`)
    .join(" ");
}

function colorOf(status: AttemptStatus): Color {
  if (status === "LOST") return LOST;
  const { tone, isSecond } = ATTEMPT_TRAITS[status];
  const [first, second = first] = COLORS[tone];
  return isSecond ? second : first;
}

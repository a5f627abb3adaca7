/**
 * Palette of the canvases: the colours of the page and of the statuses, and the colour of text on them.
 *
 * @module
 */
import { ATTEMPT_STATUSES, type AttemptStatus } from "../../history/attempt_status.ts";

/** The variables of the style sheet that canvases use. */
const COLORS = ["text", "muted", "line", "panel", "accent"] as const;

/** The colours of the page and of the statuses, in light or in dark mode. */
export interface Palette {
  readonly color: Readonly<Record<typeof COLORS[number], string>>;
  readonly status: Readonly<Record<AttemptStatus, string>>;
  readonly font: string;
}

/** Creates the palette from the variables of the style sheet, which `variable` returns by name. */
export function readPalette(variable: (name: string) => string): Palette {
  const statuses = ATTEMPT_STATUSES.map((status) => [status, variable(status.toLowerCase())]);
  return {
    color: Object.fromEntries(COLORS.map((name) => [name, variable(name)])) as Palette["color"],
    status: Object.fromEntries(statuses),
    font: `12px ${variable("font")}`,
  };
}

/** Returns black or white, whichever has more contrast on a colour given as `#rrggbb`. */
export function labelColor(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share ** 2.2;
  });
  const luminance = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  // At this luminance, both have the same contrast.
  return luminance > 0.18 ? "#000000" : "#ffffff";
}

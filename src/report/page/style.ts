/**
 * How the page looks.
 *
 * @module
 */
import { COLORS } from "./style/colors.ts";
import { CONTROLS } from "./style/controls.ts";
import { FRAME } from "./style/frame.ts";
import { PARTS } from "./style/parts.ts";
import { TABLES } from "./style/tables.ts";

const STATUS_HUES = ["success", "finished", "running", "pending", "failed", "crashed", "lost"]
  .map((status) => `tr[data-status="${status}"] { --hue: var(--${status}); }`).join("\n");

/** The style sheet. */
export const STYLE: string = [COLORS, FRAME, CONTROLS, PARTS, TABLES, STATUS_HUES].join("\n");

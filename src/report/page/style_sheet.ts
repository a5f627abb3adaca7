/**
 * How the page looks.
 *
 * @module
 */
import { COLORS } from "./style/colors.ts";
import { CONTROLS } from "./style/control_styles.ts";
import { FRAME } from "./style/frame_styles.ts";
import { PARTS } from "./style/timeline_styles.ts";
import { TABLES } from "./style/table_styles.ts";

const STATUS_HUES = ["success", "finished", "running", "pending", "failed", "crashed", "lost"]
  .map((status) => `tr[data-status="${status}"] { --hue: var(--${status}); }`).join("\n");

/** The style sheet. */
export const STYLE: string = [COLORS, FRAME, CONTROLS, PARTS, TABLES, STATUS_HUES].join("\n");

/**
 * How the page looks.
 *
 * @module
 */
import { STATUS_STYLES } from "./status_styles.ts";
import { COLORS } from "./style/colors.ts";
import { CONTROLS } from "./style/control_styles.ts";
import { FRAME } from "./style/frame_styles.ts";
import { PARTS } from "./style/timeline_styles.ts";
import { TABLES } from "./style/table_styles.ts";

/** The style sheet. */
export const STYLE: string = [COLORS, FRAME, CONTROLS, PARTS, TABLES, STATUS_STYLES].join("\n");

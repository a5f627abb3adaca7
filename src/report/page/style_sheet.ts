/**
 * Style sheet of the page: the bundled one, and a rule per status.
 *
 * @module
 */
import { PAGE_STYLE } from "./page_bundle.generated.ts";

const STATUS_HUES = ["success", "finished", "running", "pending", "failed", "crashed", "lost"]
  .map((status) => `tr[data-status="${status}"] { --hue: var(--${status}); }`).join("\n");

/** The style sheet. */
export const STYLE: string = [PAGE_STYLE, STATUS_HUES].join("\n");

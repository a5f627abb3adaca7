/**
 * Rules of the style sheet that depend on the table of statuses.
 *
 * @module
 */

/** A rule per status, which gives rows of the table its colour. */
export const STATUS_STYLES: string = [
  "success",
  "finished",
  "running",
  "pending",
  "failed",
  "crashed",
  "lost",
].map((status) => `tr[data-status="${status}"] { --hue: var(--${status}); }`).join("\n");

/**
 * View of a run: the parts of a frame that a person turns on and off, and the worker that a person has chosen.
 *
 * @module
 */
import type { Selection } from "./selection.ts";

/** The parts of a frame that keys turn on and off. */
export interface View {
  /** Whether failures are shown in place of the panels. */
  readonly failures: boolean;
  /** Whether the last log lines of the chosen worker, or of the most urgent one, are shown. */
  readonly log: boolean;
  /** Whether help on keys is shown. */
  readonly help: boolean;
  /** The worker that was chosen with the arrow keys, if any. */
  readonly selection?: Selection;
  /** Whether the run is that of another process, so that Ctrl-C only leaves it. */
  readonly isAttached?: boolean;
  /** A sentence that takes the place of the hint on keys. */
  readonly notice?: string;
}

/** The view at the start of a run. */
export const FIRST_VIEW: View = { failures: false, log: false, help: false };

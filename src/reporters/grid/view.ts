/**
 * View of a run: the parts of a frame that a person turns on and off.
 *
 * @module
 */

/** The parts of a frame that keys turn on and off. */
export interface View {
  /** Whether failures are shown in place of the panels. */
  readonly failures: boolean;
  /** Whether the last log lines of the most urgent worker are shown. */
  readonly log: boolean;
  /** Whether help on keys is shown. */
  readonly help: boolean;
}

/** The view at the start of a run. */
export const FIRST_VIEW: View = { failures: false, log: false, help: false };

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

/** Returns the view after a key, or `view` itself if the key has no meaning. */
export function viewAfter(view: View, key: string): View {
  switch (key) {
    case "f":
      return { ...view, failures: !view.failures };
    case "l":
      return { ...view, log: !view.log };
    case "?":
      return { ...view, help: !view.help };
    default:
      return view;
  }
}

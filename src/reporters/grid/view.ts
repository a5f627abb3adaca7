/**
 * What a person wants to see of a run.
 *
 * @module
 */

/** The parts of a frame that keys turn on and off. */
export interface View {
  /** Shows failures in place of the workers. */
  readonly failures: boolean;
  /** Shows the last log lines of the most urgent worker. */
  readonly log: boolean;
  /** Shows what the keys do. */
  readonly help: boolean;
}

/** The view that a run begins with. */
export const FIRST_VIEW: View = { failures: false, log: false, help: false };

/** The view after a key, the same one when the key means nothing. */
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

/**
 * Progress in the task bar, or the tab, of terminals that can show it there.
 *
 * @module
 */
import { currentWork, doneRanges, endedRanges, type RunState } from "../../model/state.ts";

// ConEmu's "OSC 9 ; 4 ; state ; per cent": 0 takes it away, 1 is in order, 2 is an error, 3 has no end
// that is known. Cliffy has none.
const OSC = "\x1b]9;4;";
const END = "\x1b\\";

const NOTHING = `${OSC}0;0${END}`;
const UNKNOWN = `${OSC}3;0${END}`;

/** Says what of it has changed. */
export class Taskbar {
  readonly #isThere: boolean;
  #shown = NOTHING;

  constructor({ isThere }: { isThere: boolean }) {
    this.#isThere = isThere;
  }

  /** The bytes that show how far a run is; none when it is shown already. */
  update(state: RunState): string {
    return this.#isThere ? this.#show(progressOf(state)) : "";
  }

  /** The bytes that take it away; none when it is not there. */
  clear(): string {
    return this.#show(NOTHING);
  }

  #show(bytes: string): string {
    if (bytes === this.#shown) return "";
    return this.#shown = bytes;
  }
}

function progressOf(state: RunState): string {
  const { totalItems, isTotalKnown } = state;
  if (!isTotalKnown) return UNKNOWN;
  const percent = totalItems === 0 ? 100 : Math.floor(100 * currentWork(state) / totalItems);
  const hasFailed = endedRanges(state) > doneRanges(state);
  return `${OSC}${hasFailed ? 2 : 1};${percent}${END}`;
}

/** Whether the terminal is one of those that are known to take it; others may show it as text, or beep. */
export function hasTaskbar(env: (name: string) => string | undefined): boolean {
  return Boolean(env("WT_SESSION")) || env("ConEmuANSI") === "ON" ||
    ["WezTerm", "ghostty"].includes(env("TERM_PROGRAM") ?? "");
}

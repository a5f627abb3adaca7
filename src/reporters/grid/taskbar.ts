/**
 * Progress in the tab of the terminal or in the task bar (OSC 9;4).
 *
 * @module
 */
import { currentWork, doneRanges, endedRanges, type RunState } from "../../model/state.ts";

// ConEmu's "OSC 9 ; 4 ; state ; per cent". The states: 0 removes it, 1 is normal, 2 is an error, 3 has no known end.
// Cliffy has no such sequence.
const OSC = "\x1b]9;4;";
const END = "\x1b\\";

const NOTHING = `${OSC}0;0${END}`;
const UNKNOWN = `${OSC}3;0${END}`;

/** Encodes progress for the task bar, only when it has changed. */
export class Taskbar {
  readonly #isEnabled: boolean;
  #shown = NOTHING;

  constructor({ isEnabled }: { isEnabled: boolean }) {
    this.#isEnabled = isEnabled;
  }

  /** Returns the bytes that show the progress of a run, or none if it has not changed. */
  update(state: RunState): string {
    return this.#isEnabled ? this.#show(progressOf(state)) : "";
  }

  /** Returns the bytes that remove the progress, or none if it is not shown. */
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

/** Returns whether the terminal is known to support the sequence. Others may show it as text, or beep. */
export function supportsTaskbar(env: (name: string) => string | undefined): boolean {
  return Boolean(env("WT_SESSION")) || env("ConEmuANSI") === "ON" ||
    ["WezTerm", "ghostty"].includes(env("TERM_PROGRAM") ?? "");
}

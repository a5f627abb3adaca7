/**
 * Keys that control a run and change its view.
 *
 * @module
 */
import type { RunHandle } from "../../model/reporter.ts";
import type { RunState } from "../../model/state.ts";
import type { Keyboard } from "../../terminal/keyboard.ts";
import { FIRST_VIEW, type View, viewAfter } from "./view.ts";

/** Each key with its meaning. */
export const KEY_HELP: readonly (readonly [key: string, meaning: string])[] = [
  ["Ctrl-C", "stop; again to kill; again to leave"],
  ["Ctrl-Z", "suspend; fg resumes"],
  ["q", "finish running ranges, start no new ones"],
  ["+ -", "more or fewer workers"],
  ["p", "pause or resume the start of ranges"],
  ["f", "failures only"],
  ["l", "log of the most urgent worker"],
  ["?", "this help"],
];

/** Options of {@linkcode Keys}. */
export interface KeysOptions {
  readonly keyboard: Keyboard | undefined;
  /** Returns the current state of the run, or `undefined` before its first event. */
  readonly state: () => RunState | undefined;
  /** Called after each change of the view. */
  readonly onChange: () => void;
}

/** Maps keys to actions while a frame is on the screen. */
export class Keys {
  readonly #options: KeysOptions;
  #run: RunHandle | undefined;
  #listening: Disposable | undefined;
  #view = FIRST_VIEW;

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** The parts of the frame to show. */
  get view(): View {
    return this.#view;
  }

  /** Whether there is a keyboard. */
  get hasKeyboard(): boolean {
    return this.#options.keyboard !== undefined;
  }

  /** Sets the run that keys control. */
  attach(run: RunHandle): void {
    this.#run = run;
  }

  /** Starts listening to the keyboard. */
  start(): void {
    this.#listening ??= this.#options.keyboard?.onKey((key) => this.#press(key));
  }

  /** Stops listening to the keyboard. */
  stop(): void {
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
  }

  #press(key: string): void {
    const state = this.#options.state();
    if (state === undefined) return;
    switch (key) {
      case "q":
        return this.#run?.drain();
      case "p":
        return state.isPaused ? this.#run?.continue() : this.#run?.pause();
      case "+":
      case "-":
        return this.#run?.setWorkers(Math.max(1, state.numWorkers + (key === "+" ? 1 : -1)));
    }
    const view = viewAfter(this.#view, key);
    if (view === this.#view) return;
    this.#view = view;
    this.#options.onChange();
  }
}

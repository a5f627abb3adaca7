/**
 * What the keys do to a run, and to its view.
 *
 * @module
 */
import type { RunHandle } from "../../model/reporter.ts";
import type { RunState } from "../../model/state.ts";
import type { Keyboard } from "../../terminal/keyboard.ts";
import { FIRST_VIEW, type View, viewAfter } from "./view.ts";

/** Each key, and what it does. */
export const KEY_HELP: readonly (readonly [key: string, meaning: string])[] = [
  ["Ctrl-C", "stop; again to kill; again to leave"],
  ["Ctrl-Z", "suspend; fg goes on"],
  ["q", "finish what runs, start no more"],
  ["+ -", "more or fewer workers"],
  ["p", "pause: start nothing until p again"],
  ["f", "failures only"],
  ["l", "log of the most urgent worker"],
  ["?", "this help"],
];

/** Options of {@linkcode Keys}. */
export interface KeysOptions {
  readonly keyboard: Keyboard | undefined;
  /** What is known of the run now. */
  readonly state: () => RunState | undefined;
  /** Called when the view has changed. */
  readonly onChange: () => void;
}

/** Listens to a keyboard while a frame is on the screen. */
export class Keys {
  readonly #options: KeysOptions;
  #controls: RunHandle | undefined;
  #listening: Disposable | undefined;
  #view = FIRST_VIEW;

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** What is to be shown. */
  get view(): View {
    return this.#view;
  }

  /** Whether there is a keyboard to listen to. */
  get areThere(): boolean {
    return this.#options.keyboard !== undefined;
  }

  /** Takes what may be done to the run. */
  control(controls: RunHandle): void {
    this.#controls = controls;
  }

  /** Listens from now on. */
  start(): void {
    this.#listening ??= this.#options.keyboard?.onKey((key) => this.#press(key));
  }

  /** Gives the keyboard back. */
  stop(): void {
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
  }

  #press(key: string): void {
    const state = this.#options.state();
    if (state === undefined) return;
    switch (key) {
      case "q":
        return this.#controls?.drain();
      case "p":
        return this.#controls?.setPaused(!state.isPaused);
      case "+":
      case "-":
        return this.#controls?.setWorkers(state.numWorkers + (key === "+" ? 1 : -1));
    }
    const view = viewAfter(this.#view, key);
    if (view === this.#view) return;
    this.#view = view;
    this.#options.onChange();
  }
}

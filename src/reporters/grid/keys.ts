/**
 * Keys that control a run and change its view.
 *
 * @module
 */
import type { RunHandle } from "../../model/reporter.ts";
import type { RunState } from "../../model/state.ts";
import type { Keyboard } from "../../terminal/keyboard.ts";
import { FIRST_VIEW, type View } from "./view.ts";

/** What a key does: something to the run, or turning a part of the view on or off. */
type KeyAction =
  | { readonly kind: "run"; readonly act: (run: RunHandle, state: RunState) => void }
  | { readonly kind: "view"; readonly part: keyof View };

/** A row of the help on keys. */
interface KeyRow {
  /** The keys as help names them. */
  readonly label: string;
  readonly help: string;
  /** The meaning in a word or two, for the hint below the grid; absent if the hint leaves it out. */
  readonly short?: string;
  /** The actions of the keys; absent if the terminal turns the key into a signal. */
  readonly actions?: Readonly<Record<string, KeyAction>>;
}

/** All keys, in the order in which they are shown. */
export const KEY_ROWS: readonly KeyRow[] = [
  {
    label: "q",
    help: "finish running ranges, start no new ones",
    short: "finish",
    actions: { q: { kind: "run", act: (run) => run.drain() } },
  },
  {
    label: "+ -",
    help: "more or fewer workers",
    short: "workers",
    actions: {
      "+": { kind: "run", act: (run, { numWorkers }) => run.setWorkers(numWorkers + 1) },
      "-": {
        kind: "run",
        act: (run, { numWorkers }) => run.setWorkers(Math.max(1, numWorkers - 1)),
      },
    },
  },
  {
    label: "p",
    help: "pause or resume the start of ranges",
    short: "pause",
    actions: {
      p: { kind: "run", act: (run, { isPaused }) => isPaused ? run.continue() : run.pause() },
    },
  },
  {
    label: "f",
    help: "failures only",
    short: "failures",
    actions: { f: { kind: "view", part: "failures" } },
  },
  {
    label: "l",
    help: "log of the most urgent worker",
    short: "log",
    actions: { l: { kind: "view", part: "log" } },
  },
  {
    label: "?",
    help: "this help",
    short: "help",
    actions: { "?": { kind: "view", part: "help" } },
  },
  { label: "Ctrl-C", help: "stop; again to kill; again to leave", short: "stops the run" },
  { label: "Ctrl-Z", help: "suspend; fg resumes" },
];

/** The actions of all keys. */
const ACTIONS: ReadonlyMap<string, KeyAction> = new Map(
  KEY_ROWS.flatMap(({ actions = {} }) => Object.entries(actions)),
);

/** Options of {@linkcode Keys}. */
export interface KeysOptions {
  readonly keyboard: Keyboard | undefined;
  /** Returns whether the terminal takes no output at the moment. */
  readonly isStuck: () => boolean;
  /** Returns the current state of the run, or `undefined` before its first event. */
  readonly state: () => RunState | undefined;
  /** Called after each change of the view. */
  readonly onChange: () => void;
}

/** Maps keys to actions while a frame is on the screen. */
export class Keys {
  readonly #options: KeysOptions;
  #run: RunHandle | undefined;
  #listening: ReturnType<Keyboard["onKey"]> | undefined;
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
    const { keyboard, isStuck } = this.#options;
    this.#listening ??= keyboard?.onKey((key) => this.#press(key), { isStuck });
  }

  /** Stops listening to the keyboard. Resolves when the terminal is as it was before, or takes too long. */
  async stop(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    if (listening?.[Symbol.asyncDispose] === undefined) listening?.[Symbol.dispose]();
    else await listening[Symbol.asyncDispose]!();
  }

  /** Stops listening, and restores the terminal at once, as the process is about to exit. */
  abandon(): void {
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
  }

  #press(key: string): void {
    const state = this.#options.state();
    if (state === undefined) return;
    const action = ACTIONS.get(key);
    if (action?.kind === "run" && this.#run !== undefined) action.act(this.#run, state);
    if (action?.kind !== "view") return;
    this.#view = { ...this.#view, [action.part]: !this.#view[action.part] };
    this.#options.onChange();
  }
}

/**
 * Keys that control a run and change its view.
 *
 * @module
 */
import type { RunHandle } from "../../model/reporter.ts";
import type { RunState } from "../../model/state.ts";
import type { WorkerState } from "../../model/types.ts";
import type { Keyboard } from "../../terminal/keyboard.ts";
import { type ArrowKey, moveSelection, type Panels } from "./selection.ts";
import { FIRST_VIEW, type View } from "./view.ts";

/** What a key does: something to the run, or to the view; or it opens the log of the chosen worker. */
type KeyAction =
  | { readonly kind: "run"; readonly act: (run: RunHandle, state: RunState) => void }
  | { readonly kind: "view"; readonly part: "failures" | "log" | "help" }
  | { readonly kind: "move"; readonly key: ArrowKey }
  | { readonly kind: "open" }
  | { readonly kind: "back" };

const move = (key: ArrowKey): KeyAction => ({ kind: "move", key });

/** A row of the help on keys. */
interface KeyRow {
  /** The keys as help names them. */
  readonly label: string;
  readonly help: string;
  /** The meaning in a word or two, for the hint below the grid; absent if the hint never has it. */
  readonly short?: string;
  /** Its place in the order in which hints are left out if there is no room: the largest number goes first. */
  readonly rank?: number;
  /** Whether the hint has it only while a worker is chosen, or only while none is; absent if it always has. */
  readonly hint?: "chosen" | "unchosen";
  /** Whether the hint leaves it out once no more ranges start: it changes nothing then. */
  readonly isOverWhenStopping?: boolean;
  /** What the key does in the grid of a run that goes on in another process, if it is something else there. */
  readonly attached?: { readonly help: string; readonly short?: string };
  /** The actions of the keys; absent if the terminal turns the key into a signal. */
  readonly actions?: Readonly<Record<string, KeyAction>>;
}

/** All keys, in the order in which they are shown. */
export const KEY_ROWS: readonly KeyRow[] = [
  {
    label: "q",
    help: "finish running ranges, start no new ones",
    short: "finish",
    rank: 3,
    hint: "unchosen",
    isOverWhenStopping: true,
    actions: { q: { kind: "run", act: (run) => run.drain() } },
  },
  {
    label: "+ -",
    help: "more or fewer workers",
    short: "workers",
    rank: 8,
    hint: "unchosen",
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
    rank: 5,
    hint: "unchosen",
    actions: {
      p: { kind: "run", act: (run, { isPaused }) => isPaused ? run.continue() : run.pause() },
    },
  },
  {
    label: "f",
    help: "failures only",
    short: "failures",
    rank: 6,
    hint: "unchosen",
    actions: { f: { kind: "view", part: "failures" } },
  },
  {
    label: "l",
    help: "last log lines of the chosen worker, or of the most urgent one",
    short: "log",
    rank: 7,
    actions: { l: { kind: "view", part: "log" } },
  },
  {
    label: "Arrows",
    help: "choose a worker",
    short: "choose",
    rank: 4,
    actions: {
      ArrowUp: move("ArrowUp"),
      ArrowDown: move("ArrowDown"),
      ArrowLeft: move("ArrowLeft"),
      ArrowRight: move("ArrowRight"),
    },
  },
  {
    label: "Enter",
    help: "open the whole log of the chosen worker in a pager",
    short: "whole log",
    rank: 2,
    hint: "chosen",
    actions: { Enter: { kind: "open" } },
  },
  {
    label: "Esc",
    help: "back to the first view",
    short: "back",
    rank: 2,
    hint: "chosen",
    actions: { Escape: { kind: "back" } },
  },
  {
    label: "?",
    help: "this help",
    short: "help",
    rank: 2,
    actions: { "?": { kind: "view", part: "help" } },
  },
  {
    label: "Ctrl-C",
    help: "stop; again to kill; again to leave",
    short: "stop",
    rank: 1,
    attached: { help: "leave; the run goes on", short: "leave" },
  },
  {
    label: "Ctrl-Z",
    help: "suspend; fg resumes",
    attached: { help: "suspend this view; the run goes on" },
  },
];

/** Returns the rows of all keys, as they are in a view. */
export function keyRows({ isAttached = false }: View): readonly KeyRow[] {
  return isAttached ? KEY_ROWS.map((row) => ({ ...row, ...row.attached })) : KEY_ROWS;
}

/** The actions of all keys. */
const ACTIONS: ReadonlyMap<string, KeyAction> = new Map(
  KEY_ROWS.flatMap(({ actions = {} }) => Object.entries(actions)),
);

/** Options of {@linkcode Keys}. */
export interface KeysOptions {
  /** Whether the run is that of another process. */
  readonly isAttached: boolean;
  readonly keyboard: Keyboard | undefined;
  /** Returns whether the terminal takes no output at the moment. */
  readonly isStuck: () => boolean;
  /** Returns the state of the run, or `undefined` while no frame shows it: a key has no effect then. */
  readonly state: () => RunState | undefined;
  /** Returns the panels of the last frame. */
  readonly panels: () => Panels;
  /** Called after each change of the view. */
  readonly onChange: () => void;
  /** Opens the log of a worker. */
  readonly onOpen: (worker: WorkerState) => void;
}

/** Maps keys to actions while a frame is on the screen. */
export class Keys {
  readonly #options: KeysOptions;
  #run: RunHandle | undefined;
  #listening: ReturnType<Keyboard["onKey"]> | undefined;
  readonly #first: View;
  #view: View;

  constructor(options: KeysOptions) {
    this.#options = options;
    this.#first = options.isAttached ? { ...FIRST_VIEW, isAttached: true } : FIRST_VIEW;
    this.#view = this.#first;
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

  /** Returns to the first view. */
  reset(): void {
    this.#view = this.#first;
  }

  /** Starts listening to the keyboard. Returns what resolves when keys are read, if that takes time. */
  start(): Promise<void> | undefined {
    const { keyboard, isStuck } = this.#options;
    this.#listening ??= keyboard?.onKey((key) => this.#press(key), { isStuck });
    return this.#listening?.ready;
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

  /** Shows a sentence in place of the hint on keys, until a key is pressed. */
  notify(notice: string): void {
    this.#show({ notice });
  }

  #press(key: string): void {
    const state = this.#options.state();
    if (state === undefined) return;
    if (this.#view.notice !== undefined) this.#show({ notice: undefined });
    const action = ACTIONS.get(key);
    switch (action?.kind) {
      case "run":
        if (this.#run !== undefined) action.act(this.#run, state);
        return;
      case "view":
        return this.#show({ [action.part]: !this.#view[action.part] });
      case "move":
        return this.#move(action.key);
      case "open":
        return this.#open(state);
      case "back":
        return this.#back();
    }
  }

  #move(key: ArrowKey): void {
    const panels = this.#options.panels();
    const selection = moveSelection(this.#view.selection, { key, panels });
    this.#show({ selection, failures: false });
  }

  #open({ workers }: RunState): void {
    const worker = workers[this.#view.selection?.worker ?? -1];
    if (worker !== undefined && !this.#view.failures) this.#options.onOpen(worker);
  }

  /** Ends the selection; without one, hides what other keys have shown. */
  #back(): void {
    if (this.#view.selection === undefined) this.#show(this.#first);
    else this.#show({ selection: undefined });
  }

  #show(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#options.onChange();
  }
}

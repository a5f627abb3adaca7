/**
 * Keyboard input, key by key.
 *
 * @module
 */

import { systemClock, withTimeout } from "../base/clock.ts";
import { isInForeground } from "../base/foreground.ts";
import { KeyDecoder } from "./key_decoder.ts";
import { enterRawMode, type RawMode } from "./raw_mode.ts";
import { hasTty, openTty, type Tty } from "./tty.ts";

/** A source of keys. */
export interface Keyboard {
  /**
   * Calls `callback` with each key until the result is disposed of. A key is a character, or a name: `ArrowUp`, `ArrowDown`,
   * `ArrowLeft`, `ArrowRight`, `Enter`, `Escape`. Disposal must never block; it is asynchronous if a terminal must be
   * restored. `isStuck` returns whether the terminal takes no output at the moment. `ready` resolves when keys have their
   * effect, or when there are none for now; it never rejects.
   */
  onKey(
    callback: (key: string) => void,
    options?: { isStuck?: () => boolean },
  ): Disposable & Partial<AsyncDisposable> & { readonly ready?: Promise<void> };
}

/** Time between two looks whether the process is in the foreground by now, in milliseconds. */
const LOOK_MS = 2_000;
/** Time between two reads, in milliseconds. */
const POLL_MS = 50;
/** Time that it may take until keys are read, in milliseconds: nobody waits longer for that. */
const READY_MS = 1_000;
/** The number of bytes that a terminal keeps for its reader on Linux. Others keep less. */
const TYPE_AHEAD = 4096;
/** The largest number of reads that drop what was typed ahead: a program may type without end. */
const MAX_DROPS = 4;

/**
 * Reads keys from the terminal on stdin, or from `/dev/tty` if stdin is something else. Does nothing if there is no terminal.
 * There is no echo. Ctrl-C and Ctrl-Z still send signals. A process in the background gets keys once it is in the foreground.
 */
export class TerminalKeyboard implements Keyboard {
  /** Whether there is a terminal to read keys from. On Windows there is none. */
  static get isSupported(): boolean {
    return hasTty();
  }

  /**
   * Listens. In the background, where the system would stop the process, it waits for the foreground. In the foreground, it
   * drops what was typed before: that was meant for the shell.
   *
   * @ignore
   */
  onKey(
    callback: (key: string) => void,
    options: { isStuck?: () => boolean } = {},
  ): Disposable & AsyncDisposable & { readonly ready: Promise<void> } {
    return new Listening(callback, options);
  }
}

/** One listener of the keyboard, from the first look at the foreground to the restored terminal. */
class Listening implements Disposable, AsyncDisposable {
  readonly #callback: (key: string) => void;
  readonly #options: { isStuck?: () => boolean };
  readonly #decoder = new KeyDecoder();
  readonly #tty: Tty | undefined = openTty();
  #isOver = false;
  #mode: RawMode | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: () => void = () => {};
  #reading: Promise<void> = Promise.resolve();
  readonly #ready = Promise.withResolvers<void>();
  /** Resolves when keys are read, or when there are none for now. */
  readonly ready: Promise<void>;

  constructor(callback: (key: string) => void, options: { isStuck?: () => boolean }) {
    this.#callback = callback;
    this.#options = options;
    this.ready = withTimeout(this.#ready.promise, { ms: READY_MS, clock: systemClock }).then(
      () => {},
    );
    if (this.#tty !== undefined) this.#start(this.#tty, dropTypedAhead);
    if (this.#mode === undefined) this.#ready.resolve();
  }

  #start(tty: Tty, prepare?: (tty: Tty) => Promise<void>): void {
    if (isInForeground()) {
      this.#mode = enterRawMode(tty, this.#options);
      const reading = this.#read(tty, { mode: this.#mode, prepare });
      // The terminal may be closed.
      this.#reading = reading.catch(() => {}).finally(this.#ready.resolve);
    } else {
      // The shell has read what was typed before `fg`. What is typed after that is for this program.
      this.#timer = setTimeout(() => this.#start(tty), LOOK_MS);
      Deno.unrefTimer(this.#timer);
    }
  }

  async #read(
    tty: Tty,
    { mode, prepare }: { mode: RawMode; prepare?: (tty: Tty) => Promise<void> },
  ): Promise<void> {
    if (!await mode.entered) return;
    await prepare?.(tty);
    this.#ready.resolve();
    const bytes = new Uint8Array(256);
    while (!this.#isOver) {
      const count = await tty.read(bytes) ?? 0;
      const keys = count > 0
        ? this.#decoder.decode(bytes.subarray(0, count))
        : this.#decoder.flush();
      for (const key of keys) if (!this.#isOver) this.#callback(key);
      await this.#pause();
    }
  }

  /** Resolves when the next read is due, or at the end. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOver) return resolve();
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, POLL_MS);
      Deno.unrefTimer(this.#timer);
    });
  }

  /** Stops listening. Returns whether the terminal has to be restored, and this process may do that. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#wake();
    this.#reading.then(() => this.#tty?.[Symbol.dispose]());
    return this.#mode !== undefined && isInForeground();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#end()) return;
    // What reads the terminal next must not miss a key.
    await this.#mode?.leave(this.#reading);
  }

  [Symbol.dispose](): void {
    if (this.#end()) this.#mode?.[Symbol.dispose]();
  }
}

/** Drops what was typed before. */
async function dropTypedAhead(tty: Tty): Promise<void> {
  const bytes = new Uint8Array(TYPE_AHEAD);
  for (let drops = 0; drops < MAX_DROPS; drops++) {
    if ((await tty.read(bytes) ?? 0) === 0) return;
  }
}

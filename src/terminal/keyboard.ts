/**
 * Keyboard input, key by key.
 *
 * @module
 */

import { isInForeground } from "../base/foreground.ts";
import { KeyDecoder } from "./key_decoder.ts";
import { enterRawMode, type RawMode } from "./raw_mode.ts";
import { hasTty, openTty, type Tty } from "./tty.ts";

/** A source of keys. */
export interface Keyboard {
  /**
   * Calls `callback` with each key until the result is disposed of; asynchronously, if the terminal must be restored. A key is a
   * character, or a name: `ArrowUp`, `ArrowDown`, `ArrowLeft`, `ArrowRight`, `Enter`, `Escape`. Disposing of it must never
   * block; `isStuck` returns whether the terminal takes no output at the moment.
   */
  onKey(
    callback: (key: string) => void,
    options?: { isStuck?: () => boolean },
  ): Disposable & Partial<AsyncDisposable>;
}

/** Time between two looks whether the process is in the foreground by now, in milliseconds. */
const LOOK_MS = 2_000;
/** Time between two reads, in milliseconds. */
const POLL_MS = 50;

/**
 * Reads keys from the terminal on stdin, or from `/dev/tty` if stdin is something else. There is no echo. Ctrl-C and Ctrl-Z
 * still send signals.
 */
export class TerminalKeyboard implements Keyboard {
  /** Whether there is a terminal to read keys from. On Windows there is none. */
  static get isSupported(): boolean {
    return hasTty();
  }

  /**
   * See {@linkcode Keyboard.onKey}. Does nothing if there is no terminal. A process in the background, which the system would
   * stop, gets keys once it is in the foreground.
   */
  onKey(
    callback: (key: string) => void,
    options: { isStuck?: () => boolean } = {},
  ): Disposable & AsyncDisposable {
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

  constructor(callback: (key: string) => void, options: { isStuck?: () => boolean }) {
    this.#callback = callback;
    this.#options = options;
    if (this.#tty !== undefined) this.#start(this.#tty);
  }

  #start(tty: Tty): void {
    if (isInForeground()) {
      this.#mode = enterRawMode(tty, this.#options);
      // The terminal may be closed.
      this.#reading = this.#read(tty, this.#mode).catch(() => {});
    } else {
      this.#timer = setTimeout(() => this.#start(tty), LOOK_MS);
      Deno.unrefTimer(this.#timer);
    }
  }

  async #read(tty: Tty, mode: RawMode): Promise<void> {
    if (!await mode.entered) return;
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

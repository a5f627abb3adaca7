/**
 * Keyboard input, key by key.
 *
 * @module
 */

import { isInForeground } from "../base/foreground.ts";
import { enterRawMode, type RawMode } from "./raw_mode.ts";

/** A source of keys. */
export interface Keyboard {
  /**
   * Calls `callback` with each key, a character, until the result is disposed of; asynchronously, if the terminal must be
   * restored. Disposing of it must never block; `isStuck` returns whether the terminal takes no output at the moment.
   */
  onKey(
    callback: (key: string) => void,
    options?: { isStuck?: () => boolean },
  ): Disposable & Partial<AsyncDisposable>;
}

/** Time between two looks whether the process is in the foreground by now, in milliseconds. */
const LOOK_MS = 2_000;

/**
 * Reads keys from the terminal on stdin, without an echo. Ctrl-C and Ctrl-Z still send signals. A read that waits for a
 * key cannot be cancelled, so a program that uses this class must end with `Deno.exit`.
 */
export class StdinKeyboard implements Keyboard {
  /** Whether keys can be read: on Windows, a terminal gives either single keys or the signal of Ctrl-C. */
  static get isSupported(): boolean {
    return Deno.build.os !== "windows";
  }

  /**
   * See {@linkcode Keyboard.onKey}. Does nothing if stdin is not a terminal, and on Windows. A process in the background, which
   * the system would stop, gets keys once it is in the foreground.
   */
  onKey(
    callback: (key: string) => void,
    options: { isStuck?: () => boolean } = {},
  ): Disposable & Partial<AsyncDisposable> {
    if (!StdinKeyboard.isSupported || !Deno.stdin.isTerminal()) return { [Symbol.dispose]() {} };
    let isOver = false;
    let mode: RawMode | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const start = () => {
      if (isInForeground()) {
        mode = enterRawMode(options);
        readKeys((key) => isOver || callback(key)).catch(() => {});
      } else {
        timer = setTimeout(start, LOOK_MS);
        Deno.unrefTimer(timer);
      }
    };
    start();
    const leave = async () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (isInForeground()) await mode?.leave();
    };
    return { [Symbol.dispose]: () => void leave(), [Symbol.asyncDispose]: leave };
  }
}

/** The only reader of stdin: two pending reads would each get some of the keys. */
let reading: Promise<void> | undefined;
let take: (key: string) => void;

function readKeys(callback: (key: string) => void): Promise<void> {
  take = callback;
  return reading ??= readAll();
}

async function readAll(): Promise<void> {
  const bytes = new Uint8Array(64);
  for (let count = await Deno.stdin.read(bytes); count !== null;) {
    // Arrow keys and the like arrive as a sequence that begins with ESC; none of them is used.
    const text = new TextDecoder().decode(bytes.subarray(0, count));
    if (!text.startsWith("\x1b")) { for (const key of text) take(key); }
    count = await Deno.stdin.read(bytes);
  }
}

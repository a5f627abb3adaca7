/**
 * Keyboard input, key by key.
 *
 * @module
 */

import { isInForeground } from "../base/foreground.ts";

/** A source of keys. */
export interface Keyboard {
  /** Calls `callback` with each key, a character, until the result is disposed of. */
  onKey(callback: (key: string) => void): Disposable;
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
  onKey(callback: (key: string) => void): Disposable {
    if (!StdinKeyboard.isSupported || !Deno.stdin.isTerminal()) return { [Symbol.dispose]() {} };
    let isOver = false;
    let isRaw = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const start = () => {
      if (isInForeground()) {
        isRaw = setRaw(true);
        if (isRaw) readKeys((key) => isOver || callback(key)).catch(() => {});
      } else {
        timer = setTimeout(start, LOOK_MS);
        Deno.unrefTimer(timer);
      }
    };
    start();
    return {
      [Symbol.dispose]() {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        if (isRaw && isInForeground()) setRaw(false);
      },
    };
  }
}

/** Sets the terminal's mode; returns whether that worked. It fails if the terminal was closed. */
function setRaw(isRaw: boolean): boolean {
  try {
    Deno.stdin.setRaw(isRaw, { cbreak: isRaw });
    return true;
  } catch {
    return false;
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

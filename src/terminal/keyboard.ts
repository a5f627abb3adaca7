/**
 * Keyboard input, key by key.
 *
 * @module
 */

import { isInForeground } from "../base/proc.ts";

/** A source of keys. */
export interface Keyboard {
  /** Calls `callback` with each key, a character, until the result is disposed of. */
  onKey(callback: (key: string) => void): Disposable;
}

/**
 * Reads keys from the terminal on stdin, without an echo. Ctrl-C and Ctrl-Z still send signals. A read that waits for a
 * key cannot be cancelled, so a program that uses this class must end with `Deno.exit`.
 */
export class StdinKeyboard implements Keyboard {
  /** See {@linkcode Keyboard.onKey}. Does nothing if stdin is not a terminal or the process is in the background. */
  onKey(callback: (key: string) => void): Disposable {
    if (!Deno.stdin.isTerminal() || !isInForeground()) return { [Symbol.dispose]() {} };
    let isOver = false;
    Deno.stdin.setRaw(true, { cbreak: true });
    readKeys((key) => isOver || callback(key)).catch(() => {});
    return {
      [Symbol.dispose]() {
        if (isOver) return;
        isOver = true;
        try {
          Deno.stdin.setRaw(false);
        } catch {
          // The terminal was closed.
        }
      },
    };
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

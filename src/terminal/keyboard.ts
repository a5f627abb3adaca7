/**
 * The keys of a terminal.
 *
 * @module
 */

import { isInForeground } from "../base/proc.ts";

/** Where keys come from. */
export interface Keyboard {
  /** Calls back with each key, a character, until it is disposed of. */
  onKey(callback: (key: string) => void): Disposable;
}

/**
 * The terminal that stdin is, key by key and without an echo; Ctrl-C and Ctrl-Z stay signals. There is no way to call off
 * a read that waits for a key, so a program that uses it has to end by `Deno.exit`.
 */
export class StdinKeyboard implements Keyboard {
  /** See {@linkcode Keyboard.onKey}; without a terminal on stdin, and in the background, nothing is tried. */
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
          // The terminal is gone.
        }
      },
    };
  }
}

/** One reader for all: two reads that wait would share the keys between them. */
let reading: Promise<void> | undefined;
let take: (key: string) => void;

function readKeys(callback: (key: string) => void): Promise<void> {
  take = callback;
  return reading ??= readAll();
}

async function readAll(): Promise<void> {
  const bytes = new Uint8Array(64);
  for (let count = await Deno.stdin.read(bytes); count !== null;) {
    // Arrows and the like come as a sequence that begins with ESC: none of them is asked for.
    const text = new TextDecoder().decode(bytes.subarray(0, count));
    if (!text.startsWith("\x1b")) { for (const key of text) take(key); }
    count = await Deno.stdin.read(bytes);
  }
}

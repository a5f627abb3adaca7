/**
 * Standard input as a list of items: what it is, and a line for people who wait for it, or for another pipe.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";

/** What stdin is; "list" if it can be a list of items that somebody has given. */
export type StdinKind = "list" | "a terminal" | "a socket" | "closed, or a device";

/** Returns what stdin is. Deno opens /dev/null if it was closed. */
export async function stdinKind(): Promise<StdinKind> {
  if (Deno.stdin.isTerminal()) return "a terminal";
  try {
    const { isFifo, isFile, isSocket } = await statStdin();
    if (isFifo || isFile) return "list";
    return isSocket ? "a socket" : "closed, or a device";
  } catch {
    return "closed, or a device";
  }
}

type StdinStat = Pick<Deno.FileInfo, "isFile" | "isFifo" | "isSocket">;

async function statStdin(): Promise<StdinStat> {
  try {
    return Deno.statSync("/dev/stdin");
  } catch {
    // There is no such file, or it may not be read. This takes 20 ms more.
    const stat = (await import("node:fs")).fstatSync(0);
    return { isFile: stat.isFile(), isFifo: stat.isFIFO(), isSocket: stat.isSocket() };
  }
}

/** How long stdin or a pipe may say nothing, in milliseconds. */
export const SILENCE_MS = 2_000;

/** Options of {@linkcode noticeSilence}. */
export interface SilenceOptions {
  readonly clock: Clock;
  /** Is called if nothing has come for two seconds. */
  readonly onSilence: () => void;
}

/** Passes a stream on, and notices if nothing comes at its beginning. */
export async function* noticeSilence(
  stream: ReadableStream<Uint8Array>,
  { clock, onSilence }: SilenceOptions,
): AsyncGenerator<Uint8Array> {
  const timer = clock.after(SILENCE_MS, onSilence);
  try {
    for await (const chunk of stream) {
      timer[Symbol.dispose]();
      yield chunk;
    }
  } finally {
    timer[Symbol.dispose]();
  }
}

/**
 * Deno's debugger: SIGUSR1 opens it, and it is closed again at once.
 *
 * @module
 */
import { keepIgnoredSignals } from "./inherited_signals.ts";

/** Says what SIGUSR1 has done. */
export const DEBUGGER_OPENED = "SIGUSR1 opened the debugger of Deno to all users of this machine";

/** What became of a debugger that SIGUSR1 opened. */
export type DebuggerEnd = "closed" | "not-permitted";

/** The part of `node:inspector` that is used. */
interface Inspector {
  url(): string | undefined;
  close(): void;
}

/** Deno opens the debugger in another thread, some milliseconds after the signal. The first looks are as close as timers can be … */
const CLOSE_LOOKS = 200;
/** … then they are rarer, in milliseconds … */
const RARE_MS = 20;
/** … and end after this time, in milliseconds. In its first moments, Deno does not react to the signal. */
const PATIENCE_MS = 10_000;

const guards = new Set<(end: DebuggerEnd) => void>();
/** Signals so far: each may open the debugger. */
let signals = 0;
let isSearching = false;

/**
 * Closes the debugger whenever SIGUSR1 opens it, until the result is disposed of. Otherwise every user of this machine could run
 * code in this process. A debugger that was asked for by a flag such as `--inspect` is left alone.
 *
 * @param onEnd Called with what became of it.
 */
export function guardDebugger(onEnd: (end: DebuggerEnd) => void = () => {}): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  keepIgnoredSignals();
  guards.add(onEnd);
  if (guards.size === 1) Deno.addSignalListener("SIGUSR1", search);
  return {
    [Symbol.dispose]() {
      if (guards.delete(onEnd) && guards.size === 0) {
        Deno.removeSignalListener("SIGUSR1", search);
      }
    },
  };
}

/** Looks for an open debugger, and closes it, until it was closed after the last signal. */
async function search(): Promise<void> {
  signals++;
  if (isSearching || isWanted()) return;
  isSearching = true;
  try {
    await closeAll();
  } finally {
    isSearching = false;
  }
}

async function closeAll(): Promise<void> {
  // Deno knows this name, its types do not.
  const name = { name: "sys", kind: "inspector" } as unknown as Deno.SysPermissionDescriptor;
  if (Deno.permissions.querySync(name).state !== "granted") return tell("not-permitted");
  const { default: inspector } = await import("node:inspector") as { default: Inspector };
  let since = performance.now();
  for (let [looks, served] = [0, signals]; performance.now() - since < PATIENCE_MS; looks++) {
    if (inspector.url() !== undefined) {
      inspector.close();
      tell("closed");
      if (signals === served) return;
      [looks, served, since] = [0, signals, performance.now()];
    }
    await pause(looks < CLOSE_LOOKS ? 0 : RARE_MS);
  }
}

function tell(end: DebuggerEnd): void {
  for (const onEnd of guards) onEnd(end);
}

/** Returns whether a flag asked for the debugger. Deno then does not open it by SIGUSR1. */
function isWanted(): boolean {
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return false;
  try {
    const [, ...words] = Deno.readTextFileSync("/proc/self/cmdline").split("\0");
    // The flags of Deno come before the program.
    return words.slice(0, words.findIndex((word) => /\.[cm]?[jt]sx?$/.test(word)))
      .some((word) => /^--inspect(-brk|-wait)?(=|$)/.test(word));
  } catch {
    return false;
  }
}

/** Waits without keeping the process from its end. */
async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, ms)));
}

/**
 * Signals that stop or suspend the executor: listening to them, and raising them again.
 *
 * @module
 */
import type { StopSignal } from "../../model/types.ts";

// On Windows, a process can listen to no other signal.
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** The signals that this process listens to, with their numbers on Linux. */
const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15, SIGTSTP: 20 } as const;
type HandledSignal = keyof typeof NUMBERS;

/** How long a signal that was raised may take to end the process, in milliseconds. */
const RAISED_MS = 1_000;

/** Signals that this process was started to ignore, read before Deno changes any of them. */
const IGNORED: ReadonlySet<HandledSignal> = ignoredSignals();

/**
 * Calls `handler` for each stop signal, which then has no other effect, until the result is disposed of. A signal that this
 * process was started to ignore, as nohup does, stays ignored.
 */
export function onStopSignal(handler: (signal: StopSignal) => void): Disposable {
  // Without a listener, Deno would not ignore the signal.
  const listeners = STOP_SIGNALS.map((signal) =>
    [signal, IGNORED.has(signal) ? () => {} : () => handler(signal)] as const
  );
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * Calls back when this process is asked to suspend itself (SIGTSTP, by Ctrl-Z) and when it is continued (SIGCONT), until the
 * result is disposed of. The process does not suspend itself: the callback calls {@linkcode suspendSelf}.
 */
export function onSuspend(handler: { suspend: () => void; resume: () => void }): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  const { resume } = handler;
  const suspend = IGNORED.has("SIGTSTP") ? () => {} : handler.suspend;
  Deno.addSignalListener("SIGTSTP", suspend);
  Deno.addSignalListener("SIGCONT", resume);
  return {
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGTSTP", suspend);
      Deno.removeSignalListener("SIGCONT", resume);
    },
  };
}

/** Suspends this process until it gets SIGCONT. This takes effect a moment after the call. */
export function suspendSelf(): void {
  Deno.kill(Deno.pid, "SIGSTOP");
}

/**
 * Ends this process by a signal, so that its parent sees which one. Nothing may listen to the signal any more. Resolves only
 * if the process survives.
 */
export async function reraise(signal: StopSignal): Promise<void> {
  Deno.kill(Deno.pid, Deno.build.os === "windows" ? "SIGTERM" : signal);
  // Deno raises the signal in another thread. This one must not end the process before that.
  await new Promise((resolve) => setTimeout(resolve, RAISED_MS));
}

/** Reads which signals are ignored; only Linux reports that, and only if all permissions are granted. */
function ignoredSignals(): Set<HandledSignal> {
  const path = "/proc/self/status";
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return new Set();
  try {
    const [, hex = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync(path)) ?? [];
    const mask = BigInt(`0x${hex}`);
    const signals = Object.keys(NUMBERS) as HandledSignal[];
    return new Set(signals.filter((signal) => mask >> BigInt(NUMBERS[signal] - 1) & 1n));
  } catch {
    return new Set();
  }
}

/**
 * The signals by which a person or a system stops the executor.
 *
 * @module
 */
import type { StopSignal } from "../../model/types.ts";

// Windows has no other signal that a process could take.
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** What this process listens to, by its number on Linux. */
const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGTSTP: 20 } as const;
type HandledSignal = keyof typeof NUMBERS;

/** By then a signal that was raised has ended the process. */
const RAISED_MS = 1_000;

/** Which of them this process was started to ignore; asked before Deno touches any of them. */
const IGNORED: ReadonlySet<HandledSignal> = ignoredSignals();

/**
 * Calls `handler` for each signal, in place of the signal's own effect, until it is disposed of. A signal that this
 * process was started to ignore, as by nohup, stays ignored.
 */
export function onStopSignal(handler: (signal: StopSignal) => void): Disposable {
  // Without a listener, Deno would not ignore it.
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
 * Calls back when somebody asks this process to stand still (SIGTSTP: Ctrl-Z), and when it goes on (SIGCONT), until
 * disposed of. It does not stand still by itself then: see {@linkcode standStill}.
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

/** Stops this process until it is told to go on; soon after the call, as the system does it in its own time. */
export function standStill(): void {
  Deno.kill(Deno.pid, "SIGSTOP");
}

/**
 * Lets a signal have its own effect on this process, so that its parent sees what ended it. Nobody may listen to it any
 * more. Resolves only if the process survives.
 */
export async function reraise(signal: StopSignal): Promise<void> {
  Deno.kill(Deno.pid, Deno.build.os === "windows" ? "SIGTERM" : signal);
  // Deno carries the effect out in a thread of its own: this one must not end of itself before.
  await new Promise((resolve) => setTimeout(resolve, RAISED_MS));
}

/** The signals that are ignored, as far as the system tells: Linux does, when all permissions are given. */
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

/**
 * The signals by which a person or a system stops the conductor.
 *
 * @module
 */

/** A signal that stops a run. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

// Windows has no other signal that a process could take.
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `handler` for each signal, in place of the signal's own effect, until it is disposed of. */
export function onStopSignal(handler: (signal: StopSignal) => void): Disposable {
  const listeners = STOP_SIGNALS.map((signal) => [signal, () => handler(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * Lets a signal have its own effect on this process, so that its parent sees what ended it. Nobody may listen to it any
 * more.
 */
export function reraise(signal: StopSignal): void {
  Deno.kill(Deno.pid, Deno.build.os === "windows" ? "SIGTERM" : signal);
}

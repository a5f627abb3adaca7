/**
 * Signals that stop or suspend the executor: listening to them, and raising them again.
 *
 * @module
 */
import { canBeStopped } from "../../base/foreground.ts";
import { keepIgnoredSignals, wasIgnored } from "../../base/inherited_signals.ts";
import type { StopSignal } from "../../model/types.ts";

// On Windows, a process can listen to no other signal.
const STOP_SIGNALS: readonly StopSignal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGXCPU"];
/** Signals that have no effect meanwhile: engines and other programs send them to all processes of a job. */
const OTHER_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? [] : ["SIGUSR2"];

/** How long a signal that was raised may take to end the process, in milliseconds. */
const RAISED_MS = 1_000;

/**
 * Calls `handler` for each stop signal, which then has no other effect, until the result is disposed of. A signal that this
 * process was started to ignore, as nohup does, stays ignored.
 */
export function onStopSignal(handler: (signal: StopSignal) => void): Disposable {
  keepIgnoredSignals();
  // Without a listener, Deno would not ignore the signal.
  const listeners: [Deno.Signal, () => void][] = STOP_SIGNALS.map((signal) => [
    signal,
    wasIgnored(signal) ? () => {} : () => handler(signal),
  ]);
  listeners.push(...OTHER_SIGNALS.map((signal): typeof listeners[0] => [signal, () => {}]));
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * Calls back when this process is asked to suspend itself (SIGTSTP, by Ctrl-Z) and when it is continued (SIGCONT), until the
 * result is disposed of. Where no shell could continue this process, nothing suspends it. The process does not suspend itself:
 * the callback calls {@linkcode suspendSelf}.
 */
export function onSuspend(handler: { suspend: () => void; resume: () => void }): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  const { resume } = handler;
  const suspend = () => {
    if (!wasIgnored("SIGTSTP") && canBeStopped()) handler.suspend();
  };
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

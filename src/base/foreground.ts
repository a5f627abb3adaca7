/**
 * Foreground of a terminal: the system stops a background process that reads keys or changes the terminal's modes.
 *
 * @module
 */
import { restoreChildSignal } from "./inherited_signals.ts";
import { mayReadProc } from "./proc.ts";

/** Returns whether this process may read the terminal's keys and set its modes; false if that is unknown. */
export function isInForeground(): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    if (!mayReadProc() && !mayRunPs()) return false;
    return mayReadProc() ? isInForegroundByProc() : isInForegroundByPs(runPs());
  } catch {
    // Without keys, a run goes on; stopped, it does not.
    return false;
  }
}

function isInForegroundByProc(): boolean {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // proc(5): pid (comm) state ppid pgrp session tty_nr tpgid …
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}

/** Reads what ps(1) prints as the state of a process: Linux, macOS and the BSDs mark one in the foreground with a plus sign. */
export function isInForegroundByPs(state: string): boolean {
  return state.includes("+");
}

/** Returns whether ps(1) may be started. Nobody is asked for that. */
function mayRunPs(): boolean {
  return Deno.permissions.querySync({ name: "run", command: "ps" }).state === "granted";
}

function runPs(): string {
  restoreChildSignal();
  const { stdout } = new Deno.Command("ps", {
    args: ["-o", "stat=", "-p", `${Deno.pid}`],
    stdin: "null",
    stderr: "null",
  }).outputSync();
  return new TextDecoder().decode(stdout);
}

/**
 * Foreground of a terminal: the system stops a background process that reads keys or changes the terminal's modes. Ctrl-Z stops
 * the processes in the foreground, if a shell could continue them.
 *
 * @module
 */
import { restoreChildSignal } from "./inherited_signals.ts";
import { mayReadProc, readStat } from "./proc.ts";

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

/**
 * Returns whether this process can be stopped: not as the first one of a container, and not in a terminal where no shell could
 * continue it, as with `ssh -t HOST executor …`. The system ignores Ctrl-Z there, too. Returns true if that is unknown.
 */
export function canBeStopped(): boolean {
  if (Deno.pid === 1) return false;
  try {
    return !mayReadProc() || readOwnStat().terminal === "0" || hasShell();
  } catch {
    return true;
  }
}

/** Returns whether the parent of this process group belongs to the same session: it may be a shell with job control. */
function hasShell(): boolean {
  const own = readStat("self");
  for (let stat = own; stat !== undefined; stat = readStat(`${stat.parent}`)) {
    if (stat.session !== own?.session) return false;
    if (stat.group !== own.group) return true;
    if (stat.parent === 0) return false;
  }
  // It is hidden, as it belongs to another user.
  return true;
}

function isInForegroundByProc(): boolean {
  const { group, foreground } = readOwnStat();
  return group === foreground;
}

function readOwnStat() {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // proc(5): pid (comm) state ppid pgrp session tty_nr tpgid …
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { group, terminal, foreground };
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

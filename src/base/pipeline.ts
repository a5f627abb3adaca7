/**
 * Pipeline of this process: the programs that read its stdout, one after another, as /proc of Linux shows them.
 *
 * @module
 */
import { linkOf, mayReadProc, processIds } from "./proc.ts";

/**
 * Returns whether stdout is a pipe, and the last program of the pipeline has the terminal of our stderr as its stdout, as in
 * `executor | grep x | cat`. Returns false if that cannot be seen.
 */
export function comesBackToTerminal(): boolean {
  if (!mayReadProc()) return false;
  const pipe = linkOf("self", 1);
  const terminal = deviceOf("self", 2);
  if (terminal === undefined || !isPipe(pipe)) return false;
  try {
    return leadsTo(terminal, pipe);
  } catch {
    // Without descriptors to look with, nothing is known.
    return false;
  }
}

/** Returns whether a program that reads from a pipe, perhaps through more pipes, has a terminal as its stdout. */
function leadsTo(terminal: number, pipe: string): boolean {
  const readers = new Map<string, string[]>();
  for (const pid of processIds()) {
    const input = linkOf(pid, 0);
    if (isPipe(input)) readers.set(input, [...(readers.get(input) ?? []), pid]);
  }
  // A set goes through what is added on the way, too.
  const pipes = new Set([pipe]);
  for (const next of pipes) {
    for (const pid of readers.get(next) ?? []) {
      const output = linkOf(pid, 1);
      if (isPipe(output)) pipes.add(output);
      else if (output === "/dev/tty" || deviceOf(pid, 1) === terminal) return true;
    }
  }
  return false;
}

function isPipe(link: string | undefined): link is string {
  return link?.startsWith("pipe:") === true;
}

/** Returns the number of the device that a descriptor of a process is, if it is a device of characters. */
function deviceOf(pid: string, descriptor: number): number | undefined {
  try {
    const { isCharDevice, rdev } = Deno.statSync(`/proc/${pid}/fd/${descriptor}`);
    return isCharDevice ? rdev ?? undefined : undefined;
  } catch {
    return undefined;
  }
}

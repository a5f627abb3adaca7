/**
 * Processes in /proc of Linux, read without prompting for permission.
 *
 * @module
 */

/** The fields of a process in `stat` of proc(5) that matter here. */
export interface ProcessStat {
  /** Its process group. */
  readonly group: number;
  /** Its CPU time and that of its children that have ended, in clock ticks. */
  readonly ticks: number;
  /** Its resident memory, in pages. */
  readonly pages: number;
}

/** Returns whether this process may read the terminal's keys: the system stops a background process that tries to. */
export function isInForeground(): boolean {
  if (!mayReadProc()) return true;
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // proc(5): pid (comm) state ppid pgrp session tty_nr tpgid …
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}

/** Returns whether there is a /proc that may be read. */
export function mayReadProc(): boolean {
  return Deno.build.os === "linux" &&
    Deno.permissions.querySync({ name: "read", path: "/proc" }).state === "granted";
}

/** Lists the ids of all processes. */
export function processIds(): string[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => name)
    .filter((name) => /^\d+$/.test(name));
}

/** Reads the fields of a process; returns undefined if it is a zombie or gone. */
export function readStat(pid: string): ProcessStat | undefined {
  let stat: string;
  try {
    stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
  // proc(5): pid (comm) state ppid pgrp …, where comm may hold any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  if (state === "Z" || state === "X") return undefined;
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  return {
    group: Number(group),
    ticks: utime! + stime! + cutime! + cstime!,
    pages: Number(fields[21]),
  };
}

/** Returns the bytes of a page. They follow from the memory of this process in both units, rounded to a power of two. */
export function pageBytes(): number {
  const kilobytes = Number(
    /^VmRSS:\s*(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1],
  );
  const pages = readStat("self")?.pages ?? NaN;
  return 2 ** Math.round(Math.log2(1024 * kilobytes / pages));
}

/** Returns whether a process is stopped, by a signal or by a tracer; false if that cannot be read. */
export function isStopped(pid: number): boolean {
  if (!mayReadProc()) return false;
  try {
    return /^[^]*\) [Tt] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

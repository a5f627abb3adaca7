/**
 * Processes as Linux shows them in /proc, for which nobody is prompted.
 *
 * @module
 */

/** What proc(5) says of a process in `stat`. */
export interface ProcessStat {
  /** Its process group. */
  readonly group: number;
  /** Processor time of its own and of its children that ended, in clock ticks. */
  readonly ticks: number;
  /** Pages of memory that are resident. */
  readonly pages: number;
}

/** Whether this process has the terminal's keys: one in the background that asks for them is stopped. */
export function isInForeground(): boolean {
  if (!mayReadProc()) return true;
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // proc(5): pid (comm) state ppid pgrp session tty_nr tpgid …
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}

/** Whether /proc may be read here. */
export function mayReadProc(): boolean {
  return Deno.build.os === "linux" &&
    Deno.permissions.querySync({ name: "read", path: "/proc" }).state === "granted";
}

/** The processes that there are, by number. */
export function processIds(): string[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => name)
    .filter((name) => /^\d+$/.test(name));
}

/** The figures of a process, or nothing when it is a zombie or gone. */
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

/** Bytes of a page: a power of two, told by what the system says of this process in both units. */
export function pageBytes(): number {
  const kilobytes = Number(
    /^VmRSS:\s*(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1],
  );
  const pages = readStat("self")?.pages ?? NaN;
  return 2 ** Math.round(Math.log2(1024 * kilobytes / pages));
}

/**
 * Processes in /proc of Linux, read without prompting for permission.
 *
 * @module
 */

import { exhaustedResource } from "./errors.ts";

/** The fields of a process in `stat` of proc(5) that matter here. */
export interface ProcessStat {
  /** Its process group. */
  readonly group: number;
  /** Its CPU time and that of its children that have ended, in clock ticks. */
  readonly ticks: number;
  /** Its resident memory, in pages. */
  readonly pages: number;
}

let isReadable: boolean | undefined;

/** Returns whether there is a /proc that may be read. Beside the permission to read files, Deno demands all others for it. */
export function mayReadProc(): boolean {
  if (Deno.build.os !== "linux") return false;
  const isGranted = Deno.permissions.querySync({ name: "read", path: "/proc" }).state === "granted";
  if (!isGranted || isReadable !== undefined) return isGranted && isReadable === true;
  try {
    Deno.readTextFileSync("/proc/self/stat");
    isReadable = true;
  } catch (error) {
    // There may be a descriptor for it next time.
    if (exhaustedResource(error) !== undefined) return false;
    isReadable = false;
  }
  return isReadable;
}

/**
 * Lists the ids of all processes.
 *
 * @throws If there are too few descriptors.
 */
export function processIds(): string[] {
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => name)
    .filter((name) => /^\d+$/.test(name));
}

/**
 * Reads the fields of a process; returns undefined if it is a zombie or gone.
 *
 * @throws If there are too few descriptors to know.
 */
export function readStat(pid: string): ProcessStat | undefined {
  let stat: string;
  try {
    stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    // The process is perhaps alive: without a descriptor, nobody knows.
    if (exhaustedResource(error) !== undefined) throw error;
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

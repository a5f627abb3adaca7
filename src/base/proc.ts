/**
 * Processes in /proc of Linux, read without prompting for permission.
 *
 * @module
 */

import { exhaustedResource } from "./errors.ts";

/** USER_HZ, which is 100 wherever Linux shows it to programs. */
export const TICKS_PER_SECOND = 100;

/** The flag in `stat` of a thread of the kernel. */
const PF_KTHREAD = 0x200000;

/** Where `readFields` has two fields of `stat`, see proc(5): the size of the memory, and the address where the environment ends. */
const VSIZE = 20;
const ENV_END = 48;

/** The fields of a process in `stat` of proc(5) that matter here. */
export interface ProcessStat {
  /** The id of its parent. */
  readonly parent: number;
  /** Its process group. */
  readonly group: number;
  /** Its session. */
  readonly session: number;
  /** Whether it is a thread of the kernel, which has no program. */
  readonly isKernel: boolean;
  /** When it started, in clock ticks since the system did. With its id, this identifies it: an id is used again. */
  readonly start: number;
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

/** Returns whether /proc shows the processes of this system: it may be empty, or that of another namespace. */
export function seesProcesses(): boolean {
  if (!mayReadProc()) return false;
  try {
    return Deno.readLinkSync("/proc/self") === `${Deno.pid}`;
  } catch {
    return false;
  }
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
 * Returns whether a descriptor of this process cannot be written, as it was opened for reading: `1<file`. That of `/dev/null`
 * loses nothing that is wanted.
 */
export function isReadOnly(descriptor: number): boolean {
  if (!mayReadProc()) return false;
  try {
    // proc(5): the flags of open(2), in octal. The lowest two bits are O_ACCMODE, and O_RDONLY is 0.
    const [, flags] = /^flags:\s*([0-7]+)/m.exec(
      Deno.readTextFileSync(`/proc/self/fdinfo/${descriptor}`),
    )!;
    const isForReading = (parseInt(flags!, 8) & 3) === 0;
    return isForReading && Deno.readLinkSync(`/proc/self/fd/${descriptor}`) !== "/dev/null";
  } catch {
    return false;
  }
}

/** Returns what a descriptor of a process leads to; undefined if that cannot be read, as of a process of another user. */
export function linkOf(pid: string, descriptor: number): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return undefined;
  }
}

/** Returns the id that a process or a thread got last, where /proc has it. They get their ids in order, until these begin anew. */
export function newestProcessId(): number | undefined {
  try {
    // proc(5): three averages, running/all, and the newest id.
    const id = Number(Deno.readTextFileSync("/proc/loadavg").trimEnd().split(" ")[4]);
    return Number.isSafeInteger(id) && id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the fields of a process; returns undefined if it is a zombie or gone.
 *
 * @throws If there are too few descriptors to know.
 */
export function readStat(pid: string): ProcessStat | undefined {
  const fields = readFields(pid);
  if (fields === undefined || !isLiving(fields)) return undefined;
  const [, parent, group, session] = fields;
  return {
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    isKernel: (Number(fields[6]) & PF_KTHREAD) !== 0,
    start: Number(fields[19]),
    ticks: ticksOf(fields),
    pages: Number(fields[21]),
  };
}

/**
 * Reads the group of a process, and whether it lives: it may be a zombie. Returns undefined if it is gone.
 *
 * @throws If there are too few descriptors to know.
 */
export function readGroup(pid: string): { group: number; isLiving: boolean } | undefined {
  const fields = readFields(pid);
  return fields && { group: Number(fields[2]), isLiving: isLiving(fields) };
}

/** What a living process of a group is doing. */
export interface ProcessLife {
  /** Its process group. */
  readonly group: number;
  /** Whether it computes, or waits for a disk. */
  readonly isRunning: boolean;
  /** See {@linkcode ProcessStat.ticks}. */
  readonly ticks: number;
}

/**
 * Reads what a process is doing; returns undefined if it is a zombie or gone.
 *
 * @throws If there are too few descriptors to know.
 */
export function readLife(pid: string): ProcessLife | undefined {
  const fields = readFields(pid);
  if (fields === undefined || !isLiving(fields)) return undefined;
  const [state = "", , group] = fields;
  return { group: Number(group), isRunning: /[RD]/.test(state), ticks: ticksOf(fields) };
}

/** Adds up user and system time, each of the process and of its children that have ended. */
function ticksOf(fields: readonly string[]): number {
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** Returns whether a process lives. If only its main thread has ended, its state is Z, and it has more than one thread. */
function isLiving(fields: readonly string[]): boolean {
  const [state] = fields;
  return state === "Z" ? Number(fields[17]) > 1 : state !== "X";
}

/**
 * Returns whether a process is in the middle of execve(2). Its environment reads as empty then. That takes a moment; on a busy
 * machine, some milliseconds. Only for a process whose environment may be read.
 *
 * @throws If there are too few descriptors to know.
 */
export function isInExec(pid: string): boolean {
  const fields = readFields(pid);
  if (fields === undefined || !isLiving(fields)) return false;
  // A thread of the kernel has no memory, and no environment.
  if (fields[VSIZE] === "0" || fields[ENV_END] !== "0") return false;
  // Some sandboxes tell of no process where its environment ends.
  return readFields("self")?.[ENV_END] !== "0";
}

/** Reads the fields of a process from its state on. */
function readFields(pid: string): string[] | undefined {
  let stat: string;
  try {
    stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    // The process is perhaps alive: without a descriptor, nobody knows.
    if (exhaustedResource(error) !== undefined) throw error;
    return undefined;
  }
  // proc(5): pid (comm) state ppid pgrp session …, where comm may hold any character.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Returns the clock ticks since the start of the system, in which {@linkcode ProcessStat.start} is, where /proc has them. */
export function ticksSinceStart(): number | undefined {
  if (!mayReadProc()) return undefined;
  try {
    const ticks = TICKS_PER_SECOND * Number.parseFloat(Deno.readTextFileSync("/proc/uptime"));
    return Number.isNaN(ticks) ? undefined : Math.floor(ticks);
  } catch {
    return undefined;
  }
}

/** Reads the name of a process's program, cut to 15 bytes; returns undefined if it is gone. */
export function readName(pid: number): string | undefined {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/comm`).trimEnd();
  } catch {
    return undefined;
  }
}

/** Returns the bytes of a page. They follow from the memory of this process in both units, rounded to a power of two. */
export function pageBytes(): number {
  const kilobytes = Number(
    /^VmRSS:\s*(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1],
  );
  const pages = readStat("self")?.pages ?? NaN;
  return 2 ** Math.round(Math.log2(1024 * kilobytes / pages));
}

/** Returns whether a child of this process has ended, and this process has not taken notice; false if that cannot be read. */
export function isUnnoticed(pid: number): boolean {
  if (!seesProcesses()) return false;
  try {
    const [state, parent] = readFields(`${pid}`) ?? [];
    return state === "Z" && parent === `${Deno.pid}`;
  } catch {
    return false;
  }
}

/** Returns whether a process is stopped, by a signal or by a tracer; false if that cannot be read. */
export function isStopped(pid: number): boolean {
  if (!mayReadProc()) return false;
  try {
    const [state = ""] = readFields(`${pid}`) ?? [];
    return /[Tt]/.test(state);
  } catch {
    return false;
  }
}

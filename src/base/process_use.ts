/**
 * Reading of what processes use of the machine, from /proc of Linux: done often, and so cheap.
 *
 * @module
 */
import { exhaustedResource } from "./errors.ts";

/** What a process uses, and where it belongs. */
export interface ProcessUse {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it started, in clock ticks since the system did. */
  readonly start: number;
  /** Its CPU time and that of its children that it has waited for, in clock ticks. A zombie has it, too. */
  readonly ticks: number;
  /** Its resident memory, in pages; 0 of a zombie. */
  readonly pages: number;
}

/** A line of `stat` is much shorter than this. */
const buffer = new Uint8Array(2_048);
/** Fields after the name of the program, up to the resident memory. */
const FIELDS = 22;
const fields = new Float64Array(FIELDS);

/**
 * Reads what a process uses; returns undefined if it is gone. It costs half of what `readStat()` of `proc.ts` does. (Row watch of
 * bench/.)
 *
 * @throws If there are too few descriptors to know, or the permission is missing.
 */
export function readUse(pid: string): ProcessUse | undefined {
  if (!readFields(pid)) return undefined;
  return {
    parent: fields[1]!,
    group: fields[2]!,
    session: fields[3]!,
    start: fields[19]!,
    ticks: fields[11]! + fields[12]! + childTicks(),
    pages: fields[21]!,
  };
}

/** Reads the CPU time of the children of this process that have ended, and of theirs, in clock ticks. */
export function readOwnChildTicks(): number | undefined {
  return readFields("self") ? childTicks() : undefined;
}

/** Reads the most resident memory that a process ever had, in bytes; returns undefined if it has ended. */
export function readPeak(pid: string): number | undefined {
  const status = read(`/proc/${pid}/status`);
  const kilobytes = status && /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return kilobytes ? 1024 * Number(kilobytes) : undefined;
}

/** Reads a short file; returns undefined if it cannot be read. */
export function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isUnknown(error)) throw error;
    return undefined;
  }
}

function childTicks(): number {
  return fields[13]! + fields[14]!;
}

/** Reads the fields of a process from its state on, as numbers; returns false if it is gone. */
function readFields(pid: string): boolean {
  let length: number;
  try {
    using file = Deno.openSync(`/proc/${pid}/stat`);
    length = file.readSync(buffer) ?? 0;
  } catch (error) {
    if (isUnknown(error)) throw error;
    return false;
  }
  // proc(5): pid (comm) state ppid pgrp session …, where comm may hold any character.
  let at = buffer.subarray(0, length).lastIndexOf(0x29) + 2;
  for (let field = 0; field < FIELDS; field++) {
    let number = 0;
    for (; at < length && buffer[at] !== 0x20; at++) number = 10 * number + buffer[at]! - 48;
    fields[field] = number;
    at++;
  }
  return at <= length;
}

/** Whether an error does not mean that a process is gone. */
function isUnknown(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable || exhaustedResource(error) !== undefined;
}

/**
 * Places where a sampler of usage looks: /proc of Linux, or what else shows the same.
 *
 * @module
 */
import { pageBytes, seesProcesses } from "../../base/proc.ts";
import { type ProcessUse, readOwnChildTicks, readPeak, readUse } from "../../base/process_use.ts";

/** Where a sampler looks. */
export interface ProcView {
  /** Whether there is anything to see. */
  readonly isThere: () => boolean;
  /** Returns the ids of all processes, among other names. */
  readonly names: () => readonly string[];
  readonly readUse: (pid: string) => ProcessUse | undefined;
  /** See {@linkcode readPeak}. */
  readonly readPeak: (pid: string) => number | undefined;
  readonly readOwnChildTicks: () => number | undefined;
  readonly pageBytes: () => number;
  /**
   * The time between two looks, in milliseconds, where a look at one process costs as much as one at all: new workers have no
   * looks of their own then.
   */
  readonly slowMs?: number;
}

/** The view of /proc. */
export const PROC_VIEW: ProcView = {
  isThere: seesProcesses,
  names: () => Array.from(Deno.readDirSync("/proc"), ({ name }) => name),
  readUse,
  readPeak,
  readOwnChildTicks,
  pageBytes,
};

/**
 * Usage of workers as ps(1) shows it: where /proc cannot be read, as on macOS.
 *
 * @module
 */
import type { ProcView } from "./proc_view.ts";
import { type PsProcess, readPs } from "./ps.ts";

/** Time between two looks, in milliseconds: the executor does nothing else while ps runs. */
const SLOW_MS = 1_000;

/**
 * Returns a view through ps. It keeps what ps printed when the names were asked for. Sessions, peaks, and the time of children
 * that have ended are not known: processes are found by their group and their parents.
 *
 * @param read Asks ps.
 */
export function psView(read: () => readonly PsProcess[] | undefined = readPs): ProcView {
  let seen = new Map<string, PsProcess>();
  return {
    isThere: () => true,
    names: () => {
      const processes = read();
      if (processes === undefined) throw new Error("ps does not work");
      seen = new Map(processes.map((process) => [`${process.pid}`, process]));
      return Array.from(seen.keys());
    },
    readUse: (pid) => {
      const process = seen.get(pid);
      return process && { ...process, session: 0, pages: process.kilobytes };
    },
    readPeak: () => undefined,
    readOwnChildTicks: () => undefined,
    pageBytes: () => 1_024,
    slowMs: SLOW_MS,
  };
}

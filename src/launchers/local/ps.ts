/**
 * Processes of this machine as ps(1) prints them, where there is no /proc: on macOS. All of it works with procps of Linux, too.
 *
 * @module
 */
import { TICKS_PER_SECOND } from "../../base/proc.ts";
import { outputOf } from "./output_of.ts";

/** What ps prints of a process. It knows neither environments nor, on macOS, the numbers of sessions. */
export interface PsProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** The id of the user whose process it is. */
  readonly owner: string;
  /** Whether it has ended, and its parent has not taken notice. */
  readonly isZombie: boolean;
  /** Its resident memory, in kilobytes. */
  readonly kilobytes: number;
  /** Its CPU time without that of its children, in clock ticks. On macOS, it is exact to one; procps has whole seconds. */
  readonly ticks: number;
  /** When it started: a whole second, in milliseconds since 1970. */
  readonly start: number;
}

/** The fields that both kinds of ps have. The last one has spaces. */
const FIELDS = "pid=,ppid=,pgid=,uid=,stat=,rss=,time=,lstart=";

/**
 * Asks ps, which takes 10 to 30 ms. Returns undefined if it does not work.
 *
 * @param pids The processes that are looked at. If it is left out, all are.
 */
export function readPs(pids?: readonly number[]): PsProcess[] | undefined {
  const which = pids === undefined ? ["-ax"] : ["-p", pids.join(",")];
  const output = outputOf("ps", [...which, "-o", FIELDS]);
  return output === undefined ? undefined : parsePs(output);
}

/** Reads what ps has printed. Lines that are no processes are left out, and so is the kernel, whose id is 0. */
export function parsePs(output: string): PsProcess[] {
  return output.split("\n").flatMap((line) => {
    const [pid, parent, group, owner = "", state = "", rss, time = "", ...start] = line.trim()
      .split(/\s+/);
    const process = {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      owner,
      isZombie: state.startsWith("Z"),
      kilobytes: Number(rss),
      ticks: parseTime(time),
      start: Date.parse(start.join(" ")),
    };
    return process.pid === 0 || Object.values(process).some(Number.isNaN) ? [] : [process];
  });
}

/** Reads a CPU time, in clock ticks: `MM:SS.hh` on macOS, whose minutes may be any number; `[DD-]HH:MM:SS` of procps. */
function parseTime(text: string): number {
  const [, days = "0", clock] = /^(?:(\d+)-)?(\d+(?::\d+)+(?:\.\d+)?)$/.exec(text) ?? [];
  if (clock === undefined) return NaN;
  const seconds = clock.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
  return Math.round(TICKS_PER_SECOND * (86_400 * Number(days) + seconds));
}

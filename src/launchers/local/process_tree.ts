/**
 * One worker's processes, as a sampler of usage sees them: its session, its group, and all that descend from these.
 *
 * @module
 */
import type { ResourceUse, Usage } from "../../model/types.ts";
import { TICKS_PER_SECOND } from "../../base/proc.ts";
import type { KillWatch } from "./kernel_kills.ts";

/** What a look found of a tree, all its processes together. */
export interface TreeLook {
  /** When, by `performance.now()`. */
  readonly at: number;
  /** CPU time, in clock ticks. */
  readonly ticks: number;
  /** Resident memory, in bytes. */
  readonly rss: number;
  /** The most resident memory that one of its processes ever had, if it was read. */
  readonly peak?: number;
}

/** A part of the life of a process has figures of its own if so many looks saw it. */
const PART_LOOKS = 4;
/** The time over which the present use of processors is measured, in milliseconds. */
const RECENT_MS = 1_000;

/** A part of the life of a process. */
interface Part {
  readonly begunAt: number;
  looks: number;
  /** The first look at it. */
  first?: TreeLook;
  /** The most memory that a look at it saw. */
  peak: number;
}

/** Adds up what the processes of a worker use. */
export class ProcessTree {
  /** The id of the process that leads it. */
  readonly leader: number;
  /** When it was started, by `performance.now()`. */
  readonly startedAt: number;
  /** Watches whether the kernel kills it. */
  readonly kills: KillWatch | undefined;
  #recent: TreeLook[] = [];
  /** CPU time at the last look; never falls. */
  #ticks = 0;
  /** The time of children that nobody waited for. */
  #lost = 0;
  #peak = 0;
  /** What it used when its peak was read last. */
  #peakAt = { ticks: NaN, rss: NaN };
  #endTicks: number | undefined;
  #part: Part | undefined;

  constructor(leader: number, startedAt: number, kills?: KillWatch) {
    this.leader = leader;
    this.startedAt = startedAt;
    this.kills = kills;
  }

  /** Whether any look has seen it. */
  get isSeen(): boolean {
    return this.#recent.length > 0;
  }

  /** When it was last seen, by `performance.now()`; its start before that. */
  get seenAt(): number {
    return this.#recent.at(-1)?.at ?? this.startedAt;
  }

  /** CPU time at the last look, in clock ticks, without that of children that nobody waited for. */
  get reapableTicks(): number {
    return this.#ticks - this.#lost;
  }

  /** The number of processors that it has used lately. */
  get pace(): number {
    const last = this.#recent.at(-1);
    if (last === undefined) return 0;
    const before = this.#recent.length > 1 ? this.#recent[0]! : { at: this.startedAt, ticks: 0 };
    const seconds = (last.at - before.at) / 1000;
    return seconds <= 0 ? 0 : Math.max(0, last.ticks - before.ticks) / TICKS_PER_SECOND / seconds;
  }

  /** Returns whether it has done anything since its peak was read. */
  isBusy({ ticks, rss }: Pick<TreeLook, "ticks" | "rss">): boolean {
    return ticks + this.#lost !== this.#peakAt.ticks || rss !== this.#peakAt.rss;
  }

  /** Takes notice of a look. */
  note(look: TreeLook): void {
    this.#lost = Math.max(this.#lost, this.#ticks - look.ticks);
    this.#ticks = Math.max(this.#ticks, look.ticks + this.#lost);
    this.#peak = Math.max(this.#peak, look.rss, look.peak ?? 0);
    if (look.peak !== undefined) this.#peakAt = { ticks: this.#ticks, rss: look.rss };
    const noted = { ...look, ticks: this.#ticks };
    this.#recent.push(noted);
    if (this.#part !== undefined) addLook(this.#part, noted);
    while (this.#recent.length > 2 && this.#recent[1]!.at <= look.at - RECENT_MS) {
      this.#recent.shift();
    }
  }

  /** Takes notice of its CPU time up to its end, in clock ticks, without that of children that nobody waited for. */
  noteEnd(ticks: number): void {
    this.#endTicks = Math.max(this.#ticks, ticks + this.#lost);
  }

  /** Returns what it uses at present, or undefined if no look has seen it. */
  usage(): Usage | undefined {
    const last = this.#recent.at(-1);
    return last && { cpu: this.pace, rss: last.rss, peakRss: this.#peak };
  }

  /** Begins another part of its life, of which {@linkcode ProcessTree.used} tells from then on. */
  mark(begunAt: number): void {
    this.#part = { begunAt, looks: 0, peak: 0 };
  }

  /** Returns what it has used since its start, or in the part that was begun last; undefined if too few looks have seen that. */
  used(now: number): ResourceUse | undefined {
    if (!this.isSeen) return undefined;
    const ticks = this.#endTicks ?? this.#ticks;
    if (this.#part === undefined) {
      return { cpuSeconds: ticks / TICKS_PER_SECOND, peakRss: this.#peak };
    }
    const { begunAt, looks, first, peak } = this.#part;
    if (first === undefined || looks < PART_LOOKS) return undefined;
    // What it used before the first look at this part, and after the last one, it used at the same pace.
    const scale = (now - begunAt) / (this.seenAt - first.at);
    const seconds = scale * (this.#ticks - first.ticks) / TICKS_PER_SECOND;
    return { cpuSeconds: Math.round(100 * seconds) / 100, peakRss: peak };
  }
}

function addLook(part: Part, look: TreeLook): void {
  part.looks++;
  part.first ??= look;
  part.peak = Math.max(part.peak, look.rss);
}

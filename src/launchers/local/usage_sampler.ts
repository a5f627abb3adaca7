/**
 * Sampler of what workers on this machine use: one look at /proc serves all of them, four times a second. Where there is none, ps
 * is asked once a second.
 *
 * @module
 */
import { systemClock } from "../../base/clock.ts";
import { mayReadProc } from "../../base/proc.ts";
import type { ProcessUse } from "../../base/process_use.ts";
import { ChildTime } from "./child_time.ts";
import { KernelKills } from "./kernel_kills.ts";
import { PROC_VIEW, type ProcView } from "./proc_view.ts";
import { ProcessTree } from "./process_tree.ts";
import { psView } from "./ps_view.ts";

/** Time between two looks, in milliseconds, unless the view is slow … */
const LOOK_MS = 250;
/** … and at least this multiple of what a look takes: so the looks never take more than a tenth of a processor. */
const PACE = 10;
/** At each look of this number, the peak that the kernel keeps is read, too. */
const PEAK_LOOKS = 4;
/** A process that belonged to no worker is read again after this number of looks: its id may be that of another one by then. */
const FOREIGN_LOOKS = 40;

/** A worker that is new may end before the next look. So there is another one when it has run for this time, in milliseconds … */
const YOUNG_MS = 10;
/** … and whenever the time that it has run has grown by this factor. Whether that is so is asked … */
const YOUNG_GROWTH = 2.5;
/** … every so many milliseconds. */
const YOUNG_STEP_MS = 20;
/** These looks take at most one part of this number of the time. */
const YOUNG_PACE = 50;
/** If a look takes too long for that, new workers are looked at by themselves, so many of them at a time. */
const MAX_YOUNG = 4;

/** A process that belongs to a tree. */
interface Member {
  readonly start: number;
  readonly tree: ProcessTree;
}

/** What a look adds up for a tree. */
interface Sum {
  ticks: number;
  pages: number;
  /** The process of the tree that has the most memory. */
  largest: string;
  largestPages: number;
}

/** Looks at the processes of workers, from their start to their end. */
export class UsageSampler {
  readonly #view: ProcView;
  readonly #childTime: ChildTime;
  readonly #kills: KernelKills;
  /** The trees by the ids of their leaders. */
  readonly #trees = new Map<number, ProcessTree>();
  /** Those that are new, each with the time of its next look. */
  readonly #young = new Map<ProcessTree, number>();
  /** The trees of the processes that the last look saw, by their ids and starts. */
  #members = new Map<string, Member>();
  /** Processes that belong to no tree, and names of other things. */
  #foreign = new Set<string>();
  #looks = 0;
  #nextLookAt = 0;
  /** Whether it was read what children have used before the first worker. */
  #isBegun = false;
  /** When the next look for new workers may begin. */
  #nextYoungAt = 0;
  #timer: Disposable | undefined;
  #bytesPerPage: number | undefined;

  constructor(view: ProcView, kills: KernelKills = new KernelKills()) {
    this.#view = view;
    this.#kills = kills;
    this.#childTime = new ChildTime(view.readOwnChildTicks);
  }

  /** Begins to look at a worker that was started a moment ago. */
  add(leader: number): ProcessTree {
    const now = performance.now();
    // At once, as a kill that came before would explain nothing; the worker starts meanwhile. (Row start of bench/.)
    this.#kills.begin();
    const tree = new ProcessTree(leader, now, this.#kills.watch(leader));
    if (this.#trees.size === 0) {
      this.#nextLookAt = Math.max(this.#nextLookAt, now + LOOK_MS);
      this.#isBegun = false;
    }
    this.#trees.set(leader, tree);
    if (this.#view.slowMs === undefined) this.#young.set(tree, now + YOUNG_MS);
    this.#foreign.delete(`${leader}`);
    this.#wake();
    return tree;
  }

  /** Ends the looks at a worker, as its process has ended. */
  end(tree: ProcessTree): void {
    if (this.#trees.get(tree.leader) !== tree) return;
    this.#trees.delete(tree.leader);
    this.#young.delete(tree);
    const now = performance.now();
    if (tree.isSeen) {
      this.#childTime.end({
        seen: tree.reapableTicks,
        unseenMs: now - tree.seenAt,
        pace: tree.pace,
        settle: (ticks) => tree.noteEnd(ticks),
      });
    } else {
      this.#childTime.endShort(now - tree.startedAt);
    }
    if (this.#trees.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  /** Makes what workers that have ended have used exact. */
  settle(): void {
    try {
      this.#childTime.settle();
    } catch {
      // There are too few descriptors: what the last look saw counts.
    }
  }

  /** Looks at all workers now. */
  look(): void {
    if (!this.#view.isThere()) return;
    try {
      this.#bytesPerPage ??= this.#view.pageBytes();
      this.#childTime.look();
      this.#kills.look();
      if (this.#looks++ % FOREIGN_LOOKS === 0) this.#foreign = new Set();
      this.#note(this.#readAll());
    } catch {
      // Too few descriptors, for example: the next look may have them.
    }
  }

  #wake(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#young.size > 0
      ? YOUNG_STEP_MS
      : Math.max(YOUNG_STEP_MS, this.#nextLookAt - performance.now());
    // The first ones are light timers. (Row start of bench/.)
    this.#timer = systemClock.after(wait, () => {
      this.#timer = undefined;
      this.#beat();
      if (this.#trees.size > 0) this.#wake();
    });
  }

  #beat(): void {
    const now = performance.now();
    if (!this.#isBegun) this.#begin();
    // The first one is the oldest. Of workers that end before they are due, a look would tell nothing. (Row spawn of bench/.)
    const [oldest] = this.#trees.values();
    if (oldest === undefined || now < oldest.startedAt + YOUNG_MS) return;
    const isDue = now >= this.#nextLookAt;
    if (!isDue && !this.#passYoung(now)) return;
    if (!isDue && now < this.#nextYoungAt) return this.#lookAtYoung();
    this.look();
    const end = performance.now();
    this.#nextYoungAt = end + YOUNG_PACE * (end - now);
    if (!isDue) return;
    this.#nextLookAt = Math.max(now + (this.#view.slowMs ?? LOOK_MS), end + PACE * (end - now));
  }

  /** Reads what there was before. That comes a moment after the first worker, whose start must not wait. (Row start of bench/.) */
  #begin(): void {
    this.#isBegun = true;
    try {
      this.#childTime.begin();
    } catch {
      // There are too few descriptors: the next look notes it.
    }
  }

  /** Returns whether a new worker is due. Those that are not new any more are left to the regular looks. */
  #passYoung(now: number): boolean {
    let isDue = false;
    for (const [tree, dueAt] of this.#young) {
      const age = now - tree.startedAt;
      if (age > LOOK_MS && tree.isSeen) this.#young.delete(tree);
      else isDue ||= now >= dueAt;
    }
    return isDue;
  }

  #lookAtYoung(): void {
    if (!this.#view.isThere()) return this.#young.clear();
    const now = performance.now();
    let count = 0;
    try {
      for (const [tree, dueAt] of this.#young) {
        if (now < dueAt || count++ === MAX_YOUNG) continue;
        this.#lookAt(tree);
      }
    } catch {
      // The next look may have descriptors.
    }
  }

  /** Notes that a tree was looked at. */
  #postpone(tree: ProcessTree, now: number): void {
    if (!this.#young.has(tree)) return;
    this.#young.set(tree, tree.startedAt + YOUNG_GROWTH * Math.max(YOUNG_MS, now - tree.startedAt));
  }

  /** Looks at the leader of a tree alone. */
  #lookAt(tree: ProcessTree): void {
    const pid = `${tree.leader}`;
    this.#postpone(tree, performance.now());
    const use = this.#view.readUse(pid);
    if (use === undefined) return;
    const peak = this.#view.readPeak(pid);
    this.#bytesPerPage ??= this.#view.pageBytes();
    const rss = use.pages * this.#bytesPerPage;
    tree.note({ at: performance.now(), ticks: use.ticks, rss, peak });
    tree.kills?.look();
  }

  /** Reads all processes of the trees, and adds up what those of each tree use. */
  #readAll(): Map<ProcessTree, Sum> {
    const uses = new Map<string, ProcessUse>();
    for (const pid of this.#view.names()) {
      if (this.#foreign.has(pid)) continue;
      if (!/^\d/.test(pid)) {
        this.#foreign.add(pid);
        continue;
      }
      const use = this.#view.readUse(pid);
      if (use !== undefined) uses.set(pid, use);
    }
    const members = new Map<string, Member>();
    const sums = new Map<ProcessTree, Sum>();
    for (const [pid, use] of uses) {
      const tree = this.#treeOf(pid, use, uses);
      if (tree === undefined) {
        this.#foreign.add(pid);
        continue;
      }
      members.set(pid, { start: use.start, tree });
      const sum = sums.get(tree) ?? { ticks: 0, pages: 0, largest: pid, largestPages: 0 };
      sums.set(tree, sum);
      sum.ticks += use.ticks;
      sum.pages += use.pages;
      if (use.pages > sum.largestPages) [sum.largest, sum.largestPages] = [pid, use.pages];
    }
    this.#members = members;
    return sums;
  }

  #note(sums: ReadonlyMap<ProcessTree, Sum>): void {
    const at = performance.now();
    for (const [tree, { ticks, pages, largest }] of sums) {
      const rss = pages * this.#bytesPerPage!;
      const isTurn = this.#young.has(tree) || (this.#looks + tree.leader) % PEAK_LOOKS === 0;
      const peak = isTurn && tree.isBusy({ ticks, rss }) ? this.#view.readPeak(largest) : undefined;
      tree.note({ at, ticks, rss, peak });
      tree.kills?.look();
      this.#postpone(tree, at);
    }
  }

  /** Finds the tree of a process: by its session, its group, an earlier look, or its parent. */
  #treeOf(
    pid: string,
    use: ProcessUse,
    uses: ReadonlyMap<string, ProcessUse>,
  ): ProcessTree | undefined {
    const own = this.#trees.get(use.session) ?? this.#trees.get(use.group) ??
      this.#trees.get(Number(pid));
    if (own !== undefined) return own;
    const known = this.#members.get(pid);
    if (known?.start === use.start && this.#trees.has(known.tree.leader)) return known.tree;
    const parent = uses.get(`${use.parent}`);
    // A chain of parents leads to process 1, which has none.
    return parent && this.#treeOf(`${use.parent}`, parent, uses);
  }
}

/** The sampler of this process. */
export const usageSampler: UsageSampler = new UsageSampler(mayReadProc() ? PROC_VIEW : psView());

/**
 * Keeper of a run's reaper: tells it which groups there are, and replaces it if it dies or stops.
 *
 * @module
 */
import { awakeClock, every, systemClock, withTimeout } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import { isStopped, ticksSinceStart } from "../../base/proc.ts";
import type { LaunchRun } from "../launcher.ts";
import { type ReapedRun, Reaper } from "./reaper.ts";

/**
 * Milliseconds until a new group is announced to the reaper, so that a range that is over by then costs nothing. In the
 * meantime, the reaper finds the worker by its run's id; without a /proc, groups are announced at once.
 */
const DELAY_MS = Deno.build.os === "linux" ? 10 : 0;

/** Time between two looks at the reaper, in milliseconds. */
const CHECK_MS = 500;
/** Looks in a row at which a reaper must be stopped to count as stopped: somebody may trace it for a moment. */
const STOPPED_LOOKS = 2;
/** A reaper that has not answered for longer than this counts as stopped: /proc may be missing, or not show that. */
const ANSWER_MS = 10_000;

/** This number of reapers are replaced at once. If more of them end, something ends them: each pause is longer then. */
const REPLACED_AT_ONCE = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** How long a hook waits for a reaper that does not take its lines, in milliseconds. */
const TELL_MS = 1_000;
/** A reaper that has lived for longer than this ends a series of replacements, in milliseconds. */
const STEADY_MS = 60_000;

/** What a reaper may take for the id of an attempt. */
const ATTEMPT_ID = /^[\w.-]+$/;

const RISK = "workers would survive an executor that is killed";

/** What a keeper needs to know of a run. */
export type GuardedRun = ReapedRun & Pick<LaunchRun, "warn">;

/**
 * A process group. If the group is gone, and other processes of the attempt are left: `x` and the number of the worker. The system
 * may use the number of the group again.
 */
export type Guarded = number | `x${number}`;

/** Keeps a reaper for a run. No call waits for the reaper, which may be stopped. */
export class ReaperKeeper implements AsyncDisposable {
  readonly #run: GuardedRun;
  /** What is to end with this process: the line that announces each group. */
  readonly #living = new Map<Guarded, string>();
  /** Groups that have come or gone since the last announcement: the line about each. */
  readonly #unannounced = new Map<Guarded, string>();
  /** Reapers that were replaced and are being killed. */
  readonly #replaced = new Set<Promise<unknown>>();
  #reaper: Reaper | undefined;
  #startedAt = 0;
  /** How many reapers of the present series have ended or could not be started. */
  #replacements = 0;
  /** How often in a row the reaper was seen stopped. */
  #stoppedLooks = 0;
  #checks: Disposable | undefined;
  #retry: Disposable | undefined;
  #announcement: Disposable | undefined;
  /** Set while the reaper is being told of something. */
  #telling: Promise<void> | undefined;
  /** How many hooks are about to start. */
  #hooks = 0;
  /** Whether it was said that there is no reaper. */
  #hasSaidRisk = false;
  #isOver = false;

  private constructor(run: GuardedRun) {
    this.#run = run;
  }

  /**
   * Starts a reaper that knows some groups from the start, and keeps one from then on. If there is no POSIX shell, a warning
   * says what that means.
   */
  static start(run: GuardedRun, groups: Iterable<number> = []): ReaperKeeper {
    const keeper = new ReaperKeeper(run);
    for (const group of groups) keeper.#living.set(group, `+ ${group} \n`);
    const error = keeper.#startReaper();
    if (error !== undefined) keeper.#startLater(`${RISK}: ${error}`);
    keeper.#checks = every(awakeClock, CHECK_MS, () => keeper.#check());
    return keeper;
  }

  /** Adds a group that is to end with this process, and the id of its attempt. */
  add(group: Guarded, attemptId = ""): void {
    const line = `+ ${group} ${ATTEMPT_ID.test(attemptId) ? attemptId : ""}\n`;
    this.#living.set(group, line);
    this.#unannounced.set(group, line);
    this.#announceSoon();
  }

  /**
   * Tells the reaper that a hook is about to start, until the result is disposed of. A hook has no id: the reaper could not tell it
   * from what another hook has left. Resolves when the reaper was told, or after a second.
   */
  async expectHook(): Promise<Disposable> {
    this.#hooks++;
    const telling = (async () => {
      while (this.#telling !== undefined) await this.#telling;
      await this.#announce();
    })();
    await withTimeout(telling, { ms: TELL_MS, clock: awakeClock });
    return {
      [Symbol.dispose]: () => {
        this.#hooks--;
        this.#announceSoon();
      },
    };
  }

  /** Removes a group that is gone; one that was never announced is not mentioned at all. */
  remove(group: Guarded): void {
    this.#living.delete(group);
    if (this.#unannounced.get(group)?.startsWith("+")) this.#unannounced.delete(group);
    else this.#unannounced.set(group, `- ${group}\n`);
    this.#announceSoon();
  }

  /** Dismisses the reaper. Resolves when it has ended, or cannot be ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const timer of [this.#announcement, this.#checks, this.#retry]) timer?.[Symbol.dispose]();
    if (this.#reaper !== undefined) await this.#dismiss(this.#reaper);
    await Promise.all(this.#replaced);
  }

  async #dismiss(reaper: Reaper): Promise<void> {
    if (await reaper.dismiss()) return;
    const end = isStopped(reaper.pid) ? "was stopped" : "did not end";
    const result = await reaper.kill() ? "was killed after the work" : "cannot be killed";
    this.#run.warn(`the reaper (process ${reaper.pid}) ${end}, and ${result}`);
  }

  /** Starts a reaper that knows all groups. Returns the error if there is one. */
  #startReaper(): string | undefined {
    try {
      const reaper = this.#reaper = Reaper.start(this.#run);
      reaper.ended.then((end) => this.#replace(reaper, end));
    } catch (error) {
      return errorMessage(error);
    }
    this.#startedAt = awakeClock.now();
    this.#stoppedLooks = 0;
    this.#telling = undefined;
    this.#unannounced.clear();
    for (const [group, line] of this.#living) this.#unannounced.set(group, line);
    this.#announce();
    if (this.#hasSaidRisk) this.#run.warn("there is a reaper again");
    this.#hasSaidRisk = false;
    return undefined;
  }

  /** Tries again after a pause, and warns of the risk unless that was done already. */
  #startLater(warning: string): void {
    const doublings = Math.max(0, this.#replacements - REPLACED_AT_ONCE - 1);
    const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** doublings);
    if (!this.#hasSaidRisk) this.#run.warn(warning);
    this.#hasSaidRisk = true;
    this.#retry = systemClock.after(pause, () => {
      const error = this.#startReaper();
      if (error === undefined) return;
      this.#replacements++;
      this.#startLater(`${RISK}: ${error}`);
    });
  }

  /** Replaces a reaper, if it is still the present one. */
  #replace(reaper: Reaper, end: string): void {
    if (this.#isOver || this.#reaper !== reaper) return;
    this.#reaper = this.#telling = undefined;
    if (awakeClock.now() - this.#startedAt > STEADY_MS) this.#replacements = 0;
    const what = `the reaper (process ${reaper.pid}) ${end}`;
    const others = this.#replacements++;
    if (others >= REPLACED_AT_ONCE) {
      return this.#startLater(
        `${what}, as ${others} before it: until there is another one, ${RISK}`,
      );
    }
    const error = this.#startReaper();
    if (error === undefined) this.#run.warn(`${what}: another one has taken its place`);
    else this.#startLater(`${what}, and there is no other one: ${RISK}: ${error}`);
  }

  #check(): void {
    const reaper = this.#reaper;
    if (reaper === undefined) return;
    this.#stoppedLooks = isStopped(reaper.pid) ? this.#stoppedLooks + 1 : 0;
    if (this.#stoppedLooks >= STOPPED_LOOKS) this.#replaceStopped(reaper, "was stopped");
    else if (reaper.silence > ANSWER_MS) {
      this.#replaceStopped(reaper, `has not answered for ${ANSWER_MS / 1000} seconds`);
    } else {
      // What a finished attempt has left may start others, which are no workers.
      this.#announce();
      reaper.ask();
    }
  }

  /** Replaces a reaper and kills it: if it went on, it would take the end of its pipe for the end of the executor. */
  #replaceStopped(reaper: Reaper, what: string): void {
    this.#replace(reaper, what);
    const killed = reaper.kill().finally(() => this.#replaced.delete(killed));
    this.#replaced.add(killed);
  }

  #announceSoon(): void {
    if (this.#isOver) return;
    this.#announcement ??= systemClock.after(DELAY_MS, () => {
      this.#announcement = undefined;
      this.#announce();
    });
  }

  /** Tells the reaper what is new. While its pipe is full, the news is collected. */
  async #announce(): Promise<void> {
    const reaper = this.#reaper;
    if (this.#telling !== undefined || reaper === undefined) return;
    const lines = Array.from(this.#unannounced.values());
    this.#unannounced.clear();
    lines.push(`h ${this.#hooks}\n`);
    // Even a range that is over left what it left before this moment.
    const ticks = ticksSinceStart();
    if (ticks !== undefined) lines.push(`@ ${ticks}\n`);
    await (this.#telling = reaper.tell(lines.join("")));
    if (reaper !== this.#reaper) return;
    this.#telling = undefined;
    if (this.#unannounced.size > 0) this.#announceSoon();
  }
}

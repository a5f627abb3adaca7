/**
 * Guard of hooks: it ends those that run if the executor is killed after the end of its run.
 *
 * @module
 */
import { expectHook } from "../../launchers/local/local_launcher.ts";
import { type GuardedRun, ReaperKeeper } from "../../launchers/local/reaper_keeper.ts";

/** Knows the hooks that run. As long as the run goes on, its own reaper guards them; this is for the time after it. */
export class HookGuard implements AsyncDisposable {
  readonly #groups = new Set<number>();
  #keeper: ReaperKeeper | undefined;

  /** Is called before a hook starts. What it returns is disposed of when the hook was added, or could not be started. */
  async expect(runId: string): Promise<Disposable> {
    const expected = new DisposableStack();
    expected.use(await expectHook(runId));
    expected.use(await this.#keeper?.expectHook());
    return expected;
  }

  /** Adds the process group of a hook. */
  add(group: number): void {
    this.#groups.add(group);
    this.#keeper?.add(group);
  }

  /** Removes the process group of a hook that has ended. */
  remove(group: number): void {
    this.#groups.delete(group);
    this.#keeper?.remove(group);
  }

  /** Starts a reaper of its own, as that of the run is about to end. */
  start(run: GuardedRun): void {
    this.#keeper = ReaperKeeper.start(run, this.#groups);
  }

  /** Dismisses the reaper. */
  async [Symbol.asyncDispose](): Promise<void> {
    const keeper = this.#keeper;
    this.#keeper = undefined;
    await keeper?.[Symbol.asyncDispose]();
  }
}

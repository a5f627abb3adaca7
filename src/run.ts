/**
 * One run of a job: a pool of workers that take ranges until there are none, or until it is stopped.
 *
 * @module
 */
import { unlessAborted } from "./abort.ts";
import { errorMessage } from "./error_message.ts";
import type { Launcher } from "./launchers/launcher.ts";
import type { RunSummary } from "./models.ts";
import { type RangeContext, RangeLife } from "./range_life.ts";
import { type ItemRange, splitRanges } from "./ranges.ts";
import type { StopRequest } from "./stop/level.ts";
import { StopSwitch } from "./stop/switch.ts";
import { summarize } from "./summary.ts";

/** Runs a job once. It begins when it is made; only {@linkcode Run.stop} may be called before {@linkcode Run.toEnd}. */
export class Run {
  readonly #context: RangeContext;
  readonly #ranges: Iterator<ItemRange>;
  #isOver = false;

  constructor(context: Omit<RangeContext, "stop">) {
    const { config: { split, ...config }, publisher } = context;
    const { totalItems, ranges, numWorkers, maxRetries, gridCols } = config;
    this.#context = { ...context, stop: new StopSwitch() };
    this.#ranges = splitRanges(totalItems, split);
    publisher.publish({
      kind: "run-started",
      runId: crypto.randomUUID(),
      totalItems,
      ranges,
      numWorkers,
      maxRetries,
      gridCols,
    });
  }

  /** Runs the job to its end, whatever that is. */
  async toEnd(): Promise<RunSummary> {
    const { publisher } = this.#context;
    await this.#workAll();
    this.#isOver = true;
    publisher.publish({ kind: "run-ended" });
    await this.#close();
    return summarize(publisher.state);
  }

  /** Takes a request to stop; says whether the process is to leave at once. */
  stop(request: StopRequest): boolean {
    const { publisher, stop } = this.#context;
    const changed = stop.request(request);
    const how = stop.level;
    if (how === "exit") return true;
    // A signal is published in any case: it is what the process ends by.
    const isNews = changed || request.cause.kind === "signal";
    if (how !== "none" && isNews && !this.#isOver) {
      publisher.publish({ kind: "run-stopping", how, cause: request.cause });
    }
    return false;
  }

  /** Has all workers work, in what the launcher holds for this run. */
  async #workAll(): Promise<void> {
    const { config, stop } = this.#context;
    await using launcher = this.#openLauncher();
    const context = { ...this.#context, launcher: launcher ?? this.#context.launcher };
    const workers = Array.from(
      { length: config.numWorkers },
      (_, worker) => this.#work(worker, context),
    );
    try {
      await Promise.all(workers);
    } catch (error) {
      // A fault of ours leaves no process behind either.
      this.stop({ how: "stop", cause: { kind: "abort" } });
      await Promise.allSettled(workers);
      throw error;
    } finally {
      await stop.cleaned();
    }
  }

  #openLauncher(): (Launcher & AsyncDisposable) | undefined {
    const { config: { gracePeriod, numWorkers }, launcher, publisher } = this.#context;
    if (numWorkers === 0) return undefined;
    try {
      return launcher.open?.({ runId: publisher.state.runId, gracePeriod });
    } catch (error) {
      const text = `workers would survive a conductor that is killed: ${errorMessage(error)}`;
      publisher.publish({ kind: "warning", text });
      return undefined;
    }
  }

  /** Waits for the reporters, but not for ever for a terminal that stands still when somebody wants the end. */
  async #close(): Promise<void> {
    const { config, clock, publisher, stop } = this.#context;
    const patience = new AbortController();
    using _timer = stop.stopping.aborted
      ? clock.after(config.gracePeriod, () => patience.abort())
      : undefined;
    const closed = publisher.close().then(() => true);
    const enough = AbortSignal.any([stop.killing, patience.signal]);
    if (await unlessAborted(closed, enough) === undefined) publisher.abandon();
  }

  async #work(worker: number, context: RangeContext): Promise<void> {
    while (!this.#context.stop.draining.aborted) {
      const { done, value: range } = this.#ranges.next();
      if (done) return;
      await new RangeLife(worker, range, context).toEnd();
      this.#haltIfDue();
    }
  }

  #haltIfDue(): void {
    const { config: { haltOn }, publisher, stop } = this.#context;
    const failures = publisher.state.failures.length;
    if (haltOn === undefined || failures < haltOn.failures || stop.level !== "none") return;
    const how = haltOn.how === "kill" ? "stop" : "drain";
    this.stop({ how, cause: { kind: "halt", failures } });
  }
}

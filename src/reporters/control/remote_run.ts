/**
 * Run of another process of this user, as a handle like that of a run of this process.
 *
 * @module
 */
import { caught } from "../../base/promises.ts";
import type { RunEvent } from "../../model/events.ts";
import { reduce } from "../../model/reduce.ts";
import type { Reporter, RunHandle } from "../../model/reporter.ts";
import { INITIAL_STATE, type RunState, summarize } from "../../model/state.ts";
import type { RunSummary } from "../../model/types.ts";
import { ConfigError } from "../../model/value_types.ts";
import type { RequestBody } from "./messages.ts";
import { liveRuns, type RunInfo } from "./registration.ts";
import { ControlError, RunConnection } from "./run_connection.ts";
import { listRuns, matchRuns } from "./run_names.ts";

/** A run that another process of this user executes. */
export interface ConnectedRun extends RunHandle, AsyncDisposable {
  /** Facts about it that do not change. */
  readonly info: RunInfo;
  /**
   * Ends the connection; the run goes on. `summary` then rejects with a {@linkcode ControlError}, unless the run is over.
   */
  close(): void;
}

/**
 * Connects to a run that goes on in another process of this user on this machine, such as one that `executor run` has started.
 *
 * @example
 * ```ts ignore
 * import { connect } from "@lambdawaker/executor/control";
 *
 * await using run = await connect("amber-fox");
 * run.setWorkers(16);
 * const summary = await run.summary;
 * ```
 *
 * @param run Its name or id, or the beginning of one.
 * @param reporters Get its events from now on. The first call of `report` is for `run-started`, with the present state.
 * @throws {ControlError} If there is no such run, there are several, or it cannot be reached.
 */
export async function connect(
  run: string,
  reporters: Reporter | readonly Reporter[] = [],
): Promise<ConnectedRun> {
  const live = await liveRuns();
  const [found, ...more] = matchRuns(run, live);
  if (found === undefined) {
    const others = live.length === 0 ? "" : `: there are ${listRuns(live)}`;
    throw new ControlError(`no run "${run}" goes on${others}`);
  }
  if (more.length > 0) {
    throw new ControlError(`"${run}" may be several runs: ${listRuns([found, ...more])}`);
  }
  return await RemoteRun.open(found.socket, [reporters].flat());
}

/** Passes calls on to a run, and its events to reporters. */
export class RemoteRun implements ConnectedRun {
  readonly info: RunInfo;
  readonly #connection: RunConnection;
  readonly #reporters: Set<Reporter>;
  readonly #summary = Promise.withResolvers<RunSummary>();
  #state: RunState = INITIAL_STATE;

  private constructor(connection: RunConnection, info: RunInfo, reporters: readonly Reporter[]) {
    this.#connection = connection;
    this.info = info;
    this.#reporters = new Set(reporters);
    // Nobody may wait for it.
    this.#summary.promise.catch(() => {});
  }

  /**
   * Connects to the run of a socket.
   *
   * @throws {ControlError} If it cannot be reached.
   */
  static async open(socket: string, reporters: readonly Reporter[] = []): Promise<RemoteRun> {
    const connection = await RunConnection.open(socket);
    const { kind: _kind, v: _version, ...info } = await connection.info;
    const run = new RemoteRun(connection, info, reporters);
    const wantsUsage = reporters.some((reporter) => reporter.wantsUsage);
    await connection.subscribe({
      onState: (state, _now, started) => {
        run.#state = state;
        run.#each((reporter) => reporter.control?.(run));
        run.#each((reporter) => reporter.report(started, state));
      },
      onEvent: (event) => run.#add(event),
      leaveOut: wantsUsage ? [] : ["usage"],
    });
    connection.closed.then(() => run.#end());
    return run;
  }

  get state(): RunState {
    return this.#state;
  }

  get summary(): Promise<RunSummary> {
    return this.#summary.promise;
  }

  readonly drain = (): void => this.#ask({ request: "drain" });

  readonly pause = (): void => this.#ask({ request: "pause" });

  readonly continue = (): void => this.#ask({ request: "continue" });

  readonly stop = (how: "stop" | "kill" = "stop"): void => {
    if (how !== "stop" && how !== "kill") {
      throw new ConfigError("how", {
        wanted: '"stop" or "kill"',
        value: how,
        task: "stop the run",
      });
    }
    this.#ask({ request: "stop", how });
  };

  readonly setWorkers = (count: number): void => {
    if (!Number.isSafeInteger(count) || count < 1) {
      const task = "change the number of workers";
      throw new ConfigError("count", { wanted: "a positive integer", value: count, task });
    }
    this.#ask({ request: "setWorkers", count });
  };

  readonly cancel: RunHandle["cancel"] = (range) => {
    const item = typeof range === "object" && range !== null ? range.item : undefined;
    if (typeof item === "string" || isCount(item)) {
      return this.#ask({ request: "cancel", item: `${item}` });
    }
    if (isCount(range)) return this.#ask({ request: "cancel", range });
    const wanted = "a non-negative integer, or an item as in { item: 3 }";
    throw new ConfigError("range", { wanted, value: range, task: "cancel the range" });
  };

  close(): void {
    this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** Sends a request. A run that is over needs none. */
  #ask(request: RequestBody): void {
    this.#connection.request(request).catch(() => {});
  }

  #add(event: RunEvent): void {
    this.#state = reduce(this.#state, event);
    this.#each((reporter) => reporter.report(event, this.#state));
  }

  /** Closes the reporters, and settles the summary. */
  async #end(): Promise<void> {
    if (this.#state.endedAt === undefined) {
      this.#each((reporter) => reporter.abandon?.());
      const { name } = this.info;
      return this.#summary.reject(
        new ControlError(`the connection to the run ${name} has ended before the run`),
      );
    }
    await Promise.allSettled(Array.from(this.#reporters, async (one) => await one.close?.()));
    this.#summary.resolve(summarize(this.#state));
  }

  /** Calls each reporter. One that throws gets nothing more. */
  #each(call: (reporter: Reporter) => unknown): void {
    for (const reporter of this.#reporters) {
      const drop = () => void this.#reporters.delete(reporter);
      try {
        caught(call(reporter), drop);
      } catch {
        drop();
      }
    }
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

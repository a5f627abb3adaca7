/**
 * Reporter that opens the socket of a run: once a worker has started, or the run has waited for a while.
 *
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import type { RunEvent } from "../../model/events.ts";
import type { Reporter, RunHandle } from "../../model/reporter.ts";
import type { ControlServer } from "./control_server.ts";
import type { RunInfo } from "./registration.ts";

/** Time from the start of the first worker to the socket: a run that is over by then needs none. In milliseconds. */
const AFTER_WORKER_MS = 50;
/** Time from the start of the run to the socket, if no worker starts. */
const AFTER_START_MS = 1_000;

/** Options of {@linkcode ControlReporter}. */
export interface ControlReporterOptions extends Omit<RunInfo, "runId" | "pid" | "startedAt"> {
  /** Stops the run as SIGTERM would. */
  readonly terminate?: () => void;
  /** Called with a sentence if the socket cannot be made and the person should know. */
  readonly warn: (text: string) => void;
  /**
   * Whether the person should always know.
   *
   * @default {false}
   */
  readonly isWanted?: boolean;
  /** @default {systemClock} */
  readonly clock?: Clock;
}

/** Makes a run reachable while it goes on. Without the permissions for that, or a folder, the run goes on without. */
export class ControlReporter implements Reporter {
  readonly #options: ControlReporterOptions;
  readonly #clock: Clock;
  #handle: RunHandle | undefined;
  #started: Extract<RunEvent, { kind: "run-started" }> | undefined;
  #timer: Disposable | undefined;
  #hasSpawned = false;
  #opening: Promise<void> | undefined;
  #server: ControlServer | undefined;
  #isOver = false;
  readonly #settled = Promise.withResolvers<void>();

  /** Opens nothing before the run starts. */
  constructor(options: ControlReporterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Whether a client wants to know what workers use. */
  get wantsUsage(): boolean {
    return this.#server?.wantsUsage ?? false;
  }

  /** Resolves when the run can be reached, or will not be. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** See {@linkcode Reporter.control}. */
  control(handle: RunHandle): void {
    this.#handle = handle;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent): void {
    this.#server?.report(event);
    if (event.kind === "run-started") {
      this.#started = event;
      this.#openAfter(AFTER_START_MS);
    } else if (event.kind === "spawned" && !this.#hasSpawned) {
      this.#hasSpawned = true;
      this.#openAfter(AFTER_WORKER_MS);
    }
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    await this.#opening;
    await this.#server?.close();
  }

  /** See {@linkcode Reporter.abandon}. */
  abandon(): void {
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    this.#server?.remove();
  }

  #openAfter(ms: number): void {
    if (this.#opening !== undefined) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(ms, () => {
      this.#opening ??= this.#open().finally(() => this.#settled.resolve());
    });
  }

  async #open(): Promise<void> {
    // Loaded here, so that short runs need not wait for it: `deno task bench start`.
    const { makeSocketFolder, socketFolder } = await import("./socket_folder.ts");
    const { ControlServer } = await import("./control_server.ts");
    const { liveRuns } = await import("./registration.ts");
    const [handle, started] = [this.#handle, this.#started];
    if (this.#isOver || handle === undefined || started === undefined) return;
    const folder = socketFolder();
    if (folder === undefined) {
      return this.#tell("the permissions net, read, write and sys are needed");
    }
    const fault = makeSocketFolder(folder);
    if (fault !== undefined) return this.#tell(fault.reason, fault.isUnsafe);
    const { warn: _warn, isWanted: _isWanted, clock: _clock, terminate, ...facts } = this.#options;
    const info = { ...facts, runId: started.runId, pid: Deno.pid, startedAt: started.t };
    try {
      this.#server = ControlServer.open({ folder, info, handle, started, terminate });
      // Removes what runs have left that were killed.
      await liveRuns(folder);
    } catch (error) {
      this.#tell(errorMessage(error));
    }
  }

  /** Tells why there is no socket, if that matters to the person. */
  #tell(reason: string, isAlways = this.#options.isWanted ?? false): void {
    if (isAlways) this.#options.warn(`the run cannot be reached by other commands: ${reason}`);
  }
}

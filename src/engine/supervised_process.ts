/**
 * Supervision of one process: reads its pipes to their end, ends it if it must be ended, and leaves nothing of it behind.
 *
 * @module
 */
import { type Clock, every, sleep, withTimeout } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import { CutOutputError } from "../launchers/losses.ts";
import { Termination } from "../launchers/termination.ts";
import type { EndedBy } from "../model/outcome.ts";
import type { CauseOf, ProcessExit } from "../model/cause.ts";
import { WorkerPipes, type WorkerPipesOptions } from "../output/worker_pipes.ts";
import { GuardedProcess } from "./guarded_process.ts";
import { Remains, type RemainsOptions } from "./remains.ts";
import type { Stoppable } from "./stop/switch.ts";

/** Processes of the group that are alive after this number of checks were left behind. */
const LINGER_CHECKS = 4;
/** Time between two of these checks, in milliseconds: 200 ms in all. */
const LINGER_CHECK_MS = 50;
/** Time that the status of a process may take after its end, in milliseconds … */
const STATUS_MS = 10_000;
/** … and if the process was asked to end. */
const ENDED_STATUS_MS = 2_000;

/** How the processes ended that another one has left behind. */
export interface Leak {
  /** Whether they had to be killed. */
  readonly forced: boolean;
  /** Whether they still held its output. */
  readonly cutOutput: boolean;
}

/** Options of {@linkcode SupervisedProcess}. */
export interface SupervisedProcessOptions extends Omit<WorkerPipesOptions, "onFault"> {
  readonly clock: Clock;
  /** Called when the process runs somewhere, or it is known that it never does. */
  readonly onPlaced?: () => void;
  /** Called when it has exited, or is given up. Some of its output may still be unread. */
  readonly onExit?: () => void;
  /** Called if the process left others behind, which were ended. */
  readonly onLeaked: (leak: Leak) => void;
  /** Publishes a problem that comes after the end. */
  readonly warn?: (text: string) => void;
}

/** How a supervised process ended. */
export interface SupervisedEnd {
  /** Undefined if it could not be ended. */
  readonly exit: ProcessExit | undefined;
  /** Bytes of its output that were dropped, as their lines were too long. */
  readonly droppedBytes: number;
}

/** Supervises a process that was started. */
export class SupervisedProcess implements Stoppable {
  readonly #process: GuardedProcess;
  readonly #options: SupervisedProcessOptions;
  readonly #termination: Termination;
  /** Resolves when the process cannot be ended. */
  readonly #givenUp = Promise.withResolvers<undefined>();
  readonly #cleaned = Promise.withResolvers<void>();
  #exit: ProcessExit | undefined;
  #endedBy: EndedBy | undefined;
  #fault: string | undefined;
  #isStopped = false;
  #isOver = false;
  #lostOutput: CauseOf<"output-lost"> | undefined;
  #node: string | undefined;
  #leftGroup: number | undefined;
  #pipesLeaked = false;
  #hasLeaked = false;

  /** Creates the supervisor; {@linkcode SupervisedProcess.run} begins. */
  constructor(process: WorkerProcess, options: SupervisedProcessOptions) {
    this.#process = new GuardedProcess(process, (message) => this.#fail(message));
    this.#options = options;
    this.#termination = new Termination(this.#process, options);
  }

  /** The process. */
  get process(): GuardedProcess {
    return this.#process;
  }

  /** Why it was ended, if it was. */
  get endedBy(): EndedBy | undefined {
    return this.#endedBy;
  }

  /** The error of the launcher's process, if there was one. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Set if output that was promised could not be kept. */
  get lostOutput(): CauseOf<"output-lost"> | undefined {
    return this.#lostOutput;
  }

  /** The node where it runs, if the launcher has several. */
  get node(): string | undefined {
    return this.#node;
  }

  /** Whether it had to be killed. */
  get isForced(): boolean {
    return this.#termination.forced;
  }

  /** Its group, if it runs on this machine and something in the group was alive at its end. */
  get leftGroup(): number | undefined {
    return this.#leftGroup;
  }

  /** Resolves some time after {@linkcode SupervisedProcess.run}, when no process of it is left. */
  get cleaned(): Promise<void> {
    return this.#cleaned.promise;
  }

  /** Supervises the process until it has ended and its pipes are read. Rejects if the launcher's process fails. */
  async run(): Promise<SupervisedEnd> {
    try {
      return await this.#supervise();
    } finally {
      this.#isOver = true;
      this.#clean().catch(() => {}).then(this.#cleaned.resolve);
    }
  }

  /**
   * Ends what the process left in groups and sessions of its own. Called when {@linkcode SupervisedProcess.cleaned} has
   * resolved.
   */
  endRemains(options: Pick<RemainsOptions, "emit">): Remains {
    const { clock, gracePeriod } = this.#options;
    return new Remains(this.#process, { ...options, clock, gracePeriod, isKnown: this.#hasLeaked });
  }

  /** Asks the group to end, and kills it after the grace period. */
  stop(signal: Deno.Signal): void {
    this.#isStopped = true;
    this.end({ kind: "stopped" }, signal);
  }

  /** Kills the group. */
  kill(): void {
    this.#isStopped = true;
    if (this.#exit === undefined) this.#endedBy ??= { kind: "stopped" };
    this.#claim();
    this.#termination.kill();
    this.#giveUpWithTermination();
  }

  /** Suspends the group. A session leader without a terminal ignores SIGTSTP, so this sends SIGSTOP. */
  suspend(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Continues the group. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Asks the group to end for a reason, with SIGTERM if no other signal is given, and kills it after the grace period. */
  end(by: EndedBy, signal: Deno.Signal = "SIGTERM"): void {
    if (this.#exit === undefined) this.#endedBy ??= by;
    this.#claim();
    this.#termination.signal(signal);
    this.#giveUpWithTermination();
  }

  /** Ends the process, as output that was promised cannot be kept. */
  loseOutput(cause: CauseOf<"output-lost">): void {
    this.#lostOutput ??= cause;
    // An output that takes nothing is not waited for any longer then.
    if (this.#isStopped) this.#endedBy ??= { kind: "stopped" };
    if (this.#exit === undefined) this.end(cause);
  }

  async #supervise(): Promise<SupervisedEnd> {
    using pipes = new WorkerPipes(this.#process, {
      ...this.#options,
      // What comes through a connection with other things must not hold them up.
      mayRest: this.#options.mayRest && this.#process.outputMayWait,
      onFault: () => this.#endFaulty(),
    });
    pipes.start();
    this.#exit = await this.#waitForExit(pipes);
    // The next attempt must not begin before a group that was asked to end is gone.
    await this.#termination.done;
    this.#pipesLeaked = !await pipes.drain();
    // The group may have been asked to end while its pipes were drained.
    await this.#termination.done;
    const killed = this.#exit?.kind === "signaled" || this.#endedBy !== undefined;
    await pipes.end({ killed });
    this.#checkPipes(pipes);
    const { pid, placement } = this.#process;
    if (placement === undefined && pid > 0 && this.#process.groupIsAlive()) this.#leftGroup = pid;
    return { exit: this.#exit, droppedBytes: pipes.droppedBytes };
  }

  /** Waits until the process exits. Returns `undefined` if it cannot be ended. */
  async #waitForExit(pipes: WorkerPipes): Promise<ProcessExit | undefined> {
    const { placement, status } = this.#process;
    using _status = this.#expectStatus(pipes);
    if (placement !== undefined) {
      const placed = placement.then((place) => void (this.#node = place?.node));
      await Promise.race([placed, status, this.#givenUp.promise]);
    }
    try {
      this.#options.onPlaced?.();
      return await Promise.race([status, this.#givenUp.promise]);
    } finally {
      this.#options.onExit?.();
    }
  }

  /** Ends the process if its status does not come though nothing of it is left. */
  #expectStatus(pipes: WorkerPipes): Disposable {
    const stack = new DisposableStack();
    pipes.ended.then(() => {
      if (stack.disposed) return;
      stack.use(every(this.#options.clock, STATUS_MS, () => {
        if (!this.#process.groupIsAlive()) this.#giveUpStatus(STATUS_MS);
      }));
    }, (error) => this.#fail(unreadable(error)));
    return stack;
  }

  /** Fails a process that ended in order, but whose output broke off: what it said last may be lost. It is lost if a cut did that. */
  #checkPipes({ broken }: WorkerPipes): void {
    if (broken === undefined || this.#exit?.kind !== "exited" || this.#endedBy !== undefined) {
      return;
    }
    const { error } = broken;
    if (error instanceof CutOutputError) this.#exit = { kind: "lost", reason: error.message };
    else this.#fault ??= unreadable(error);
  }

  #giveUpStatus(ms: number): void {
    this.#fail(
      `status of the launcher's process has not resolved ${ms / 1000} seconds after its end`,
    );
    this.#givenUp.resolve(undefined);
  }

  /** Ends the process, as what the launcher has made cannot be relied on. */
  #fail(message: string): void {
    if (this.#isOver) return this.#options.warn?.(message);
    if (this.#fault !== undefined) return;
    this.#fault = message;
    this.end({ kind: "fault", message });
  }

  #endFaulty(): void {
    const { fault: message } = this.#options.tracker;
    const isRunning = this.#exit === undefined && this.#endedBy === undefined;
    if (isRunning && message !== undefined) this.end({ kind: "fault", message });
  }

  /** Makes all processes of it end, not only those of its group. One that ended by itself may leave others behind. */
  #claim(): void {
    if (this.#exit === undefined) this.#process.claimAll?.();
  }

  #giveUpWithTermination(): void {
    this.#termination.done?.then(async () => {
      if (this.#termination.gaveUp) return this.#givenUp.resolve(undefined);
      const { status, killPatience = 0 } = this.#process;
      const ms = Math.max(ENDED_STATUS_MS, killPatience);
      const ended = status.then(() => true, () => true);
      if (!await withTimeout(ended, { ms, clock: this.#options.clock })) this.#giveUpStatus(ms);
    });
  }

  /** Ends the processes that are left in the group, though nobody asked it to end. */
  async #clean(): Promise<void> {
    const before = this.#termination.forced;
    const lingered = this.#pipesLeaked || await this.#lingers();
    // A stop of the run may have killed them meanwhile.
    if (!lingered && this.#termination.forced === before) return await this.#termination.done;
    if (this.#process.groupIsAlive()) this.#termination.signal("SIGTERM");
    await this.#termination.done;
    this.#hasLeaked = true;
    const cutOutput = this.#pipesLeaked && this.#endedBy === undefined;
    this.#options.onLeaked({ forced: !before && this.#termination.forced, cutOutput });
  }

  /** Returns whether processes of the group outlive their leader for longer than an orderly end takes. */
  async #lingers(): Promise<boolean> {
    const { clock } = this.#options;
    for (let check = 0; check < LINGER_CHECKS; check++) {
      if (!this.#process.groupIsAlive()) return false;
      await sleep(clock, LINGER_CHECK_MS);
    }
    return this.#process.groupIsAlive();
  }
}

function unreadable(error: unknown): string {
  return `the output of the launcher's process cannot be read: ${errorMessage(error)}`;
}

/**
 * Start of an attempt: asks for its command, and has its process started.
 *
 * @module
 */
import { type LinkedSignal, linkSignals, onAbort, unlessAborted } from "../base/abort.ts";
import { type Clock, sleep } from "../base/clock.ts";
import type { WorkerCommand } from "../launchers/launcher.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { AttemptRef } from "../model/events.ts";
import type { RangeFanout } from "../output/output_fanout.ts";
import type { WorkerState } from "../model/types.ts";
import { type GetCommand, resolveCommand, type RunFacts } from "./command.ts";
import type { EventBus } from "./event_bus.ts";
import type { MemoryNeed } from "./memory_room.ts";
import { ItemStream } from "./item_stream.ts";
import type { ProcessStarter, StartedProcess, StartOptions } from "./process_starter.ts";
import type { PlannedConfig } from "./slot_plan.ts";
import type { StopSwitch } from "./stop/switch.ts";
import { cpusOf, threadsPerWorker, type WorkerSetup } from "./worker_setup.ts";
import { type WorkerSlot, WorkerSlots } from "./worker_slots.ts";

/** Options of {@linkcode AttemptStarter}. */
export interface AttemptStarterOptions {
  readonly config: Pick<
    PlannedConfig,
    "job" | "stdin" | "gracePeriod" | "memory" | "slots" | "gpus" | "threads" | "cpus" | "nice"
  >;
  readonly getCommand: GetCommand;
  readonly processes: ProcessStarter;
  readonly stop: StopSwitch;
  readonly clock: Clock;
  readonly bus: EventBus;
}

/** An attempt that is to be run. */
export interface AttemptPlan {
  readonly ref: AttemptRef;
  /** The number of items that it works on. */
  readonly size: number;
  /** Whether it begins at a checkpoint that earlier attempts reached. */
  readonly continues: boolean;
  /** Whether it is not ended for being slow, as its range would not be tried again. */
  readonly mayBeSlow: boolean;
  /** The memory for which it waits, as its range ran out of it. */
  readonly memoryNeed?: MemoryNeed;
  /** Aborted when its range is cancelled. */
  readonly cancelled: AbortSignal;
  /** Is called when its process runs. */
  readonly onStarted: (pid: number) => void;
  /** Takes the output of the attempt. */
  readonly output?: RangeFanout;
}

/** Time after which a `getCommand` that has not answered is a warning, in milliseconds. */
const COMMAND_NOTICE_MS = 10_000;

/** Time after which an attempt is reported as waiting for a GPU or processors, in milliseconds. */
const SLOT_NOTICE_MS = 2_000;

/** A process that came too late is looked for so often, at this interval in milliseconds: for ten seconds. */
const MAX_CHECKS = 200;
const CHECK_MS = 50;

/** Starts the attempts of a run. */
export class AttemptStarter {
  readonly #options: AttemptStarterOptions;
  /** Absent if nothing is handed out. */
  readonly #slots: WorkerSlots | undefined;
  readonly #setup: WorkerSetup;

  /** Creates a starter for a run that has begun. */
  constructor(options: AttemptStarterOptions) {
    this.#options = options;
    const { config, bus } = options;
    const threads = threadsPerWorker(config, bus.state.numWorkers);
    this.#slots = config.slots && new WorkerSlots(config.slots);
    this.#setup = { threads, nice: config.nice };
  }

  /** Starts the process. Returns `undefined` if the run is stopped, or the range cancelled, first. */
  async start(
    plan: AttemptPlan,
    { emit, residentNumber }: {
      emit: (event: AttemptEvent) => void;
      residentNumber?: number;
    },
  ): Promise<StartedProcess | undefined> {
    const { bus: { state }, config: { job, stdin, memory }, processes } = this.#options;
    using ended = this.#untilEnded(plan);
    using stack = new DisposableStack();
    const slot = this.#slots &&
      stack.use(await this.#takeSlot(this.#slots, { emit, signal: ended.signal }));
    if (this.#slots !== undefined && slot === undefined) return undefined;
    const setup = { ...this.#setup, slot };
    // For all workers or none: a total that becomes known while they run is not passed on.
    const facts = { runId: state.runId, totalItems: job.totalItems, residentNumber, setup };
    const worker = this.#workerOf(plan, setup);
    const command = await this.#command(plan.ref, { worker, facts, signal: ended.signal });
    if (command === undefined) return undefined;
    const items = stdin && new ItemStream(worker.extraData, stdin);
    const limited: WorkerCommand = memory === undefined ? command : { ...command, memory };
    const fed: WorkerCommand = items ? { ...limited, stdin: "piped" } : limited;
    let isLate = false;
    const announce = (event: AttemptEvent) => {
      if (isLate) return;
      const isSpawned = event.kind === "spawned";
      emit(isSpawned ? { ...event, process: residentNumber, gpu: slot?.gpu } : event);
    };
    const options = this.#startOptions(plan, { emit: announce, signal: ended.signal, setup });
    const starting = processes.start(fed, options);
    const started = await this.#unlessOverdue(starting, plan.cancelled);
    if (started !== undefined) {
      items?.feed(started.process);
      return { ...started, slot: stack.move() };
    }
    isLate = true;
    this.#discardLate(starting, slot && stack.move());
    return undefined;
  }

  /**
   * Begins an attempt in a resident process that runs already. `isBegun` says that the process was sent the range: a drain comes
   * too late for it then, and a cancellation ends the process.
   */
  async continue(
    plan: AttemptPlan,
    { emit, isBegun }: { emit: (event: AttemptEvent) => void; isBegun: boolean },
  ): ReturnType<ProcessStarter["continue"]> {
    const { processes, stop } = this.#options;
    using ended = isBegun ? linkSignals(stop.stopping) : this.#untilEnded(plan);
    return await processes.continue(this.#startOptions(plan, { emit, signal: ended.signal }));
  }

  /** Returns a signal that is aborted when the attempt need not start any more. */
  #untilEnded({ cancelled }: AttemptPlan): LinkedSignal {
    return linkSignals(this.#options.stop.draining, cancelled);
  }

  /**
   * Waits for a start. A launcher that has not answered when the grace period after `cancelled` is over is given up:
   * resolves to `undefined` then. (When the run is stopped, `Patience` gives it up.)
   */
  async #unlessOverdue<T>(starting: Promise<T>, cancelled: AbortSignal): Promise<T | undefined> {
    const { clock, config: { gracePeriod } } = this.#options;
    const overdue = new AbortController();
    using stack = new DisposableStack();
    const start = () => void stack.use(clock.after(gracePeriod, () => overdue.abort()));
    stack.use(onAbort(cancelled, start));
    return await unlessAborted(starting, overdue.signal);
  }

  /** Takes what the process is to have for itself. Returns `undefined` if `signal` is aborted first. */
  async #takeSlot(
    slots: WorkerSlots,
    { emit, signal }: { emit: (event: AttemptEvent) => void; signal: AbortSignal },
  ): Promise<WorkerSlot | undefined> {
    using _notice = this.#options.clock.after(SLOT_NOTICE_MS, () => {
      const what = this.#options.config.gpus === undefined ? "processors" : "a GPU";
      emit({ kind: "launch-delayed", reason: `waits for ${what}` });
    });
    return await slots.take(signal);
  }

  /** Ends a process if it comes too late. Until it is gone, it has what was taken for it. */
  async #discardLate(
    starting: Promise<StartedProcess | undefined>,
    slot: Disposable | undefined,
  ): Promise<void> {
    using _slot = slot;
    try {
      const late = await starting;
      if (late === undefined) return;
      await discard(late);
      if (slot === undefined) return;
      for (let check = 0; check < MAX_CHECKS && late.process.groupIsAlive(); check++) {
        await sleep(this.#options.clock, CHECK_MS);
      }
    } catch {
      // There is no process, or its launcher fails: nobody learns more of it.
    }
  }

  /** Returns the worker of an attempt with what it may use. */
  #workerOf({ ref }: AttemptPlan, setup: WorkerSetup): WorkerState {
    const worker = this.#options.bus.state.workers[ref.worker]!;
    const cpus = cpusOf(setup);
    const gpu = setup.slot?.gpu;
    return { ...worker, ...(gpu !== undefined && { gpu }), ...(cpus !== undefined && { cpus }) };
  }

  #startOptions(
    plan: AttemptPlan,
    { emit, signal, setup = this.#setup }: {
      emit: (event: AttemptEvent) => void;
      signal: AbortSignal;
      setup?: WorkerSetup;
    },
  ): StartOptions {
    const { ref, continues, output } = plan;
    const worker = this.#workerOf(plan, setup);
    return {
      ref,
      emit,
      beforeLaunch: output && (() => output.begin({ worker, continues })),
      afterFailure: output && (() => output.release()),
      signal,
    };
  }

  /** Asks for the command. Returns `undefined` if `signal` is aborted first. */
  async #command(
    { range, worker: index }: AttemptRef,
    { worker, facts, signal }: { worker: WorkerState; facts: RunFacts; signal: AbortSignal },
  ): Promise<WorkerCommand | undefined> {
    const { bus, clock, getCommand } = this.#options;
    const command = resolveCommand(getCommand, worker, facts);
    if (!(command instanceof Promise)) return command;
    using _notice = clock.after(COMMAND_NOTICE_MS, () => {
      const seconds = COMMAND_NOTICE_MS / 1000;
      bus.publish({
        kind: "warning",
        text:
          `getCommand has not answered for range ${range} in ${seconds} seconds: worker ${index} waits for it`,
      });
    });
    return await unlessAborted(command, signal);
  }
}

/** Ends a process that has come too late: its range is over. */
async function discard({ process, log, ...started }: StartedProcess): Promise<void> {
  using _started = started;
  process.kill("SIGKILL");
  await Promise.allSettled([
    process.stdin?.abort(),
    process.stdout.cancel(),
    process.stderr.cancel(),
    log?.[Symbol.asyncDispose](),
  ]);
}

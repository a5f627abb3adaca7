/**
 * Pilot: the executor's own code on another machine, which starts workers there as local ones.
 *
 * Frames of its executor come through its stdin, and its own go to its stdout. It ends its workers by itself, with the grace
 * period, if the executor closes the connection or is silent for a lease, or if a signal asks the pilot to end. If the pilot is
 * killed, its reaper ends them.
 *
 * @module
 */
import { every, systemClock, withTimeout } from "../../base/clock.ts";
import { DEBUGGER_OPENED, guardDebugger } from "../../base/debugger.ts";
import { errorMessage } from "../../base/errors.ts";
import { writeAll } from "../../base/write_all.ts";
import { type Launcher, LaunchError } from "../launcher.ts";
import { Heartbeat } from "../lease.ts";
import { LocalLauncher, openLocalRun } from "../local/local_launcher.ts";
import { CONNECTION_CLOSED, ENGINE_ASKED, LEASE_EXPIRED } from "../losses.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import { countOf, type Frame, FrameReader, Kind, START_MS, textOf, valueOf } from "./frames.ts";
import { FrameWriter } from "./frame_writer.ts";
import { HostedWorker } from "./hosted_worker.ts";
import { KnownWorkers } from "./known_workers.ts";
import type { CannotMessage, LaunchMessage, OpenMessage, UseMessage } from "./payloads.ts";

/** The variable that tells the workers of a pilot from those of others: two nodes of a run may be one machine. */
const PLACE = "EXECUTOR_PILOT_ID";
/** Time between two messages about what workers use, in milliseconds. */
const USE_MS = 1_000;
/** How long the last words may take to go out, in milliseconds. */
const LAST_WORDS_MS = 2_000;

/** Where a pilot reads and writes. */
export interface PilotPipes {
  readonly input: ReadableStream<Uint8Array>;
  /** Writes all of some bytes. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /**
   * Milliseconds in which the executor must open it: there is no lease before that.
   *
   * @default {@linkcode START_MS}
   */
  readonly openMs?: number;
}

/** Runs a pilot on the stdin and stdout of this process, and ends the process. */
export async function runPilot(): Promise<never> {
  const pilot = new Pilot({
    input: Deno.stdin.readable,
    write: (bytes) => writeAll(Deno.stdout, bytes),
  });
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => pilot.end(`${ENGINE_ASKED} (${signal})`));
  }
  // An engine may send these to all processes of a job: they are meant for the workers.
  for (const signal of ["SIGQUIT", "SIGUSR2"] as const) Deno.addSignalListener(signal, () => {});
  let hasWarned = false;
  guardDebugger((end) => {
    if (end === "not-permitted") pilot.end(DEBUGGER_OPENED);
    else if (!hasWarned) pilot.warn(`${DEBUGGER_OPENED}: it was closed at once`);
    hasWarned = true;
  });
  await pilot.done;
  Deno.exit(0);
}

/** Serves one executor. */
export class Pilot {
  /** Resolves when it has ended all of its workers. Never rejects. */
  readonly done: Promise<void>;
  readonly #writer: FrameWriter;
  readonly #workers = new KnownWorkers<HostedWorker>();
  readonly #ending = Promise.withResolvers<void>();
  #run: OpenMessage | undefined;
  #local: (Launcher & AsyncDisposable) | undefined;
  #heartbeat: Heartbeat | undefined;
  #signAt = systemClock.now();
  readonly #place = crypto.randomUUID();
  /** Whether its executor has ended all that it wanted to end. */
  #isDismissed = false;
  /** Why it ends itself, once it does. */
  #endReason: string | undefined;

  constructor({ input, write, openMs = START_MS }: PilotPipes) {
    this.#writer = new FrameWriter(write, () => this.end("its output is closed"));
    this.done = this.#serve(input, openMs);
  }

  /** Ends all workers and then itself, for a reason that the executor is told. */
  end(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#writer.control(Kind.over, 0, reason);
    this.#ending.resolve();
  }

  /** Tells the executor of a problem. */
  warn(text: string): void {
    this.#writer.control(Kind.warning, 0, text);
  }

  async #serve(input: ReadableStream<Uint8Array>, openMs: number): Promise<void> {
    this.#read(input).then(
      () => this.end(CONNECTION_CLOSED),
      (error) => this.end(errorMessage(error)),
    );
    using _use = every(systemClock, USE_MS, () => this.#tellUse());
    using _open = systemClock.after(openMs, () => {
      if (this.#run === undefined) this.end("no executor has opened it");
    });
    await this.#ending.promise;
    this.#heartbeat?.stop();
    const { gracePeriod = 0 } = this.#run ?? {};
    const how = { gracePeriod, isAbandoned: !this.#isDismissed };
    await Promise.all(this.#workers.all().map((worker) => worker.end(how)));
    this.#workers[Symbol.dispose]();
    await this.#local?.[Symbol.asyncDispose]();
    await withTimeout(this.#writer.drained(), { ms: LAST_WORDS_MS, clock: systemClock });
  }

  async #read(input: ReadableStream<Uint8Array>): Promise<void> {
    const frames = new FrameReader();
    for await (const chunk of input) {
      this.#signAt = systemClock.now();
      for (const frame of frames.read(chunk)) {
        // The last word of the executor: it has no worker left.
        if (frame.kind === Kind.close) return void (this.#isDismissed = true);
        // What follows a command may be about its worker.
        if (frame.kind === Kind.open) await this.#open(valueOf(frame));
        else if (frame.kind === Kind.launch) await this.#launch(frame.worker, valueOf(frame));
        else this.#take(frame);
      }
    }
  }

  #take(frame: Frame): void {
    try {
      this.#serveFrame(frame);
    } catch (error) {
      this.warn(errorMessage(error));
    }
  }

  #serveFrame(frame: Frame): void {
    const { kind, worker, payload } = frame;
    if (kind === Kind.ping) return this.#writer.control(Kind.pong);
    const hosted = this.#workers.get(worker);
    if (hosted === undefined) {
      if (kind === Kind.search) this.#writer.control(Kind.searched, worker);
      return;
    }
    switch (kind) {
      case Kind.stdin:
        return hosted.write(payload);
      case Kind.stdinEnd:
        return hosted.endInput();
      case Kind.stdoutTaken:
        return hosted.give("stdout", countOf(payload));
      case Kind.stderrTaken:
        return hosted.give("stderr", countOf(payload));
      case Kind.signal:
        return hosted.kill(textOf(frame) as Deno.Signal);
      case Kind.claimAll:
        return hosted.claimAll();
      case Kind.search:
        hosted.search().catch((error) => this.warn(errorMessage(error)));
        return;
      case Kind.markUse:
        return hosted.markUse();
    }
  }

  async #open(run: OpenMessage): Promise<void> {
    this.#run = run;
    const warn = (text: string) => this.warn(text);
    const signal = new AbortController().signal;
    // What earlier runs have left here was ended before.
    const nothing = { earlierRuns: [], unfinished: [], inFlight: [] };
    const others = { signal, warn, place: `${PLACE}=${this.#place}` };
    this.#local = await openLocalRun(new LocalLauncher(), { ...run, ...nothing, ...others });
    this.#heartbeat = new Heartbeat({
      lease: run.lease,
      // The executor asks; the answers are its signs.
      ping: () => {},
      lastSignAt: () => this.#lastSignAt(),
      // The executor does not know that this process did not run.
      clock: systemClock,
      onSilence: () => this.end(LEASE_EXPIRED),
    });
    this.#heartbeat.start();
    this.#writer.control(Kind.ready);
  }

  /** When the executor gave its last sign. While all workers are suspended, the executor may be, too: then it gives no signs. */
  #lastSignAt(): number {
    const living = this.#workers.all().filter(({ isAlive }) => isAlive);
    const isSuspended = living.length > 0 && living.every(({ isHeld }) => isHeld);
    if (isSuspended) this.#signAt = systemClock.now();
    return this.#signAt;
  }

  async #launch(worker: number, command: LaunchMessage): Promise<void> {
    if (this.#endReason !== undefined) return;
    try {
      // As a shell has it that has changed to the directory.
      const env = { PWD: command.cwd, ...command.env, [PLACE]: this.#place };
      const process = await this.#local!.launch({ ...command, env });
      const { pid } = process;
      this.#writer.control(Kind.started, worker, JSON.stringify({ pid }));
      const hosted = new HostedWorker({
        worker,
        process,
        writer: this.#writer,
        window: this.#run!.window,
        lossReason: (hasFailed) => this.#lossReason(hasFailed),
      });
      this.#workers.add(worker, hosted);
      // What one that has failed has left elsewhere must end if the lease expires.
      hosted.over.then(() => {
        this.#workers.end(worker, { longer: hosted.isDone ? 0 : this.#run!.lease });
      });
    } catch (error) {
      const { message, permanent } = error instanceof LaunchError
        ? error
        : explainSpawnError(error, command);
      const cannot: CannotMessage = { reason: message, permanent };
      this.#writer.control(Kind.cannot, worker, JSON.stringify(cannot));
    }
  }

  /** Returns why a worker that has ended just now counts as lost; undefined if it has ended by itself. */
  async #lossReason(hasFailed: boolean): Promise<string | undefined> {
    const { settle = 0 } = this.#run ?? {};
    // A signal of the engine may have ended the worker, and not have reached this process.
    if (hasFailed && settle > 0) {
      await withTimeout(this.#ending.promise, { ms: settle, clock: systemClock });
    }
    return this.#endReason;
  }

  /** Tells what workers use, in one message for all of them. */
  #tellUse(): void {
    const messages: UseMessage[] = [];
    for (const worker of this.#workers.all()) {
      const message = worker.use();
      if (message !== undefined) messages.push(message);
    }
    if (messages.length > 0) this.#writer.control(Kind.use, 0, JSON.stringify(messages));
  }
}

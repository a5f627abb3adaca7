/**
 * A worker of a pilot, on the machine of the pilot.
 *
 * @module
 */
import { awakeClock, every, sleep, systemClock, withTimeout } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import { isKilled, type ProcessExit } from "../../model/cause.ts";
import type { WorkerProcess } from "../launcher.ts";
import { Termination } from "../termination.ts";
import { Kind } from "./frames.ts";
import { type FrameWriter, parts } from "./frame_writer.ts";
import type { ExitMessage, UseMessage } from "./payloads.ts";
import { Window } from "./window.ts";

/** Time between two looks at a group whose leader has ended, in milliseconds. */
const LOOK_MS = 25;
/** Time between two looks whether such a group is at work, in milliseconds. */
const WORK_LOOK_MS = 200;
/** If no output has come for so many milliseconds after the end of a worker, it is not waited for. */
const QUIET_MS = 100;
/** How long the last output may take to be read once a worker was ended, or has left its group alive, in milliseconds. */
const LAST_OUTPUT_MS = 1_000;

/** Options of {@linkcode HostedWorker}. */
export interface HostedWorkerOptions {
  /** Its number. */
  readonly worker: number;
  readonly process: WorkerProcess;
  readonly writer: FrameWriter;
  /** See {@linkcode OpenMessage.window}. */
  readonly window: number;
  /** Awaited at its end. Resolves to the reason if it counts as lost, as its pilot ends itself; else to undefined. */
  readonly lossReason: (hasFailed: boolean) => Promise<string | undefined>;
}

/** Passes on what a worker writes, reads, uses and gets. */
export class HostedWorker {
  /** Resolves when it has ended, and nothing is left to tell. */
  readonly over: Promise<void>;
  readonly #worker: number;
  readonly #process: WorkerProcess;
  readonly #writer: FrameWriter;
  readonly #lossReason: HostedWorkerOptions["lossReason"];
  readonly #windows: { readonly stdout: Window; readonly stderr: Window };
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #openStreams = 2;
  readonly #closed = Promise.withResolvers<void>();
  /** When output was read or sent last. */
  #lastOutputAt = 0;
  /** How many of its streams have output that was read and is not sent yet. */
  #unsent = 0;
  /** Whether it is being ended: then its end does not wait for a reader of its output. */
  #isEnding = false;
  #hasEnded = false;
  /** Its end, once that was told. */
  #exit: ProcessExit | undefined;
  #isAlive = true;
  #isHeld = false;
  #marks = 0;
  #toldUse = "";

  constructor({ worker, process, writer, window, lossReason }: HostedWorkerOptions) {
    this.#windows = { stdout: new Window(window), stderr: new Window(window) };
    this.#lossReason = lossReason;
    this.#worker = worker;
    this.#process = process;
    this.#writer = writer;
    this.#stdin = process.stdin?.getWriter();
    this.#stdin?.closed.catch(() => {
      // It has closed its stdin, as `head` does.
      if (!this.#hasEnded) writer.control(Kind.stdinClosed, worker);
    });
    const streams = Promise.all([this.#pump("stdout"), this.#pump("stderr")]);
    this.over = Promise.all([streams, this.#awaitEnd()]).then(() => {});
  }

  /** Whether it is suspended: its executor may be, too. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Whether a process of it is alive, as far as is known. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether it has exited with 0: what it has left in groups and sessions of its own may stay. */
  get isDone(): boolean {
    return this.#exit?.kind === "exited" && this.#exit.code === 0;
  }

  /** Takes notice that the executor has taken so many bytes of a stream. */
  give(stream: "stdout" | "stderr", bytes: number): void {
    this.#windows[stream].give(bytes);
  }

  /** Writes to its stdin, and tells how much it has taken. */
  write(bytes: Uint8Array): void {
    this.#stdin?.write(bytes).then(
      () => this.#writer.taken(Kind.stdinTaken, this.#worker, bytes.length),
      () => {},
    );
  }

  /** Closes its stdin. */
  endInput(): void {
    this.#stdin?.close().catch(() => {});
  }

  /** Signals it. */
  kill(signal: Deno.Signal): void {
    if (signal === "SIGSTOP") this.#isHeld = true;
    if (signal === "SIGCONT" || signal === "SIGKILL") this.#isHeld = false;
    if (signal === "SIGKILL") this.#isEnding = true;
    this.#process.kill(signal);
  }

  /** See {@linkcode WorkerProcess.claimAll}. */
  claimAll(): void {
    this.#isEnding = true;
    this.#process.claimAll?.();
  }

  /** Searches for its processes, and tells whether one is alive. */
  async search(): Promise<void> {
    await this.#process.search?.();
    this.#look();
    this.#writer.control(Kind.searched, this.#worker, this.#isAlive ? "alive" : "");
  }

  /** See {@linkcode WorkerProcess.markUse}. */
  markUse(): void {
    this.#marks++;
    this.#process.markUse?.();
  }

  /** Returns what it uses, if that has changed since the last call. */
  use(): UseMessage | undefined {
    if (this.#hasEnded) return undefined;
    const message = {
      worker: this.#worker,
      usage: this.#process.usage?.(),
      used: this.#process.used?.(),
      marks: this.#marks,
    };
    const text = JSON.stringify(message);
    if (text === this.#toldUse) return undefined;
    this.#toldUse = text;
    return message;
  }

  /**
   * Ends all of its processes. If its range may be tried again without a word to this pilot, what it has left elsewhere ends, too,
   * unless it is done.
   */
  async end(
    { gracePeriod, isAbandoned }: { gracePeriod: number; isAbandoned: boolean },
  ): Promise<void> {
    if (this.#exit === undefined || (isAbandoned && !this.isDone)) this.claimAll();
    const termination = new Termination(this.#process, { clock: awakeClock, gracePeriod });
    if (this.#isHeld) {
      // It must not wake up: its range may run again by now.
      await this.#process.search?.();
      termination.kill();
    } else termination.signal("SIGTERM");
    await termination.done;
    this.#windows.stdout.close();
    this.#windows.stderr.close();
    // A process that is not of the worker may hold its streams for ever.
    await withTimeout(this.over, { ms: LAST_OUTPUT_MS, clock: systemClock });
  }

  async #pump(name: "stdout" | "stderr"): Promise<void> {
    const [kind, end] = name === "stdout"
      ? [Kind.stdout, Kind.stdoutEnd]
      : [Kind.stderr, Kind.stderrEnd];
    try {
      for await (const chunk of this.#process[name]) {
        await this.#send(kind, chunk, this.#windows[name]);
      }
      this.#writer.ordered(end, this.#worker);
    } catch (error) {
      this.#writer.ordered(end, this.#worker, errorMessage(error));
    } finally {
      if (--this.#openStreams === 0) this.#closed.resolve();
    }
  }

  /**
   * Resolves when all of its output was sent, or none has come for a while: another process may hold the streams. One of its group
   * may print for ever: the executor ends the group after the end of the worker.
   */
  async #outputSent(): Promise<void> {
    const endedAt = this.#lastOutputAt = awakeClock.now();
    while (this.#openStreams > 0) {
      const now = awakeClock.now();
      const mayLeave = this.#unsent === 0 || this.#isEnding;
      if (mayLeave && now - this.#lastOutputAt >= QUIET_MS) return;
      if (now - endedAt >= LAST_OUTPUT_MS && this.#process.groupIsAlive()) return;
      await withTimeout(this.#closed.promise, { ms: LOOK_MS, clock: systemClock });
    }
  }

  async #send(kind: Kind, chunk: Uint8Array, window: Window): Promise<void> {
    this.#unsent++;
    try {
      for (const part of parts(chunk)) await this.#sendPart(kind, part, window);
    } finally {
      this.#unsent--;
      this.#lastOutputAt = awakeClock.now();
    }
  }

  async #sendPart(kind: Kind, part: Uint8Array, window: Window): Promise<void> {
    for (let rest = part; rest.length > 0;) {
      const size = await window.take(rest.length);
      if (size === 0) throw new Error("its pilot has ended before all of its output was sent");
      const data = rest.subarray(0, size);
      // Its executor may wait for the answer of a worker that reads. With a full window, the worker waits for its executor.
      if (this.#stdin !== undefined || window.isFull) {
        this.#writer.ordered(kind, this.#worker, data);
      } else this.#writer.gathered(kind, this.#worker, data);
      rest = rest.subarray(size);
    }
  }

  async #awaitEnd(): Promise<void> {
    const exit = await this.#process.status;
    this.#hasEnded = true;
    // Its executor may send it more before it knows of its end, which waits for the output.
    if (this.#stdin !== undefined) this.#writer.control(Kind.stdinClosed, this.#worker);
    // Its output comes before its end, as far as nothing else holds it.
    await this.#outputSent();
    const hasFailed = exit.kind !== "exited" || exit.code !== 0;
    const reason = await this.#lossReason(hasFailed);
    this.#exit = reason === undefined ? exit : { kind: "lost", reason };
    this.#isAlive = this.#process.groupIsAlive();
    const message: ExitMessage = {
      exit: this.#exit,
      isAlive: this.#isAlive,
      used: this.#process.used?.(),
      memoryKill: isKilled(exit) ? this.#process.memoryKill?.() : undefined,
    };
    this.#writer.ordered(Kind.exit, this.#worker, JSON.stringify(message));
    // At once, as its executor knows nothing of the group so far, and gives up streams that are silent for a moment.
    this.#tellWork();
    using _work = every(systemClock, WORK_LOOK_MS, () => this.#tellWork());
    while (this.#isAlive || this.#openStreams > 0) {
      await sleep(systemClock, LOOK_MS);
      this.#look();
    }
  }

  /** Looks whether a process of it is alive, and tells the executor if that has changed. */
  #look(): void {
    if (this.#exit === undefined) return;
    const isAlive = this.#process.groupIsAlive();
    if (isAlive === this.#isAlive) return;
    this.#isAlive = isAlive;
    this.#writer.ordered(Kind.alive, this.#worker, isAlive ? "alive" : "");
  }

  /** Tells the executor that its group is at work, as its streams are held open. */
  #tellWork(): void {
    if (this.#openStreams > 0 && this.#process.groupIsAtWork?.() === true) {
      this.#writer.control(Kind.working, this.#worker);
    }
  }
}

/**
 * A worker of a pilot, on the side of the executor.
 *
 * @module
 */
import { awakeClock, systemClock, withTimeout } from "../../base/clock.ts";
import type { ProcessExit } from "../../model/cause.ts";
import type { ResourceUse, Usage } from "../../model/types.ts";
import type { MemoryKill, Placement, WorkerProcess } from "../launcher.ts";
import { CutOutputError, OUTPUT_CUT } from "../losses.ts";
import { Kind } from "./frames.ts";
import type { FrameWriter } from "./frame_writer.ts";
import type { CannotMessage, ExitMessage, LaunchMessage, UseMessage } from "./payloads.ts";
import { PilotInput, PilotOutput } from "./pilot_streams.ts";

/** Milliseconds that a pilot has to answer a question, on top of what the way there takes. */
const ANSWER_MS = 2_000;
/** For how long a sign of work counts, in milliseconds. */
const WORK_MS = 500;
/** A worker that runs and uses more of a processor than this is at work. */
const WORK_CPU = 0.005;
/** A process that is alive so many milliseconds after SIGKILL cannot be killed, if its pilot answers. */
const KILL_MS = 2_000;

/** Options of {@linkcode PilotWorker}. */
export interface PilotWorkerOptions {
  /** Its number; no other worker of the pilot has it. */
  readonly worker: number;
  readonly command: LaunchMessage;
  readonly writer: FrameWriter;
  /** See {@linkcode OpenMessage.window}. */
  readonly window: number;
  /** Where the pilot is: the node, the engine's name for it, and the process here that leads there. */
  readonly pilot: { readonly node: string; readonly id?: string; readonly pid: number };
  /** Milliseconds from SIGKILL until nothing of a worker runs that cannot be reached. */
  readonly fence: number;
  /** Called once when its end was seen, all of its output has come, and nothing of it is left. */
  readonly onOver: () => void;
}

/** Passes on what happens to a worker there. */
export class PilotWorker implements WorkerProcess {
  readonly pid: number;
  readonly placement: Promise<Placement | undefined>;
  readonly status: Promise<ProcessExit>;
  /** A pilot sends other output while some is not taken. */
  readonly outputMayWait = true;
  readonly stdin: WritableStream<Uint8Array> | undefined;
  readonly #options: Omit<PilotWorkerOptions, "command">;
  readonly #input: PilotInput | undefined;
  readonly #stdout: PilotOutput;
  readonly #stderr: PilotOutput;
  readonly #placed = Promise.withResolvers<Placement | undefined>();
  readonly #ended = Promise.withResolvers<ProcessExit>();
  #hasStarted = false;
  #exit: ExitMessage | undefined;
  #isAlive = true;
  #isLost = false;
  #killedAt = Infinity;
  #workedAt = -Infinity;
  #use: UseMessage | undefined;
  #marks = 0;
  #searched: (() => void) | undefined;
  #openStreams = 2;
  #hasToldOver = false;

  /** Asks the pilot to start it. */
  constructor({ command, ...options }: PilotWorkerOptions) {
    // Without the command, which nobody asks for again: its variables take much memory. (Row pilots of bench/.)
    this.#options = options;
    const { worker, writer, window, pilot } = options;
    this.pid = pilot.pid;
    this.placement = this.#placed.promise;
    this.status = this.#ended.promise;
    this.#input = command.stdin === "piped" ? new PilotInput(writer, worker) : undefined;
    this.stdin = this.#input?.stream;
    const output = (kind: Kind) =>
      new PilotOutput((bytes) => writer.taken(kind, worker, bytes), window);
    this.#stdout = output(Kind.stdoutTaken);
    this.#stderr = output(Kind.stderrTaken);
    writer.control(Kind.launch, worker, JSON.stringify(command));
  }

  get stdout(): ReadableStream<Uint8Array> {
    return this.#stdout.stream;
  }

  get stderr(): ReadableStream<Uint8Array> {
    return this.#stderr.stream;
  }

  /** Left out if it is in reach of its pilot, and SIGKILL has not ended it: then nobody can promise that it ends. */
  get killPatience(): number | undefined {
    const isStuck = !this.#isLost && awakeClock.now() - this.#killedAt > KILL_MS;
    return isStuck ? undefined : KILL_MS + this.#options.fence;
  }

  kill(signal: Deno.Signal): void {
    if (!this.#isAlive || this.#isLost) return;
    if (signal === "SIGKILL") this.#killedAt = Math.min(this.#killedAt, awakeClock.now());
    this.#options.writer.control(Kind.signal, this.#options.worker, signal);
  }

  groupIsAlive(): boolean {
    return this.#isAlive;
  }

  groupIsAtWork(): boolean {
    if (this.#exit === undefined) return (this.usage()?.cpu ?? 0) > WORK_CPU;
    return awakeClock.now() - this.#workedAt < WORK_MS;
  }

  claimAll(): void {
    if (!this.#isLost) this.#options.writer.control(Kind.claimAll, this.#options.worker);
  }

  /** Asks the pilot to search, and waits for its answer. */
  async search(): Promise<void> {
    if (this.#isLost) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#searched = resolve;
    this.#options.writer.control(Kind.search, this.#options.worker);
    await withTimeout(promise, { ms: ANSWER_MS, clock: systemClock });
  }

  usage(): Usage | undefined {
    return this.#exit === undefined ? this.#use?.usage : undefined;
  }

  used(): ResourceUse | undefined {
    if (this.#exit !== undefined) return this.#exit.used;
    return this.#use?.marks === this.#marks ? this.#use.used : undefined;
  }

  markUse(): void {
    this.#marks++;
    if (!this.#isLost) this.#options.writer.control(Kind.markUse, this.#options.worker);
  }

  memoryKill(): MemoryKill | undefined {
    return this.#exit?.memoryKill;
  }

  /** Takes notice that it runs. */
  onStarted(pid: number): void {
    this.#hasStarted = true;
    const { node, id } = this.#options.pilot;
    this.#placed.resolve({ node, id, pid });
  }

  /** Takes notice that it cannot run. */
  onCannot({ reason, permanent }: CannotMessage): void {
    this.#end({ kind: "launch-failed", permanent, reason });
  }

  /** Takes notice of what it has written. */
  onOutput(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    (stream === "stdout" ? this.#stdout : this.#stderr).push(bytes);
  }

  /** Takes notice of the end of a stream, and of the error that has broken it if there was one. */
  onOutputEnd(stream: "stdout" | "stderr", error?: string): void {
    const cut = error ? new CutOutputError(error) : undefined;
    (stream === "stdout" ? this.#stdout : this.#stderr).end(cut);
    this.#openStreams--;
    this.#tellOver();
  }

  /** Takes notice that it has taken so many bytes of its stdin. */
  onInputTaken(bytes: number): void {
    this.#input?.give(bytes);
  }

  /** Takes notice that it has closed its stdin. */
  onInputClosed(): void {
    this.#input?.break();
  }

  /** Takes notice of what it uses. */
  onUse(use: UseMessage): void {
    this.#use = use;
  }

  /** Takes notice of its end. */
  onExit(message: ExitMessage): void {
    this.#exit = message;
    this.#isAlive = message.isAlive;
    this.#input?.break();
    this.#ended.resolve(message.exit);
    this.#tellOver();
  }

  /** Takes notice whether a process of it is alive. */
  onAlive(isAlive: boolean): void {
    if (!this.#isLost) this.#isAlive = isAlive;
    this.#tellOver();
  }

  /** Takes notice of the answer to a search. */
  onSearched(isAlive: boolean): void {
    if (this.#exit !== undefined) this.onAlive(isAlive);
    this.#searched?.();
  }

  /** Takes notice that its group is at work. */
  onWorking(): void {
    this.#workedAt = awakeClock.now();
  }

  /** Whether its end was seen, and nothing of it is left. */
  get isOver(): boolean {
    return this.#exit !== undefined && !this.#isAlive;
  }

  /** Takes notice that nothing more will be heard of it. */
  onCut(): void {
    this.#isLost = true;
    // The end of a worker may be known, and not all that was printed for it: others may hold its streams.
    const error = this.#exit && new CutOutputError(OUTPUT_CUT);
    this.#stdout.end(error);
    this.#stderr.end(error);
    this.#input?.break();
    this.#searched?.();
  }

  /** Takes notice that its pilot was lost, and that nothing of it runs any more. */
  onLost(reason: string): void {
    this.onCut();
    this.#end({ kind: this.#hasStarted ? "lost" : "launch-failed", reason });
  }

  #tellOver(): void {
    if (this.#hasToldOver || !this.isOver || this.#openStreams > 0) return;
    this.#hasToldOver = true;
    this.#options.onOver();
  }

  /** Ends it without a word of the pilot about its end. */
  #end(exit: ProcessExit): void {
    this.#exit ??= { exit, isAlive: false };
    this.#isAlive = false;
    this.#stdout.end();
    this.#stderr.end();
    this.#input?.break();
    this.#placed.resolve(undefined);
    this.#ended.resolve(exit);
  }
}

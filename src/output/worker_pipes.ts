/**
 * Reads the two pipes of a worker into its tracker and its capture.
 *
 * @module
 */
import { type Clock, sleep } from "../base/clock.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import type { OutputStream } from "../model/protocol.ts";
import type { Fragment } from "./byte_stage.ts";
import type { OutputCapture } from "./capture.ts";
import { OverwrittenLines, type StateTracker } from "./overwritten_lines.ts";
import type { ProgressTracker } from "./progress_tracker.ts";
import { StreamReader, type Turns } from "./stream_reader.ts";

/**
 * After the exit, pipes that others hold open are given up after this number of checks in a row that saw neither bytes nor
 * work …
 */
const SILENT_CHECKS = 4;
/** … at this distance: 200 ms in all, in steps, so that one late timer does not count as silence. */
const CHECK_MS = 50;

/** Takes what the pipes bring. */
export type PipeTracker = StateTracker & Pick<ProgressTracker, "bytesArrived" | "fault">;

/** Options of {@linkcode WorkerPipes}. */
export interface WorkerPipesOptions {
  readonly clock: Clock;
  readonly tracker: PipeTracker;
  readonly capture: Pick<OutputCapture, "isBusy" | "log" | "kept">;
  /** Milliseconds after the exit in which others may go on to write. */
  readonly gracePeriod: number;
  /** Reads each stream in turns, if the process works on one range after another. */
  readonly turns?: Readonly<Record<OutputStream, Turns>>;
  /** Called when the protocol has failed. */
  readonly onFault: () => void;
  /** Called when stdout is at its end, and what it had is kept. */
  readonly onStdoutEnd?: () => void;
}

/** A process with its pipes. */
export type PipedProcess = Pick<WorkerProcess, OutputStream | "groupIsAtWork">;

/** One of the two pipes. */
interface Pipe {
  readonly stream: OutputStream;
  readonly reader: StreamReader;
  readonly lines: OverwrittenLines;
  /** What it ended in without a line end. */
  fragment: Promise<Fragment | undefined>;
}

/** Reads both pipes, from {@linkcode WorkerPipes.start} on. */
export class WorkerPipes {
  readonly #process: PipedProcess;
  readonly #options: WorkerPipesOptions;
  readonly #pipes: readonly Pipe[];
  #bytesArrived = false;

  constructor(process: PipedProcess, options: WorkerPipesOptions) {
    this.#process = process;
    this.#options = options;
    this.#pipes = [this.#pipe(process, "stderr"), this.#pipe(process, "stdout")];
  }

  /** Number of bytes dropped so far, which were beyond the maximum length of a line. */
  get droppedBytes(): number {
    return this.#pipes.reduce((sum, { reader }) => sum + reader.droppedBytes, 0);
  }

  /** Resolves when both pipes are at their end, and what they had is kept; rejects if one is no stream of bytes. */
  get ended(): Promise<unknown> {
    return this.#fragments();
  }

  /** Begins to read. */
  start(): void {
    this.#checkFault();
    for (const pipe of this.#pipes) pipe.fragment = pipe.reader.read();
    const { onStdoutEnd } = this.#options;
    if (onStdoutEnd === undefined) return;
    const stdout = this.#pipes.find(({ stream }) => stream === "stdout")!;
    stdout.fragment.then(onStdoutEnd, () => {});
  }

  /**
   * Reads the rest of the output of a worker that has ended. Others may hold its pipes, such as a filter that has not written
   * everything: as long as they are at work, they have the grace period. Resolves to whether it came to the ends of both pipes.
   */
  async drain(): Promise<boolean> {
    const isAtEnd = await this.#untilEnd();
    if (!isAtEnd) { for (const { reader } of this.#pipes) reader.abandon(); }
    await this.#fragments();
    return isAtEnd;
  }

  /** Takes the text that the pipes ended in, when all is read. */
  async end({ killed }: { killed: boolean }): Promise<void> {
    const { capture } = this.#options;
    for (const { stream, lines, fragment } of this.#pipes) {
      const { text = "", bytes } = await fragment ?? {};
      const verdict = lines.finish(text === "" ? undefined : text, { killed });
      if (bytes === undefined) continue;
      const kept = capture.kept(stream);
      if (verdict === "text") await kept?.write(bytes);
      else if (verdict === "overwriting signal") await kept?.overwrite(new Uint8Array());
    }
    this.#checkFault();
  }

  async #untilEnd(): Promise<boolean> {
    const { clock, capture, gracePeriod } = this.#options;
    const maxChecks = Math.max(SILENT_CHECKS, gracePeriod / CHECK_MS);
    const done = new AbortController();
    const finish = () => done.abort();
    this.#fragments().then(finish, finish);
    for (let check = 0, silent = 0; check < maxChecks && silent < SILENT_CHECKS;) {
      // Pipes that are not read because their bytes are being written are not silent.
      const isWritten = !capture.isBusy;
      this.#bytesArrived = !isWritten;
      if (isWritten) check++;
      await sleep(clock, CHECK_MS, done.signal);
      if (done.signal.aborted) return true;
      const isAtWork = this.#bytesArrived || this.#process.groupIsAtWork?.() === true;
      silent = isAtWork ? 0 : silent + 1;
    }
    return false;
  }

  #fragments(): Promise<unknown> {
    return Promise.all(this.#pipes.map(({ fragment }) => fragment));
  }

  #pipe(process: PipedProcess, stream: OutputStream): Pipe {
    const { tracker, capture, turns } = this.#options;
    const lines = new OverwrittenLines(tracker, stream);
    const reader = new StreamReader(process[stream], {
      sink: lines,
      kept: capture.kept(stream),
      onChunk: (bytes) => {
        this.#bytesArrived = true;
        tracker.bytesArrived();
        return capture.log(bytes);
      },
      onRead: () => this.#checkFault(),
      turns: turns?.[stream],
    });
    return { stream, reader, lines, fragment: Promise.resolve(undefined) };
  }

  #checkFault(): void {
    const { tracker, onFault } = this.#options;
    if (tracker.fault !== undefined) onFault();
  }
}

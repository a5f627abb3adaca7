/**
 * Reads the two pipes of a worker into its tracker and its capture.
 *
 * @module
 */
import { type Clock, sleep, systemClock } from "../base/clock.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import type { OutputStream } from "../model/protocol.ts";
import type { Fragment } from "./byte_stage.ts";
import type { OutputCapture } from "./capture.ts";
import { OverwrittenLines, type StateTracker } from "./overwritten_lines.ts";
import type { ProgressTracker } from "./progress_tracker.ts";
import { ReadPace } from "./read_pace.ts";
import { StreamReader, type Turns } from "./stream_reader.ts";

/**
 * After the exit, pipes that others hold open are given up after this number of checks in a row that saw neither bytes nor
 * work …
 */
const SILENT_CHECKS = 4;
/** … at this distance: 200 ms in all, in steps, so that one late timer does not count as silence. */
const CHECK_MS = 50;

/** Takes what the pipes bring. */
export type PipeTracker =
  & StateTracker
  & Pick<ProgressTracker, "bytesArrived" | "bytesRead" | "fault">;

/** Options of {@linkcode WorkerPipes}. */
export interface WorkerPipesOptions {
  readonly clock: Clock;
  readonly tracker: PipeTracker;
  readonly capture: Pick<OutputCapture, "isBusy" | "log" | "kept">;
  /** Milliseconds after the exit in which others may go on to write. */
  readonly gracePeriod: number;
  /** Reads each stream in turns, if the process works on one range after another. */
  readonly turns?: Readonly<Record<OutputStream, Turns>>;
  /** Whether stdout may rest between two reads, see {@linkcode ReadPace}. An output that shows what comes wants it at once. */
  readonly mayRest?: boolean;
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
export class WorkerPipes implements Disposable {
  readonly #process: PipedProcess;
  readonly #options: WorkerPipesOptions;
  readonly #pipes: readonly Pipe[];
  /** The pace of stdout, if it may rest. */
  readonly #pace: ReadPace | undefined;
  #bytesArrived = false;
  /** The number of those that are not at their end. */
  #openPipes = 2;

  constructor(process: PipedProcess, options: WorkerPipesOptions) {
    this.#process = process;
    this.#options = options;
    const { turns, mayRest = false, capture, clock } = options;
    const isWaitedFor = turns !== undefined || capture.kept("stdout") !== undefined;
    this.#pace = mayRest && !isWaitedFor ? new ReadPace(clock) : undefined;
    this.#pipes = [this.#pipe(process, "stderr"), this.#pipe(process, "stdout")];
  }

  /** Number of bytes dropped so far, which were beyond the maximum length of a line. */
  get droppedBytes(): number {
    return this.#pipes.reduce((sum, { reader }) => sum + reader.droppedBytes, 0);
  }

  /** The error that one of the pipes broke with, if one did: some of its output is lost. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#pipes.find(({ reader }) => reader.broken !== undefined)?.reader.broken;
  }

  /** Resolves when both pipes are at their end, and what they had is kept; rejects if one is no stream of bytes. */
  get ended(): Promise<unknown> {
    return this.#fragments();
  }

  /** Begins to read. */
  start(): void {
    this.#checkFault();
    this.#pace?.start();
    const { onStdoutEnd } = this.#options;
    for (const pipe of this.#pipes) {
      pipe.fragment = pipe.reader.read();
      pipe.fragment.then(() => {
        this.#openPipes--;
        if (pipe.stream === "stdout") onStdoutEnd?.();
      }, () => {});
    }
  }

  /**
   * Reads the rest of the output of a worker that has ended. Others may hold its pipes, such as a filter that has not written
   * everything: as long as they are at work, they have the grace period. Resolves to whether it came to the ends of both pipes.
   */
  async drain(): Promise<boolean> {
    this.#pace?.stop();
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

  /** Lets stdout rest no more. */
  [Symbol.dispose](): void {
    this.#pace?.stop();
  }

  async #untilEnd(): Promise<boolean> {
    const { clock, capture, gracePeriod } = this.#options;
    const maxChecks = Math.max(SILENT_CHECKS, gracePeriod / CHECK_MS);
    if (this.#openPipes === 0) return true;
    let isOver = false;
    let wake = () => {};
    let timer: Disposable | undefined;
    // No signal: to abort it makes an error, which costs more than the rest. (Rows spawn and spawn-journal of bench/.)
    const finish = () => {
      isOver = true;
      wake();
    };
    this.#fragments().then(finish, finish);
    for (let check = 0, silent = 0; check < maxChecks && silent < SILENT_CHECKS;) {
      // Pipes that are not read because their bytes are being written are not silent.
      const isWritten = !capture.isBusy;
      this.#bytesArrived = !isWritten;
      if (isWritten) check++;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = clock.after(CHECK_MS, resolve);
      });
      timer?.[Symbol.dispose]();
      if (isOver) return true;
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
        return this.#rested(stream, { size: bytes.length, logged: capture.log(bytes) });
      },
      onRead: () => {
        tracker.bytesRead();
        this.#checkFault();
      },
      turns: turns?.[stream] ?? this.#afterStdout(stream),
    });
    return { stream, reader, lines, fragment: Promise.resolve(undefined) };
  }

  /** Returns what the next read of a stream waits for. */
  #rested(
    stream: OutputStream,
    { size, logged }: { size: number; logged: Promise<void> | undefined },
  ): Promise<void> | undefined {
    const rest = stream === "stdout" ? this.#pace?.rest(size) : undefined;
    return rest === undefined || logged === undefined ? logged ?? rest : logged.then(() => rest);
  }

  /** Returns the turns of stderr if stdout may rest: they wait for what stdout has brought before and is not read yet. */
  #afterStdout(stream: OutputStream): Turns | undefined {
    const pace = this.#pace;
    if (stream === "stdout" || pace === undefined) return undefined;
    return {
      split: (chunk) => [chunk],
      begin: () => {
        if (!pace.isResting) return undefined;
        pace.wake();
        return readable();
      },
      end: () => {},
    };
  }

  #checkFault(): void {
    const { tracker, onFault } = this.#options;
    if (tracker.fault !== undefined) onFault();
  }
}

/** Resolves when what was in a pipe before has been read: between two timers, each read that can end has ended. */
async function readable(): Promise<void> {
  await sleep(systemClock, 0);
  await sleep(systemClock, 0);
}

/**
 * What a worker prints, from its two pipes to where it is understood and kept.
 *
 * @module
 */
import { CappedLines, type LineEnd } from "./capped_lines.ts";
import { type Clock, sleep } from "../base/clock.ts";
import type { OutputCapture } from "./capture.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import { OverwrittenLines } from "./overwritten_lines.ts";
import type { ProgressTracker } from "./progress_tracker.ts";

/** After the exit, pipes that are held open and silent for so many checks in a row are given up as leaked … */
const SILENT_CHECKS = 4;
/** … that are so far apart: 200 ms in all, in steps, so that one late timer is not taken for silence. */
const CHECK_MS = 50;
/** Pipes that somebody still writes to are given up after so many checks: 2 s. */
const MAX_CHECKS = 40;

/** Options of {@linkcode WorkerPipes}. */
export interface WorkerPipesOptions {
  readonly clock: Clock;
  readonly transcript: ProgressTracker;
  readonly keeping: OutputCapture;
  /** Called when what it says cannot be understood any more. */
  readonly onFault: () => void;
}

/** Reads both pipes of a worker, from the moment that it is made. */
export class WorkerPipes {
  readonly #options: WorkerPipesOptions;
  readonly #stdout: CappedLines;
  readonly #stderr: CappedLines;
  readonly #said: OverwrittenLines;
  readonly #complained: OverwrittenLines;
  /** What they ended in that is no whole line. */
  readonly #fragments: Promise<readonly (string | undefined)[]>;
  #bytesArrived = false;

  constructor(process: WorkerProcess, options: WorkerPipesOptions) {
    this.#options = options;
    const { transcript } = options;
    this.#stdout = this.#lines(process, "stdout");
    this.#stderr = this.#lines(process, "stderr");
    this.#said = new OverwrittenLines(transcript, "stdout");
    this.#complained = new OverwrittenLines(transcript, "stderr");
    if (transcript.fault !== undefined) options.onFault();
    this.#fragments = Promise.all([
      this.#stdout.forEach(this.#takeTo(this.#said)),
      this.#stderr.forEach(this.#takeTo(this.#complained)),
    ]);
  }

  /** Bytes dropped so far, those of lines that are too long. */
  get droppedBytes(): number {
    return this.#stdout.droppedBytes + this.#stderr.droppedBytes;
  }

  /** Reads what is left, of a worker that has ended; says whether it came to the ends: others may hold the pipes open. */
  async drain(): Promise<boolean> {
    const areAtEnd = await this.#untilEnd();
    if (!areAtEnd) {
      this.#stdout.abandon();
      this.#stderr.abandon();
    }
    await this.#fragments;
    return areAtEnd;
  }

  /** Takes down what came last, when all is read. */
  async end({ killed }: { killed: boolean }): Promise<void> {
    const [fragment, lastWords] = await this.#fragments;
    // The end of a line that a kill cut off could be read as another value.
    this.#complained.end(lastWords, { killed });
    this.#said.end(fragment, { killed });
  }

  async #untilEnd(): Promise<boolean> {
    const { clock, keeping } = this.#options;
    const done = new AbortController();
    const finished = this.#fragments.then(() => done.abort());
    for (let check = 0, silent = 0; check < MAX_CHECKS && silent < SILENT_CHECKS;) {
      // It is no silence of the pipes when what came from them takes its time to be kept.
      const isKept = !keeping.isBusy;
      this.#bytesArrived = !isKept;
      if (isKept) check++;
      await sleep(clock, CHECK_MS, done.signal);
      if (done.signal.aborted) {
        await finished;
        return true;
      }
      silent = this.#bytesArrived ? 0 : silent + 1;
    }
    return false;
  }

  #lines(process: WorkerProcess, stream: "stdout" | "stderr"): CappedLines {
    const { transcript, keeping } = this.#options;
    return new CappedLines(process[stream], {
      onBytes: (bytes) => {
        this.#bytesArrived = true;
        transcript.bytesCame();
        return keeping[stream](bytes);
      },
      splitsAtCarriageReturn: transcript.splitsAtCarriageReturn,
    });
  }

  #takeTo(lines: OverwrittenLines): (line: string, end: LineEnd) => void {
    const { transcript, onFault } = this.#options;
    return (line, end) => {
      lines.take(line, end);
      if (transcript.fault !== undefined) onFault();
    };
  }
}

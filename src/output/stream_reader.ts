/**
 * Reads one stream of a worker, from its bytes to the decision about each line.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";
import { beginPiece, endPiece } from "../base/event_loop.ts";
import { type Batch, ByteStage, type Fragment, type StateEnd } from "./byte_stage.ts";
import { type ChunkReader, chunkReader } from "./chunk_reader.ts";
import { type KeptBytes, passKept, type Verdict } from "./kept_bytes.ts";
import { readProgressRun } from "./protocol/prefixes.ts";

/** Decides what each state is. */
export interface StateSink {
  /** Takes the next state. `end` is undefined if the state was cut at its maximum length, and its end has not come yet. */
  take(text: string, end: StateEnd | undefined): Verdict;
  /**
   * The highest number that `PROGRESS: number` may have, if such lines are signals. Then they are read from their bytes, which
   * is faster, and given to {@linkcode StateSink.takeProgress}.
   */
  readonly maxProgress: number | undefined;
  /** Takes the number of a whole line `PROGRESS: number`. Of several that go up, the first and the last are enough. */
  takeProgress(done: number): void;
  /** Takes the end of a state that was cut, or a newline after a carriage return. */
  end(end: StateEnd): void;
}

/** Options of {@linkcode StreamReader}. */
export interface StreamReaderOptions {
  readonly sink: StateSink;
  /** Absent if nobody wants the bytes. */
  readonly kept?: KeptBytes;
  /** Called with every chunk, before it is read; the next chunk waits until the returned promise resolves. */
  readonly onChunk?: (bytes: Uint8Array) => Promise<void> | undefined;
  /** Called after a chunk has been read. */
  readonly onRead?: () => void;
  /** Reads the stream in turns, each of which belongs to another range. */
  readonly turns?: Turns;
}

/** Cuts a stream into parts of which each belongs to one range. */
export interface Turns {
  /** Cuts a chunk behind each byte after which another range may begin. */
  split(chunk: Uint8Array): Iterable<Uint8Array>;
  /** Called before a part is read; reading waits for it. */
  begin(): Promise<void> | undefined;
  /** Called after a part has been read, and what it brought is kept. */
  end(): void;
}

/**
 * The size of batches if nobody wants the bytes of lines. Small batches are faster then, as few lines wait at a time. Where
 * bytes are passed on, large ones are. (Row flood of bench/.)
 */
const SMALL_BATCH_BYTES = 16 * 1024;

/** Reads a stream in memory that does not grow with it. */
export class StreamReader {
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #options: StreamReaderOptions;
  readonly #stage: ByteStage;
  readonly #splitter = new LineSplitter();
  #chunks: ChunkReader | undefined;
  /** The verdict on the last state that was taken. */
  #previous: Verdict = "text";

  constructor(stream: ReadableStream<Uint8Array>, options: StreamReaderOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#stage = new ByteStage(options.kept === undefined ? SMALL_BATCH_BYTES : undefined);
  }

  /** Number of bytes dropped so far, which were beyond the maximum length of a state. */
  get droppedBytes(): number {
    return this.#stage.droppedBytes;
  }

  /** The error that the stream broke with, if it did: what came after that is lost. */
  get broken(): ChunkReader["broken"] {
    return this.#chunks?.broken;
  }

  /** Reads until the stream ends, breaks or is abandoned. Resolves to what it ended in without a line end. */
  async read(): Promise<Fragment | undefined> {
    const { turns } = this.#options;
    const chunks = this.#chunks = chunkReader(this.#stream);
    for (;;) {
      const chunk = await chunks.read();
      if (chunk === undefined) return this.#stage.end();
      beginPiece();
      if (turns === undefined) await this.#readPart(chunk);
      else {
        for (const part of turns.split(chunk)) {
          await turns.begin();
          await this.#readPart(part);
          turns.end();
        }
      }
      // A read of a flood may never wait: timers, and so all limits of time, would be late by seconds.
      const turn = endPiece();
      if (turn !== undefined) await turn;
    }
  }

  async #readPart(bytes: Uint8Array): Promise<void> {
    const { onChunk, onRead } = this.#options;
    const taken = onChunk?.(bytes);
    for (const batch of this.#stage.write(bytes)) await this.#take(batch);
    onRead?.();
    if (taken !== undefined) await taken;
  }

  /** Reads no more, and closes the stream. What has been read is still taken. */
  abandon(): void {
    this.#chunks?.cancel();
  }

  async #take(batch: Batch): Promise<void> {
    const { sink, kept } = this.#options;
    const { marks } = batch;
    if (marks === undefined && kept === undefined) return await this.#takeLines(batch);
    const [previous] = marks ?? [];
    if (previous?.end !== undefined) sink.end(previous.end);
    const lines = new StateLines(sink, marks);
    await this.#splitter.split(batch.text, lines);
    const { verdicts } = lines;
    if (kept === undefined) return;
    await passKept(batch, { verdicts, previous: this.#previous }, kept);
    this.#previous = verdicts.at(-1) ?? this.#previous;
  }

  /** Takes whole lines whose bytes nobody wants. (Row flood of bench/.) */
  async #takeLines({ text, bytes }: Batch): Promise<void> {
    const { sink } = this.#options;
    const { maxProgress } = sink;
    // No character has fewer bytes than UTF-16 units. So here, each has one of both, and a line is where its bytes are.
    const isAligned = text.length === bytes.length;
    if (maxProgress === undefined || !isAligned) {
      return await this.#splitter.split(text, new StateLines(sink));
    }
    await this.#splitter.split(text, new ProgressLines(sink, bytes, maxProgress));
  }
}

/** Takes the lines of one text. */
abstract class LineTaker {
  /** Where the next line begins in the text. */
  start = 0;
  abstract take(line: string): void;
}

/** Gives each line to a sink as a state. */
class StateLines extends LineTaker {
  readonly verdicts: Verdict[] = [];
  readonly #sink: StateSink;
  readonly #marks: Batch["marks"];

  constructor(sink: StateSink, marks?: Batch["marks"]) {
    super();
    this.#sink = sink;
    this.#marks = marks;
  }

  take(line: string): void {
    const end = this.#marks === undefined ? "\n" : this.#marks[this.verdicts.length + 1]!.end;
    this.verdicts.push(this.#sink.take(line, end));
  }
}

/** Reads progress lines from their bytes. Of those that follow each other and go up, passes on the first and the last. */
class ProgressLines extends LineTaker {
  readonly #sink: StateSink;
  readonly #bytes: DataView;
  readonly #max: number;
  /** Where the lines end whose progress has been passed on. */
  #stop = 0;

  constructor(sink: StateSink, bytes: Uint8Array, max: number) {
    super();
    this.#sink = sink;
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#max = max;
  }

  take(line: string): void {
    const { start } = this;
    if (start < this.#stop) return;
    const run = readProgressRun(this.#bytes, start, this.#max);
    if (run === undefined) {
      this.#sink.take(line, "\n");
      return;
    }
    this.#sink.takeProgress(run.first);
    if (run.last > run.first) this.#sink.takeProgress(run.last);
    this.#stop = run.stop;
  }
}

/**
 * Splits texts with one `TextLineStream`. One loop over its lines that never ends takes less time for each line than reads by
 * hand. (Row flood of bench/.) The stream is made for the first text, as many workers print nothing. (Rows spawn and memory.)
 */
class LineSplitter {
  #writer: WritableStreamDefaultWriter<string> | undefined;
  /** Takes the lines of the text at the moment. */
  #taker: LineTaker | undefined;
  #length = 0;
  /** Resolves when the whole text is taken. */
  #taken!: PromiseWithResolvers<void>;

  /** Gives each line of a text to a taker. The text ends in a newline, and has no carriage return. */
  async split(text: string, taker: LineTaker): Promise<void> {
    if (text === "") return;
    this.#writer ??= this.#open();
    this.#taker = taker;
    this.#length = text.length;
    this.#taken = Promise.withResolvers();
    // It fails only if a taker has failed.
    this.#writer.write(text).catch(this.#taken.reject);
    await this.#taken.promise;
    // It holds the bytes of a chunk, and the next text may never come. (Row memory of bench/.)
    this.#taker = undefined;
  }

  #open(): WritableStreamDefaultWriter<string> {
    const { readable, writable } = new TextLineStream();
    this.#takeAll(readable).catch((error) => this.#taken.reject(error));
    return writable.getWriter();
  }

  async #takeAll(lines: ReadableStream<string>): Promise<void> {
    for await (const line of lines) this.#takeOne(line, this.#taker!);
  }

  /** It is a function of its own, as the loop would keep the last taker while it waits. */
  #takeOne(line: string, taker: LineTaker): void {
    taker.take(line);
    taker.start += line.length + 1;
    if (taker.start === this.#length) this.#taken.resolve();
  }
}

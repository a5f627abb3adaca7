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
import { readProgress } from "./protocol/prefixes.ts";

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

/** Reads a stream in memory that does not grow with it. */
export class StreamReader {
  readonly #stream: ReadableStream<Uint8Array>;
  readonly #options: StreamReaderOptions;
  readonly #stage = new ByteStage();
  readonly #splitter = new LineSplitter();
  #chunks: ChunkReader | undefined;
  /** The verdict on the last state that was taken. */
  #previous: Verdict = "text";

  constructor(stream: ReadableStream<Uint8Array>, options: StreamReaderOptions) {
    this.#stream = stream;
    this.#options = options;
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
    const verdicts: Verdict[] = [];
    const lines = this.#splitter.split(batch.text);
    for (let left = batch.text.length; left > 0;) {
      const line = (await lines.read()).value!;
      left -= line.length + 1;
      verdicts.push(sink.take(line, marks === undefined ? "\n" : marks[verdicts.length + 1]!.end));
    }
    if (kept === undefined) return;
    await passKept(batch, { verdicts, previous: this.#previous }, kept);
    this.#previous = verdicts.at(-1) ?? this.#previous;
  }

  /** Takes whole lines whose bytes nobody wants. (Row flood of bench/.) */
  async #takeLines({ text, bytes }: Batch): Promise<void> {
    const { sink } = this.#options;
    const lines = this.#splitter.split(text);
    // No character has fewer bytes than UTF-16 units. So here, each has one of both, and a line is where its bytes are.
    const isAligned = text.length === bytes.length;
    const max = isAligned ? sink.maxProgress : undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // Of progress lines that follow each other and go up, the first and the last are passed on.
    let last = Infinity;
    let isPending = false;
    for (let start = 0; start < text.length;) {
      const line = (await lines.read()).value!;
      const stop = start + line.length;
      const done = max === undefined ? undefined : readProgress(view, start, stop);
      start = stop + 1;
      if (done !== undefined && done >= last && done <= max!) {
        last = done;
        isPending = true;
        continue;
      }
      if (isPending) sink.takeProgress(last);
      isPending = false;
      if (done === undefined) sink.take(line, "\n");
      else sink.takeProgress(last = done);
    }
    if (isPending) sink.takeProgress(last);
  }
}

/**
 * Feeds one `TextLineStream` by hand, which takes less time for each line than pipes and a loop over the stream. (Row
 * flood of bench/.) The stream is made for the first text, as many workers print nothing. (Rows spawn and memory.)
 */
class LineSplitter {
  #writer: WritableStreamDefaultWriter<string> | undefined;
  #reader: ReadableStreamDefaultReader<string> | undefined;

  /**
   * Splits a text, which ends in a newline and has no carriage return. Returns the reader of its lines. The lines and
   * their newlines are all of the text, so that the caller knows which one is the last.
   */
  split(text: string): ReadableStreamDefaultReader<string> {
    const reader = this.#reader ?? this.#open();
    this.#writer!.write(text);
    return reader;
  }

  #open(): ReadableStreamDefaultReader<string> {
    const { readable, writable } = new TextLineStream();
    this.#writer = writable.getWriter();
    return this.#reader = readable.getReader();
  }
}

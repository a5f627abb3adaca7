/**
 * Listens to one of a worker's streams, beside those who read it for the run.
 *
 * @module
 */
import { isTerminal, type TerminalStatus } from "../model/statuses.ts";
import type { Fragment } from "../output/byte_stage.ts";
import { ProtocolHandler } from "../output/protocol/prefixes.ts";
import { StreamReader } from "../output/stream_reader.ts";
import { explainMalformed, findNearMiss, type Prefix } from "./near_miss.ts";
import type { Example, ProgressFacts, Sightings, StreamFacts } from "./observation.ts";

/** How many lines of one sort are shown … */
const MAX_EXAMPLES = 5;
/** … and how many of them for the same reason. */
const MAX_ALIKE = 2;
/** What is looked at of a line that is no signal, in characters. */
const LOOK_CHARS = 500;
/** What a person needs to see of a line, in characters. */
const SHOWN_CHARS = 120;
const REPLACEMENT = "\ufffd";

/** What is told at once. */
export interface ListenerOptions {
  onPiece?: (bytes: Uint8Array) => void;
  onSignal?: () => void;
}

/** Counts what a stream brings, in memory that does not grow with it. */
export class Listener {
  /** The stream that others read; it brings what is heard. */
  readonly stream: ReadableStream<Uint8Array>;

  readonly #protocol = new ProtocolHandler();
  readonly #options: ListenerOptions;
  readonly #reader: StreamReader;
  readonly #copy: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<Fragment | undefined>;
  readonly #signals = new Tally();
  readonly #malformed = new Tally();
  readonly #nearMisses = new Tally();
  #lines = 0;
  #replaced = 0;
  #progress: ProgressFacts | undefined;
  #said: TerminalStatus | undefined;

  /** Takes a stream over. */
  constructor(stream: ReadableStream<Uint8Array>, options: ListenerOptions = {}) {
    this.#options = options;
    const copy = new TransformStream<Uint8Array, Uint8Array>();
    this.#copy = copy.writable.getWriter();
    const take = (line: string) => {
      this.#take(line);
      return "text" as const;
    };
    this.#reader = new StreamReader(copy.readable, { sink: { take, end() {} } });
    this.#read = this.#reader.read();
    this.stream = stream.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: async (piece, controller) => {
          options.onPiece?.(piece);
          await this.#copy.write(piece);
          controller.enqueue(piece);
        },
      }),
    );
  }

  /** What was heard, once nobody reads any more. A fragment at the end of a worker that was killed is no signal. */
  async facts({ killed }: { killed: boolean }): Promise<StreamFacts> {
    await this.#copy.close();
    const fragment = (await this.#read)?.text;
    if (fragment) killed ? this.#lines++ : this.#take(fragment);
    return {
      lines: this.#lines,
      signals: this.#signals.sightings(),
      malformed: this.#malformed.sightings(),
      nearMisses: this.#nearMisses.sightings(),
      progress: this.#progress,
      said: this.#said,
      droppedBytes: this.#reader.droppedBytes,
      replaced: this.#replaced,
    };
  }

  #take(line: string): void {
    this.#lines++;
    if (line.includes(REPLACEMENT)) this.#replaced++;
    const signal = this.#protocol.parse(line);
    switch (signal.kind) {
      case "progress":
        this.#progress = advance(this.#progress, signal.done);
        return this.#heard("PROGRESS", line);
      case "status":
        if (isTerminal(signal.status)) this.#said = signal.status;
        return this.#heard("STATUS", line);
      case "message":
        return this.#heard("MESSAGE", line);
      case "malformed": {
        const { prefix, why } = explainMalformed(line.slice(0, LOOK_CHARS));
        return this.#malformed.add(prefix, { line, why });
      }
      case "log": {
        const miss = findNearMiss(line.slice(0, LOOK_CHARS));
        if (miss !== undefined) this.#nearMisses.add(miss.prefix, { line, why: miss.why });
      }
    }
  }

  #heard(prefix: Prefix, line: string): void {
    this.#signals.add(prefix, { line });
    this.#options.onSignal?.();
  }
}

/** Counts lines of one sort, and keeps the first ones. */
class Tally {
  readonly #counts: Record<Prefix, number> = { PROGRESS: 0, STATUS: 0, MESSAGE: 0 };
  readonly #examples: Example[] = [];

  add(prefix: Prefix, { line, why }: Example): void {
    this.#counts[prefix]++;
    if (this.#examples.length >= MAX_EXAMPLES) return;
    const alike = this.#examples.filter((example) => example.why === why).length;
    if (alike < MAX_ALIKE) this.#examples.push({ line: line.slice(0, SHOWN_CHARS), why });
  }

  sightings(): Sightings {
    return { counts: { ...this.#counts }, examples: [...this.#examples] };
  }
}

function advance(facts: ProgressFacts | undefined, done: number): ProgressFacts {
  if (facts === undefined) return { first: done, last: done, min: done, max: done, backwards: 0 };
  const { first, last, min, max, backwards, firstBackwards } = facts;
  const isBack = done < last;
  return {
    first,
    last: done,
    min: Math.min(min, done),
    max: Math.max(max, done),
    backwards: backwards + (isBack ? 1 : 0),
    firstBackwards: firstBackwards ?? (isBack ? { from: last, to: done } : undefined),
  };
}

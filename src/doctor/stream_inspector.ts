/**
 * Inspector of one output stream of a worker: counts signals, malformed lines and near misses.
 *
 * @module
 */
import type { SignalPrefix } from "../model/protocol.ts";
import { isTerminal, type TaskStatus, type TerminalStatus } from "../model/statuses.ts";
import type { Fragment } from "../output/byte_stage.ts";
import { ProtocolHandler } from "../output/protocol/prefixes.ts";
import { type Answer, parseAnswer } from "../output/protocol/resident.ts";
import { OverwrittenLines } from "../output/overwritten_lines.ts";
import { StreamReader } from "../output/stream_reader.ts";
import { explainMalformed, findNearMiss } from "./near_miss.ts";
import {
  type Example,
  type LineSummary,
  noCounts,
  type ProgressFacts,
  type StreamFacts,
} from "./observation.ts";

/** The number of example lines of one kind. */
const MAX_EXAMPLES = 5;
/** The number of example lines with the same explanation. */
const MAX_ALIKE = 2;
/** The number of characters that are checked of a line that is not a signal. */
const CHECKED_CHARS = 500;
/** The number of characters that are shown of a line. */
const SHOWN_CHARS = 120;
const REPLACEMENT = "\ufffd";

/** Callbacks of {@linkcode StreamInspector}. */
export interface StreamInspectorOptions {
  /** Called for each chunk that is read. */
  onChunk?: (bytes: Uint8Array) => void;
  /** Called for each signal. */
  onSignal?: () => void;
  /** Called for each signal of a resident worker, in addition; without it, a status with an id is no signal. */
  resident?: ResidentSignals;
  /** Called for each line that is no signal, and for each state of a rewritten one. */
  onText?: (text: string) => void;
}

/** Takes what a resident worker says. */
export interface ResidentSignals {
  /** Takes a status with the id of a range. */
  takeAnswer(answer: Answer, line: string): void;
  /** Takes a status, or a progress, that names no range. */
  takeSignal(signal: { status?: TaskStatus; done?: number }): void;
}

/** Inspects a stream while it is read through the stream that {@linkcode StreamInspector.start} returns. Its memory is bounded. */
export class StreamInspector {
  readonly #protocol = new ProtocolHandler();
  readonly #options: StreamInspectorOptions;
  /** Text that is overwritten is no line, as in a run. */
  readonly #states: OverwrittenLines;
  readonly #reader: StreamReader;
  readonly #copy: WritableStreamDefaultWriter<Uint8Array>;
  #read: Promise<Fragment | undefined> | undefined;
  readonly #signals = new LineTally();
  readonly #malformed = new LineTally();
  readonly #nearMisses = new LineTally();
  #lines = 0;
  #replaced = 0;
  #progress: ProgressFacts | undefined;
  #reportedStatus: TerminalStatus | undefined;

  /** Creates an inspector, which reads nothing before it is started. */
  constructor(options: StreamInspectorOptions = {}) {
    this.#options = options;
    const copy = new TransformStream<Uint8Array, Uint8Array>();
    this.#copy = copy.writable.getWriter();
    this.#states = new OverwrittenLines({
      signal: (text) => this.#takeSignal(text),
      maxProgress: undefined,
      takeProgress: () => {},
      log: (text) => this.#takeText(text),
    }, "stdout");
    this.#reader = new StreamReader(copy.readable, { sink: this.#states });
  }

  /** Becomes the only reader of `stream`, and returns the stream to read instead of it. Must be called once. */
  start(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    this.#read = this.#reader.read();
    return stream.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: async (chunk, controller) => {
          this.#options.onChunk?.(chunk);
          await this.#copy.write(chunk);
          controller.enqueue(chunk);
        },
      }),
    );
  }

  /**
   * Returns the facts about the stream. Must be called after it was read. If the worker was killed, a last line without
   * newline does not count as a signal.
   */
  async facts({ killed }: { killed: boolean }): Promise<StreamFacts> {
    await this.#copy.close();
    const fragment = (await this.#read)?.text;
    this.#states.finish(fragment || undefined, { killed });
    return {
      lines: this.#lines,
      signals: this.#signals.summary(),
      malformed: this.#malformed.summary(),
      nearMisses: this.#nearMisses.summary(),
      progress: this.#progress,
      reportedStatus: this.#reportedStatus,
      droppedBytes: this.#reader.droppedBytes,
      replaced: this.#replaced,
    };
  }

  /** Returns whether a state is a signal, and counts it if so. */
  #takeSignal(line: string): boolean {
    const { resident } = this.#options;
    const answer = resident && parseAnswer(line);
    if (answer !== undefined) {
      resident!.takeAnswer(answer, line);
      this.#addSignal("STATUS", line);
      return true;
    }
    const signal = this.#protocol.parse(line);
    switch (signal.kind) {
      case "progress":
        resident?.takeSignal({ done: signal.done });
        this.#progress = advance(this.#progress, signal.done);
        this.#addSignal("PROGRESS", line);
        return true;
      case "status":
        resident?.takeSignal({ status: signal.status });
        if (isTerminal(signal.status)) this.#reportedStatus = signal.status;
        this.#addSignal("STATUS", line);
        return true;
      case "message":
        resident?.takeSignal({});
        this.#addSignal("MESSAGE", line);
        return true;
      default:
        this.#options.onText?.(line);
        return false;
    }
  }

  #takeText(line: string): void {
    this.#countLine(line);
    const text = line.slice(0, CHECKED_CHARS);
    if (this.#protocol.parse(line).kind === "malformed") {
      const { prefix, why } = explainMalformed(text, {
        isResident: this.#options.resident !== undefined,
      });
      return this.#malformed.add(prefix, { line, why });
    }
    const miss = findNearMiss(text);
    if (miss !== undefined) this.#nearMisses.add(miss.prefix, { line, why: miss.why });
  }

  #countLine(line: string): void {
    this.#lines++;
    if (line.includes(REPLACEMENT)) this.#replaced++;
  }

  #addSignal(prefix: SignalPrefix, line: string): void {
    this.#countLine(line);
    this.#signals.add(prefix, { line });
    this.#options.onSignal?.();
  }
}

/** Counts lines of one kind, and keeps the first ones as examples. */
class LineTally {
  readonly #counts = noCounts();
  readonly #examples: Example[] = [];

  add(prefix: SignalPrefix, { line, why }: Example): void {
    this.#counts[prefix]++;
    if (this.#examples.length >= MAX_EXAMPLES) return;
    const alike = this.#examples.filter((example) => example.why === why).length;
    if (alike < MAX_ALIKE) this.#examples.push({ line: line.slice(0, SHOWN_CHARS), why });
  }

  summary(): LineSummary {
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

/**
 * Connection of a client to a run.
 *
 * @module
 */
import { writeAll } from "../../base/write_all.ts";
import { awakeClock, withTimeout } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import type { RunEvent, RunStartedEvent } from "../../model/events.ts";
import type { RunState } from "../../model/state.ts";
import { LineSplitter } from "./line_splitter.ts";
import {
  type AnswerOptions,
  CONTROL_VERSION,
  encodeMessage,
  type Hello,
  type Message,
  type RequestBody,
} from "./messages.ts";
import { isRunInfo } from "./registration.ts";

/** Time that a run has to answer, in milliseconds. */
const ANSWER_MS = 10_000;
/** The longest line that a run sends, in bytes. */
const MAX_LINE = 512 << 20;
const READ_BYTES = 64 << 10;

/** Thrown if a run cannot be reached, or refuses a request; the message is a sentence. */
export class ControlError extends Error {
  /** @ignore */
  override readonly name = "ControlError";
}

/** The answer to a request. */
type Answer = Extract<Message, { kind: "answer"; ok: true }>;

/** What a client does with the events that it asks for. */
export interface Subscription {
  /**
   * Called once with the state from which the events go on, the time of the run, in milliseconds since 1970, and its first
   * event, without its sources of items and options.
   */
  readonly onState: (state: RunState, now: number, started: RunStartedEvent) => void;
  /** Called with each event after the snapshot, in order. */
  readonly onEvent: (event: RunEvent) => void;
  /** The kinds of events that are not wanted. */
  readonly leaveOut?: readonly RunEvent["kind"][];
}

/** Asks a run, and gets its events. */
export class RunConnection implements AsyncDisposable {
  readonly #connection: Deno.UnixConn;
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #closed = Promise.withResolvers<void>();
  #onEvent: ((event: RunEvent) => void) | undefined;
  #lastId = 0;
  #name = "the run";
  #isClosed = false;
  /** The last thing that the run said before it closed the connection. */
  #error: string | undefined;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  /**
   * Connects to the run at a socket. It has at most `patience` milliseconds to answer, and never more than ten seconds.
   *
   * @throws {ControlError} If nothing answers there, or what answers has another version.
   */
  static async open(path: string, { patience = ANSWER_MS } = {}): Promise<RunConnection> {
    let connection: Deno.UnixConn;
    try {
      connection = await Deno.connect({ transport: "unix", path });
    } catch (error) {
      throw new ControlError(`the run cannot be reached: ${errorMessage(error)}`);
    }
    const run = new RunConnection(connection);
    run.#read();
    try {
      const { v, name } = await run.#inTime(run.#hello.promise, Math.min(patience, ANSWER_MS));
      if (v !== CONTROL_VERSION) {
        throw new ControlError(
          `the run ${name} speaks version ${v}, and this program version ${CONTROL_VERSION}: use the program that began the run`,
        );
      }
      run.#name = `the run ${name}`;
      return run;
    } catch (error) {
      run.close();
      throw error;
    }
  }

  /** Facts about the run. */
  get info(): Promise<Hello> {
    return this.#hello.promise;
  }

  /** Resolves when the connection is closed, by either side. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Sends a request, and resolves to the answer.
   *
   * @throws {ControlError} If the run refuses it, does not answer in time, or ends first.
   */
  async request(body: RequestBody & AnswerOptions): Promise<Answer> {
    if (this.#isClosed) throw this.#lost();
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<Answer>();
    // It may be rejected while the request is written.
    waiting.promise.catch(() => {});
    this.#waiting.set(id, waiting);
    try {
      await writeAll(this.#connection, encodeMessage({ id, ...body }));
    } catch {
      throw this.#lost();
    }
    return await this.#inTime(waiting.promise);
  }

  /**
   * Asks for the state, and for all events after it.
   *
   * @throws {ControlError} As {@linkcode RunConnection.request} does.
   */
  async subscribe({ onState, onEvent, leaveOut }: Subscription): Promise<void> {
    // Events may come in the same piece as the answer.
    const held: RunEvent[] = [];
    this.#onEvent = (event) => held.push(event);
    const { state, now, started } = await this.request({ request: "events", leaveOut });
    if (state === undefined || now === undefined || started === undefined) {
      throw new ControlError(`${this.#name} has sent no state`);
    }
    onState(state, now, started);
    this.#onEvent = onEvent;
    for (const event of held) onEvent(event);
  }

  /** Closes the connection. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#connection.close();
    } catch {
      // The run has closed it.
    }
    const lost = this.#lost();
    this.#hello.promise.catch(() => {});
    this.#hello.reject(lost);
    for (const { reject } of this.#waiting.values()) reject(lost);
    this.#waiting.clear();
    this.#closed.resolve();
  }

  /** See {@linkcode RunConnection.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  async #read(): Promise<void> {
    const lines = new LineSplitter(MAX_LINE);
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (let read = await this.#connection.read(buffer); read !== null;) {
        for (const line of lines.add(buffer.subarray(0, read))) this.#take(JSON.parse(line));
        read = await this.#connection.read(buffer);
      }
    } catch {
      // The run was killed, or what answers is no run.
    }
    this.close();
  }

  #take(message: Message): void {
    switch (message.kind) {
      case "hello":
        if (isRunInfo(message)) this.#hello.resolve(message);
        return;
      case "event":
        return this.#onEvent?.(message.event);
      case "error":
        this.#error = message.error;
        return;
      case "answer": {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.ok) waiting?.resolve(message);
        else waiting?.reject(new ControlError(`${this.#name} refuses that: ${message.error}`));
      }
    }
  }

  async #inTime<T>(promise: Promise<T>, ms = ANSWER_MS): Promise<T> {
    const value = await withTimeout(promise, { ms, clock: awakeClock });
    if (value !== undefined) return value;
    throw new ControlError(
      `${this.#name} has not answered in ${ms / 1000} seconds: it may be suspended, as by Ctrl-Z`,
    );
  }

  #lost(): ControlError {
    const reason = this.#error === undefined ? "" : `: ${this.#error}`;
    return new ControlError(`${this.#name} has ended, or has closed the connection${reason}`);
  }
}

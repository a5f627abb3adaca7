/**
 * Client of a run, as the run serves it: what waits for the client is bounded, and nothing waits for the client.
 *
 * @module
 */
import { concatBytes } from "../../base/bytes.ts";
import { writeAll } from "../../base/write_all.ts";

/** The bytes that may wait for a client beside an answer. A client for which more wait is dropped at the next event. */
const MAX_WAITING = 8 << 20;
/** The bytes above which no more requests of a client are read, so that their answers do not add up. */
const FULL = 1 << 20;
/** The bytes that are written at once. */
const BATCH = 64 << 10;

/** Sends messages to one client. */
export class ServedClient {
  readonly #connection: Deno.Conn;
  readonly #onGone: () => void;
  #waiting: Uint8Array[] = [];
  #size = 0;
  /** The last answer, until it is written. */
  #answer: Uint8Array | undefined;
  #writing: Promise<void> | undefined;
  #isGone = false;
  #room: PromiseWithResolvers<void> | undefined;
  /** The kinds of events that the client does not want; undefined if it wants no events. */
  leftOut: ReadonlySet<string> | undefined;

  /** `onGone` is called once, when the connection is closed. */
  constructor(connection: Deno.Conn, onGone: () => void) {
    this.#connection = connection;
    this.#onGone = onGone;
  }

  /** Whether the connection is closed. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Sends an answer; does not wait. It may have any length, as a state has. A request is only read when there is
   * {@linkcode ServedClient.room}, so answers do not add up.
   */
  answer(message: Uint8Array): void {
    this.#answer = message;
    this.#add(message);
  }

  /** Sends a message; does not wait. Drops the client if it has not read what came before. */
  send(message: Uint8Array): void {
    if (this.#size > MAX_WAITING + (this.#answer?.length ?? 0)) return this.drop();
    this.#add(message);
  }

  #add(message: Uint8Array): void {
    if (this.#isGone) return;
    this.#waiting.push(message);
    this.#size += message.length;
    this.#writing ??= this.#write();
  }

  /** Resolves when there is room for the answers to more requests, or the connection is closed. */
  async room(): Promise<void> {
    while (this.#size > FULL && !this.#isGone) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
  }

  /** Resolves when all was taken by the system, or the connection is closed. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Closes the connection. */
  drop(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#waiting = [];
    this.#size = 0;
    this.#wake();
    try {
      this.#connection.close();
    } catch {
      // It was closed already.
    }
    this.#onGone();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const parts = this.#takeBatch();
        const batch = parts.length === 1 ? parts[0]! : concatBytes(...parts);
        await writeAll(this.#connection, batch);
        this.#size = Math.max(0, this.#size - batch.length);
        if (this.#answer !== undefined && parts.includes(this.#answer)) this.#answer = undefined;
        this.#wake();
      }
    } catch {
      // The client has gone, or was dropped.
      this.drop();
    } finally {
      this.#writing = undefined;
    }
  }

  #takeBatch(): Uint8Array[] {
    let count = 0;
    let size = 0;
    while (count < this.#waiting.length && (count === 0 || size < BATCH)) {
      size += this.#waiting[count++]!.length;
    }
    return this.#waiting.splice(0, count);
  }

  #wake(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

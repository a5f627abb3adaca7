/**
 * HTTP server of a live page. It is small and bounded: strangers who connect, and a lack of descriptors, never harm the run.
 *
 * @module
 */
import { writeAll } from "../../base/write_all.ts";
import { type Clock, sleep, systemClock } from "../../base/clock.ts";
import { openFileLimit } from "../../base/open_files.ts";
import { endOfHead, parseHead, type RequestHead } from "./request_head.ts";
import type { ServeAddress } from "./address.ts";

/** An answer to a request. */
export interface PageAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent if there is none. A stream is sent until it ends or the client is gone. */
  readonly body?: string | ReadableStream<Uint8Array>;
  /** Whether the client knows the token. All others have little time, and there are few of them. */
  readonly isTrusted?: boolean;
}

/** Options of {@linkcode PageServer.listen}. */
export interface PageServerOptions {
  /** Answers a request. */
  readonly answer: (request: RequestHead) => PageAnswer | Promise<PageAnswer>;
  /**
   * Measures the time of connections.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
}

/** Connections without the token at a time, and at most this part of all descriptors … */
const MAX_STRANGERS = { count: 64, part: 1 / 8 };
/** … The oldest one has to leave for a new one after this time, in milliseconds: a browser has sent its request by then. */
const LEAVE_MS = 100;
/** Time between two looks whether there is room, in milliseconds. */
const ROOM_MS = 20;
/** Connections with the token at a time, and at most this part of all descriptors. */
const MAX_VIEWERS = { count: 256, part: 1 / 4 };
/** Time for the head of a request, and for a stranger to read the answer, in milliseconds. */
const STRANGER_MS = 5_000;
/** Time for a viewer to read the page, in milliseconds. */
const VIEWER_MS = 60_000;
/** Time for the client to close a connection first, in milliseconds. */
const LINGER_MS = 500;
/** The longest head of a request, in bytes. */
const MAX_HEAD = 16 * 1024;
/** Pause after an error of accept(2), such as too few descriptors, in milliseconds. */
const ACCEPT_PAUSE_MS = 200;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Answers one request per connection. */
export class PageServer {
  readonly #listener: Deno.TcpListener;
  readonly #answer: PageServerOptions["answer"];
  readonly #clock: Clock;
  readonly #maxStrangers = boundOf(MAX_STRANGERS);
  readonly #maxViewers = boundOf(MAX_VIEWERS);
  /** With the time when they came, in that order. */
  readonly #strangers = new Map<Deno.TcpConn, number>();
  readonly #viewers = new Set<Deno.TcpConn>();
  readonly #stopped = new AbortController();
  readonly #work = new Set<Promise<void>>();

  private constructor(listener: Deno.TcpListener, { answer, clock }: PageServerOptions) {
    this.#listener = listener;
    this.#answer = answer;
    this.#clock = clock ?? systemClock;
  }

  /** Listens at an address; throws if that is not possible. */
  static listen({ hostname, port }: ServeAddress, options: PageServerOptions): PageServer {
    const server = new PageServer(Deno.listen({ hostname, port }), options);
    server.#track(server.#acceptAll());
    return server;
  }

  /** The port at which it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Closes the port and all connections at once. Resolves when nothing of them is left. */
  async stop(): Promise<void> {
    if (!this.#stopped.signal.aborted) {
      this.#stopped.abort();
      this.#listener.close();
      for (const connection of [...this.#strangers.keys(), ...this.#viewers]) close(connection);
    }
    await Promise.all(this.#work);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #acceptAll(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#room();
        const connection = await this.#listener.accept();
        if (signal.aborted) close(connection);
        else this.#track(this.#serve(connection));
      } catch {
        // Most likely, there are too few descriptors: those of strangers go first.
        while (!signal.aborted && this.#dropOldest());
        await sleep(this.#clock, ACCEPT_PAUSE_MS, signal);
      }
    }
  }

  /** Resolves when there is room for another stranger. */
  async #room(): Promise<void> {
    const { signal } = this.#stopped;
    while (this.#strangers.size >= this.#maxStrangers && !signal.aborted) {
      const [since = 0] = this.#strangers.values();
      if (this.#clock.now() - since >= LEAVE_MS) this.#dropOldest();
      else await sleep(this.#clock, ROOM_MS, signal);
    }
  }

  /** Closes the oldest connection of a stranger; returns whether there was one. */
  #dropOldest(): boolean {
    const [connection] = this.#strangers.keys();
    if (connection === undefined) return false;
    this.#strangers.delete(connection);
    close(connection);
    return true;
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    this.#strangers.set(connection, this.#clock.now());
    let timer = this.#clock.after(STRANGER_MS, () => close(connection));
    try {
      const head = await readHead(connection);
      if (head === "gone") return;
      let answer: PageAnswer = typeof head === "number"
        ? { status: head }
        : await this.#answerTo(head);
      if (answer.isTrusted) {
        if (this.#viewers.size >= this.#maxViewers) {
          if (answer.body instanceof ReadableStream) await answer.body.cancel();
          answer = { status: 503 };
        }
        this.#strangers.delete(connection);
        this.#viewers.add(connection);
        timer[Symbol.dispose]();
        timer = this.#clock.after(VIEWER_MS, () => close(connection));
      }
      const { body } = answer;
      const hasBody = typeof head !== "number" && head.method !== "HEAD";
      await writeAll(connection, encodeHead(answer));
      if (hasBody && typeof body === "string") {
        await writeAll(connection, new TextEncoder().encode(body));
      } else if (hasBody && body !== undefined) {
        timer[Symbol.dispose]();
        return await pour(body as ReadableStream<Uint8Array>, connection);
      }
      await connection.closeWrite();
      timer[Symbol.dispose]();
      timer = this.#clock.after(LINGER_MS, () => close(connection));
      await drain(connection);
    } catch {
      // The client is gone, or was too slow.
    } finally {
      timer[Symbol.dispose]();
      this.#strangers.delete(connection);
      this.#viewers.delete(connection);
      close(connection);
    }
  }

  async #answerTo(head: RequestHead): Promise<PageAnswer> {
    try {
      return await this.#answer(head);
    } catch {
      return { status: 500 };
    }
  }
}

function boundOf({ count, part }: { count: number; part: number }): number {
  return Math.max(1, Math.min(count, Math.floor(openFileLimit() * part)));
}

/** Reads the head of a request. Returns a status if it is none, and "gone" if the client has left. */
async function readHead(connection: Deno.TcpConn): Promise<RequestHead | number | "gone"> {
  const bytes = new Uint8Array(MAX_HEAD);
  for (let length = 0; length < MAX_HEAD;) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) return "gone";
    length += count;
    const end = endOfHead(bytes.subarray(0, length));
    if (end !== undefined) return parseHead(bytes.subarray(0, end)) ?? 400;
  }
  return 431;
}

function encodeHead({ status, headers, body }: PageAnswer): Uint8Array {
  const length = body === undefined ? 0 : new TextEncoder().encode(body as string).length;
  const all = {
    ...headers,
    ...(body instanceof ReadableStream ? {} : { "content-length": `${length}` }),
    connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n${lines.join("")}\r\n`;
  return new TextEncoder().encode(text);
}

/** Writes a stream to a client, until it ends or the client is gone. */
async function pour(body: ReadableStream<Uint8Array>, connection: Deno.TcpConn): Promise<void> {
  const reader = body.getReader();
  const gone = drain(connection).then(() => reader.cancel());
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      await writeAll(connection, part.value);
    }
  } finally {
    await reader.cancel();
    close(connection);
    await gone;
  }
}

/** Reads and drops what a client sends, until it closes the connection. */
async function drain(connection: Deno.TcpConn): Promise<void> {
  const bytes = new Uint8Array(1024);
  try {
    while (await connection.read(bytes) !== null);
  } catch {
    // It was closed.
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

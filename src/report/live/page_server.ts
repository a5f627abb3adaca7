/**
 * HTTP server of a live page. It is small and bounded: strangers who connect, and a lack of descriptors, never harm the run.
 *
 * @module
 */
import { writeAll } from "../../base/write_all.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { Entrance } from "../../base/entrance.ts";
import { filesOfShare } from "../../base/open_files.ts";
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

/** Strangers at a time: connections without the token. They are the newcomers of the entrance until they have the answer. */
const MAX_STRANGERS = { count: 64, part: 1 / 8 };
/** Connections with the token at a time. */
const MAX_VIEWERS = { count: 256, part: 1 / 4 };
/** Time for a viewer to read the page, in milliseconds. */
const VIEWER_MS = 60_000;
/** Time for the client to close a connection first, in milliseconds. */
const LINGER_MS = 500;
/** The longest head of a request, in bytes. */
const MAX_HEAD = 16 * 1024;

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
  readonly #entrance: Entrance;
  readonly #maxViewers = filesOfShare(MAX_VIEWERS);
  readonly #viewers = new Set<Deno.TcpConn>();
  readonly #stopped = new AbortController();
  readonly #work = new Set<Promise<void>>();

  private constructor(listener: Deno.TcpListener, { answer, clock }: PageServerOptions) {
    this.#listener = listener;
    this.#answer = answer;
    this.#clock = clock ?? systemClock;
    const maxStrangers = filesOfShare(MAX_STRANGERS);
    this.#entrance = new Entrance({
      clock: this.#clock,
      isFull: () => this.#entrance.size >= maxStrangers,
    });
  }

  /** Listens at an address; throws if that is not possible. */
  static listen({ hostname, port }: ServeAddress, options: PageServerOptions): PageServer {
    const server = new PageServer(Deno.listen({ hostname, port }), options);
    server.#track(server.#entrance.acceptAll({
      listener: server.#listener,
      serve: (connection) => server.#track(server.#serve(connection)),
      signal: server.#stopped.signal,
    }));
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
      this.#entrance.close();
      for (const connection of this.#viewers) close(connection);
    }
    await Promise.all(this.#work);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const stranger = this.#entrance.add(() => close(connection));
    let timer: Disposable | undefined;
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
        stranger[Symbol.dispose]();
        this.#viewers.add(connection);
        timer = this.#clock.after(VIEWER_MS, () => close(connection));
      }
      const { body } = answer;
      const hasBody = typeof head !== "number" && head.method !== "HEAD";
      await writeAll(connection, encodeHead(answer));
      if (hasBody && typeof body === "string") {
        await writeAll(connection, new TextEncoder().encode(body));
      } else if (hasBody && body !== undefined) {
        timer?.[Symbol.dispose]();
        return await pour(body as ReadableStream<Uint8Array>, connection);
      }
      await connection.closeWrite();
      timer?.[Symbol.dispose]();
      timer = this.#clock.after(LINGER_MS, () => close(connection));
      await drain(connection);
    } catch {
      // The client is gone, or was too slow.
    } finally {
      timer?.[Symbol.dispose]();
      stranger[Symbol.dispose]();
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

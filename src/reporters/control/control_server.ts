/**
 * Server of a run: answers requests and sends events on a Unix socket, which only the user of the run can open.
 *
 * @module
 */
import { type Clock, systemClock, withTimeout } from "../../base/clock.ts";
import { Entrance } from "../../base/entrance.ts";
import { errorMessage } from "../../base/errors.ts";
import { filesOfShare } from "../../base/open_files.ts";
import type { RunEvent, RunStartedEvent } from "../../model/events.ts";
import type { RunHandle } from "../../model/reporter.ts";
import type { RunState } from "../../model/state.ts";
import { LineSplitter, LineTooLong } from "./line_splitter.ts";
import {
  BadRequest,
  CONTROL_VERSION,
  encodeMessage,
  MAX_REQUEST_BYTES,
  type Message,
  readRequest,
  type Request,
} from "./messages.ts";
import { register, type Registration, type RunInfo } from "./registration.ts";
import { ServedClient } from "./served_client.ts";
import { snapshotOf } from "./snapshot.ts";

/**
 * The clients that may be connected at once. They leave files for the workers, also if the live page has all the connections
 * that it may have. There is one more while a newcomer asks whether there is a place.
 */
const MAX_CLIENTS = { count: 200, part: 1 / 8 };
/** How long the end of the run waits for clients to read it, in milliseconds. */
const LAST_MS = 500;
const READ_BYTES = 16 << 10;

/** Options of {@linkcode ControlServer}. */
export interface ControlServerOptions {
  readonly folder: string;
  readonly info: RunInfo;
  readonly handle: RunHandle;
  /** The first event of the run. */
  readonly started: RunStartedEvent;
  /** Stops the run as SIGTERM would. If it is left out, `stop()` of the handle does it. */
  readonly terminate?: () => void;
  /**
   * Measures the time of clients.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
}

/** Serves the clients of a run until it is closed. */
export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #registration: Registration;
  readonly #listener: Deno.UnixListener;
  readonly #hello: Uint8Array;
  readonly #clock: Clock;
  readonly #maxClients = filesOfShare(MAX_CLIENTS);
  readonly #clients = new Set<ServedClient>();
  /** Its newcomers are the clients that have sent no request. */
  readonly #entrance: Entrance;
  readonly #closed = new AbortController();
  readonly #started: RunStartedEvent;
  #snapshot: { readonly of: RunState; readonly value: RunState } | undefined;

  private constructor(
    options: ControlServerOptions,
    { registration, listener }: { registration: Registration; listener: Deno.UnixListener },
  ) {
    this.#options = options;
    this.#registration = registration;
    this.#listener = listener;
    this.#clock = options.clock ?? systemClock;
    this.#entrance = new Entrance({
      clock: this.#clock,
      isFull: () => this.#clients.size > this.#maxClients,
    });
    const { sources: _sources, options: _options, ...started } = options.started;
    this.#started = started;
    this.#hello = encodeMessage({ kind: "hello", v: CONTROL_VERSION, ...options.info });
  }

  /**
   * Begins to serve.
   *
   * @throws {Error} If the socket cannot be made.
   */
  static open(options: ControlServerOptions): ControlServer {
    const registration = register(options.folder, options.info);
    let listener: Deno.UnixListener | undefined;
    try {
      const path = registration.socket;
      listener = Deno.listen({ transport: "unix", path });
      Deno.chmodSync(path, 0o600);
      registration.announce();
    } catch (error) {
      listener?.close();
      registration.remove();
      throw error;
    }
    const server = new ControlServer(options, { registration, listener });
    server.#entrance.acceptAll({
      listener,
      serve: (connection) => void server.#serve(connection),
      signal: server.#closed.signal,
    });
    return server;
  }

  /** Whether a client wants to know what workers use. */
  get wantsUsage(): boolean {
    return this.#clients.values().some(({ leftOut }) => leftOut?.has("usage") === false);
  }

  /** Sends an event to the clients that want it. */
  report(event: RunEvent): void {
    let message: Uint8Array | undefined;
    for (const client of this.#clients) {
      if (client.leftOut === undefined || client.leftOut.has(event.kind)) continue;
      message ??= encodeMessage({ kind: "event", event });
      client.send(message);
    }
  }

  /** Gives clients a moment to take what they were sent, and ends. */
  async close(): Promise<void> {
    const flushed = Promise.all(Array.from(this.#clients, (client) => client.flushed()));
    await withTimeout(flushed, { ms: LAST_MS, clock: this.#clock });
    this.remove();
  }

  /** Ends at once, and removes the socket. */
  remove(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#registration.remove();
    this.#listener.close();
    for (const client of this.#clients) client.drop();
  }

  async #serve(connection: Deno.UnixConn): Promise<void> {
    const client = new ServedClient(connection, () => {
      newcomer[Symbol.dispose]();
      this.#clients.delete(client);
    });
    const newcomer = this.#entrance.add(() => client.drop());
    this.#clients.add(client);
    client.send(this.#hello);
    let isNew = true;
    const lines = new LineSplitter(MAX_REQUEST_BYTES);
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (;;) {
        await client.room();
        const read = await connection.read(buffer);
        if (read === null) return client.drop();
        for (const line of lines.add(buffer.subarray(0, read))) {
          const request = readRequest(line);
          if (isNew) this.#admit(newcomer);
          isNew = false;
          client.answer(encodeMessage(this.#answer(request, client)));
          await client.room();
        }
      }
    } catch (error) {
      const isRefused = error instanceof BadRequest || error instanceof LineTooLong ||
        error instanceof TooManyClients;
      if (isRefused) await this.#refuse(client, error.message);
      // Otherwise it has gone.
      client.drop();
    }
  }

  /** Gives a newcomer that asks the place of a client. */
  #admit(newcomer: Disposable): void {
    const taken = this.#clients.size - this.#entrance.size;
    if (taken >= this.#maxClients) throw new TooManyClients(`the run has ${taken} clients already`);
    newcomer[Symbol.dispose]();
  }

  /** Tells a client why it is dropped. */
  async #refuse(client: ServedClient, error: string): Promise<void> {
    client.send(encodeMessage({ kind: "error", error }));
    client.leftOut = undefined;
    await withTimeout(client.flushed(), { ms: LAST_MS, clock: this.#clock });
    client.drop();
  }

  #answer(request: Request, client: ServedClient): Message {
    const { id } = request;
    try {
      const answer = this.#carryOut(request, client);
      const state = request.withState ? this.#state() : {};
      return { kind: "answer", id, ok: true, ...state, ...answer };
    } catch (error) {
      return { kind: "answer", id, ok: false, error: errorMessage(error) };
    }
  }

  #carryOut(
    request: Request,
    client: ServedClient,
  ): { state?: RunState; now?: number; started?: RunStartedEvent } {
    const { handle } = this.#options;
    switch (request.request) {
      case "events":
        // All later events come after the answer, which is the next message of the client.
        client.leftOut = new Set(request.leaveOut);
        return { ...this.#state(), started: this.#started };
      case "state":
        return this.#state();
      case "pause":
        handle.pause();
        return {};
      case "continue":
        handle.continue();
        return {};
      case "drain":
        handle.drain();
        return {};
      case "setWorkers":
        handle.setWorkers(request.count);
        return {};
      case "stop":
        this.#stop(request.how);
        return {};
      case "cancel":
        handle.cancel(request.range ?? { item: this.#itemOf(request.item ?? "") });
        return {};
    }
  }

  #stop(how: "stop" | "kill" | undefined): void {
    const { handle, terminate } = this.#options;
    if (how === undefined && terminate !== undefined) return terminate();
    const { how: before = "drain" } = handle.state.stopping ?? {};
    // A second one kills, as a second signal does.
    handle.stop(how ?? (before === "drain" ? "stop" : "kill"));
  }

  /** Returns an item as the run knows it. */
  #itemOf(text: string): string | number {
    if (this.#options.started.items !== undefined) return text;
    const { totalItems } = this.#options.handle.state;
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Infinity;
    if (number < totalItems) return number;
    throw new BadItem(
      `the items of this run are the numbers below ${totalItems}: there is none "${text}"`,
    );
  }

  #state(): { state: RunState; now: number } {
    const { state } = this.#options.handle;
    if (this.#snapshot?.of !== state) this.#snapshot = { of: state, value: snapshotOf(state) };
    return { state: this.#snapshot.value, now: Math.round(systemClock.now()) };
  }
}

/** Thrown for an item that the run cannot have. */
class BadItem extends Error {
  override readonly name = "BadItem";
}

/** Thrown for a client that has no place. */
class TooManyClients extends Error {
  override readonly name = "TooManyClients";
}

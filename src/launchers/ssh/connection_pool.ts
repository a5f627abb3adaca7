/**
 * One machine of a run, and the connections to it.
 *
 * @module
 */
import type { NotLaunched } from "../remote/failed_launch.ts";
import { Connection } from "./connection.ts";
import type { SshHost } from "./hosts.ts";
import { Semaphore } from "../../base/semaphore.ts";

/** Connections to one machine that are made at the same time: sshd drops what comes in bursts. */
const MAX_CONNECTING = 4;

/** Options of {@linkcode ConnectionPool}. */
export interface ConnectionPoolOptions {
  readonly host: SshHost;
  /** Begins the paths of its sockets, which must be short. */
  readonly socketPrefix: string;
  /** Arguments that all calls of ssh have in common. */
  readonly args: readonly string[];
}

/** A place in a connection, until it is disposed of. */
export interface Session extends Disposable {
  readonly connection: Connection;
}

/** Makes as many connections as its workers need. */
export class ConnectionPool implements AsyncDisposable {
  /** Workers that it has, or is about to have. */
  busy = 0;
  readonly #options: ConnectionPoolOptions;
  readonly #turns = new Semaphore(MAX_CONNECTING);
  readonly #connections = new Set<Connection>();
  #made = 0;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** Its name, without that of a user. */
  get name(): string {
    return this.#options.host.name.replace(/^.*@/, "");
  }

  /** How much of its room is taken, from 0 on. */
  get load(): number {
    return this.busy / this.#options.host.workers;
  }

  /** Takes a place in a connection, or says why there is none. */
  async session(): Promise<Session | NotLaunched> {
    const connection = this.#withRoom();
    connection.sessions++;
    const problem = await connection.ready;
    if (problem !== undefined) return problem;
    return { connection, [Symbol.dispose]: () => void connection.sessions-- };
  }

  /** Closes its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#connections, (one) => one[Symbol.asyncDispose]()));
  }

  #withRoom(): Connection {
    for (const connection of this.#connections) {
      if (connection.hasRoom) return connection;
    }
    const { host, socketPrefix, args } = this.#options;
    const socket = `${socketPrefix}${this.#made++}`;
    const connection = new Connection({ host: host.name, socket, args, turns: this.#turns });
    this.#connections.add(connection);
    return connection;
  }
}

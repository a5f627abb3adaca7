/**
 * One host of a run, with all connections to it.
 *
 * @module
 */
import { Semaphore } from "../../base/semaphore.ts";
import type { NotLaunched } from "../remote/failed_launch.ts";
import { Connection } from "./connection.ts";
import type { SshHost } from "./hosts.ts";

/** Connections to one host that are being made at the same time; sshd drops those that come in bursts. */
const MAX_CONNECTING = 4;

/** Options of {@linkcode ConnectionPool}. */
export interface ConnectionPoolOptions {
  readonly host: SshHost;
  /** The beginning of the paths of its sockets, which must be short. */
  readonly socketPrefix: string;
  /** Arguments that all calls of ssh have in common. */
  readonly args: readonly string[];
}

/** A reserved session in a connection; it is free again when it is disposed of. */
export interface Session extends Disposable {
  readonly connection: Connection;
}

/** Makes as many connections to a host as its workers need. */
export class ConnectionPool implements AsyncDisposable {
  /** The number of workers that it has, or is about to have. */
  busy = 0;
  /** How many workers it takes. */
  workers: number;
  readonly #options: ConnectionPoolOptions;
  readonly #connecting = new Semaphore(MAX_CONNECTING);
  /** Those that have not ended. */
  readonly #connections = new Set<Connection>();
  #socketCount = 0;
  #isNeeded = true;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.workers = options.host.workers;
  }

  /** The host's name, with the user if one is given: a user does not see what another one has left there. */
  get name(): string {
    return this.#options.host.name;
  }

  /** How much of the host's room is taken: 0 if nothing is, 1 if all of it is. */
  get load(): number {
    return this.busy / this.workers;
  }

  /** Sets whether new workers may run there. If not, each connection is closed once it has no session. */
  set isNeeded(isNeeded: boolean) {
    this.#isNeeded = isNeeded;
    for (const connection of Array.from(this.#connections)) this.#closeIfIdle(connection);
  }

  /** Reserves a session, or resolves to the reason why there is none. */
  async session(): Promise<Session | NotLaunched> {
    const connection = this.#withRoom();
    connection.sessions++;
    const problem = await connection.ready;
    if (problem !== undefined) return problem;
    const end = () => {
      connection.sessions--;
      this.#closeIfIdle(connection);
    };
    return { connection, [Symbol.dispose]: end };
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
    const socket = `${socketPrefix}${this.#socketCount++}`;
    const connecting = this.#connecting;
    const connection = Connection.start({ host: host.name, socket, args, connecting });
    this.#connections.add(connection);
    connection.ended.then(async () => {
      await connection[Symbol.asyncDispose]();
      this.#connections.delete(connection);
    });
    return connection;
  }

  #closeIfIdle(connection: Connection): void {
    if (!this.#isNeeded && connection.sessions === 0) void connection[Symbol.asyncDispose]();
  }
}

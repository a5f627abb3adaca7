/**
 * The hosts of a run over ssh, on each of which a pilot can be started in a session.
 *
 * @module
 */
import type { WorkerCommand, WorkerProcess } from "../launcher.ts";
import type { ConnectedNode, PilotNode, PilotNodes } from "../pilot/pilot_node.ts";
import type { NotLaunched } from "../remote/failed_launch.ts";
import type { ConnectionPool } from "./connection_pool.ts";
import type { SshSessions } from "./sessions.ts";

/** The hosts of sessions, which own them. */
export class SshPilotNodes implements PilotNodes {
  readonly #sessions: SshSessions;
  readonly #nodes = new Map<ConnectionPool, PilotNode>();

  constructor(sessions: SshSessions) {
    this.#sessions = sessions;
  }

  /** See {@linkcode PilotNodes.current}. */
  current = (): readonly PilotNode[] => this.#sessions.hosts.map((pool) => this.#nodeOf(pool));

  /** See {@linkcode PilotNodes.onChange}. */
  onChange = (callback: () => void): Disposable => this.#sessions.onChange(callback);

  /** Closes the sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sessions[Symbol.asyncDispose]();
  }

  #nodeOf(pool: ConnectionPool): PilotNode {
    const known = this.#nodes.get(pool);
    if (known !== undefined) return known;
    const node = new SshNode(pool, this.#sessions);
    this.#nodes.set(pool, node);
    return node;
  }
}

class SshNode implements PilotNode {
  readonly #pool: ConnectionPool;
  readonly #sessions: SshSessions;

  constructor(pool: ConnectionPool, sessions: SshSessions) {
    this.#pool = pool;
    this.#sessions = sessions;
  }

  get name(): string {
    return this.#pool.name;
  }

  get workers(): number {
    return this.#pool.workers;
  }

  connect(): Promise<ConnectedNode | NotLaunched> {
    return this.#sessions.connect(this.#pool);
  }

  launchWithAgent(command: WorkerCommand): Promise<WorkerProcess> {
    return this.#sessions.launchOn(this.#pool, command);
  }
}

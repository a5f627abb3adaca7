/**
 * The nodes on which pilots can be started: what a cluster engine tells about them, and how it leads there.
 *
 * @module
 */
import type { WorkerCommand, WorkerProcess } from "../launcher.ts";
import type { RemoteClient } from "../remote/client.ts";
import type { NotLaunched } from "../remote/failed_launch.ts";

/** A node on which a pilot can be started. It is the same object for as long as the node belongs to the run. */
export interface PilotNode {
  /** Its name in this run. */
  readonly name: string;
  /** How many workers it takes. The number may change. */
  readonly workers: number;
  /**
   * Returns the client that leads to a shell there, or the reason why there is none. The client runs `BOOTSTRAP` of the agent.
   * It is not started yet.
   */
  connect(): Promise<ConnectedNode | NotLaunched>;
  /**
   * Starts a worker with an agent of its own, where the node has no Deno. The worker does not count for `workers` of this
   * object: the caller counts.
   *
   * @throws {LaunchError} If it cannot be started.
   */
  launchWithAgent(command: WorkerCommand): Promise<WorkerProcess>;
}

/** The way to a node, which is kept open for one client. Dispose of it when the client has ended. */
export interface ConnectedNode extends Disposable {
  /** The program that leads to a shell there. */
  readonly client: RemoteClient;
}

/** The nodes of a run, which may change while it goes on. Dispose of them when no pilot and no worker is left. */
export interface PilotNodes extends AsyncDisposable {
  /** Returns the nodes that new workers may run on. A node that has left is not among them; its workers run to their end. */
  readonly current: () => readonly PilotNode[];
  /** Calls back when `current` has other nodes, or one of them takes another number of workers. */
  readonly onChange?: (callback: () => void) => Disposable;
  /**
   * Asked before each launch. Resolves soon: to undefined if a worker may be launched now, else to a process that stands in for
   * it. That fails when the engine lets workers start again, or never will; it can be signalled until then.
   */
  readonly refusal?: () => Promise<WorkerProcess | undefined>;
  /** Told when a pilot was lost or could not be started. The engine is then asked for its nodes, and whether it still runs. */
  readonly noteFailure?: (node: PilotNode) => void;
  /** Awaited before a worker is reported as lost, so that the next launch knows why. Never rejects. */
  readonly beforeLost?: () => Promise<void>;
}

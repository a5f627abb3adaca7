import type { NodeName } from "./slurm_cluster.ts";

/** How the nodes of a cluster reach each other. */
export interface NodeNet extends AsyncDisposable {
  readonly controllerAddress: string;
  addressOf(node: NodeName): string;
  /** What runs a command on a node. */
  commandOn(node: NodeName, argv: string[]): string[];
}

/** All nodes on one address, told apart by their ports. */
export class LoopbackNet implements NodeNet {
  readonly controllerAddress = "127.0.0.1";

  addressOf(): string {
    return "127.0.0.1";
  }

  commandOn(_node: NodeName, argv: string[]): string[] {
    return argv;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

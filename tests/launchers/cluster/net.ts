import { mustRun, run } from "./daemon.ts";
import { NODES } from "./nodes.ts";
import type { NodeName } from "./nodes.ts";

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

/** Each node in a network namespace of its own, on a bridge: one may be cut off. */
export class BridgedNet implements NodeNet {
  readonly #id: string;
  readonly #subnet: string;

  private constructor(id: string) {
    this.#id = id;
    this.#subnet = `10.${200 + Number.parseInt(id.slice(0, 2), 16) % 50}.${
      Number.parseInt(id.slice(2), 16)
    }`;
  }

  /** Whether namespaces can be made here: it takes root, and a system that allows it. */
  static async isPossible(): Promise<boolean> {
    const name = `probe${crypto.randomUUID().slice(0, 4)}`;
    const { success } = await run("ip", ["netns", "add", name]).catch(() => ({ success: false }));
    if (success) await mustRun("ip", ["netns", "del", name]);
    return success;
  }

  /** Makes bridge and namespaces. */
  static async up(): Promise<BridgedNet> {
    const net = new BridgedNet(crypto.randomUUID().slice(0, 4));
    await net.#ip(`link add ${net.#bridge} type bridge`);
    await net.#ip(`addr add ${net.controllerAddress}/24 dev ${net.#bridge}`);
    await net.#ip(`link set ${net.#bridge} up`);
    for (const node of NODES) {
      const [space, cable] = [net.#space(node), net.#cable(node)];
      await net.#ip(`netns add ${space}`);
      await net.#ip(`link add ${cable} type veth peer name eth0 netns ${space}`);
      await net.#ip(`link set ${cable} master ${net.#bridge} up`);
      await net.#ip(`-n ${space} addr add ${net.addressOf(node)}/24 dev eth0`);
      await net.#ip(`-n ${space} link set eth0 up`);
      await net.#ip(`-n ${space} link set lo up`);
    }
    return net;
  }

  get controllerAddress(): string {
    return `${this.#subnet}.254`;
  }

  addressOf(node: NodeName): string {
    return `${this.#subnet}.${NODES.indexOf(node) + 1}`;
  }

  // ip netns exec would hide mounts that slurmd needs.
  commandOn(node: NodeName, argv: string[]): string[] {
    return ["nsenter", `--net=/run/netns/${this.#space(node)}`, ...argv];
  }

  /** Pulls the cable of a node. */
  async cut(node: NodeName): Promise<void> {
    await this.#ip(`link set ${this.#cable(node)} down`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of NODES) await this.#ip(`netns del ${this.#space(node)}`);
    await this.#ip(`link del ${this.#bridge}`);
  }

  get #bridge(): string {
    return `xb${this.#id}`;
  }

  #space(node: NodeName): string {
    return `x${this.#id}${node}`;
  }

  #cable(node: NodeName): string {
    return `xc${this.#id}${node}`;
  }

  async #ip(words: string): Promise<void> {
    await mustRun("ip", words.split(" "));
  }
}

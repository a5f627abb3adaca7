/**
 * The nodes of the Slurm job that the executor is in, which may change while it runs: `scontrol update` gives a job less or
 * more, and a node that fails leaves it.
 *
 * @module
 */
import { every, systemClock } from "../../base/clock.ts";
import type { AllocatedNode, SlurmAllocation } from "./allocation.ts";
import { type Answer, runSlurm } from "./commands.ts";
import { countIds, expandHosts } from "./host_list.ts";

/** How often Slurm is asked for the nodes, in milliseconds. */
const LOOK_MS = 30_000;

/**
 * Parses the answer of `scontrol show job --details`. Returns undefined if it names no node, as for a job that waits to be
 * started again.
 */
export function parseJobNodes({ success, stdout }: Answer): AllocatedNode[] | undefined {
  if (!success) return undefined;
  // The list of all nodes is called NodeList; this one has the nodes with the same processors.
  const groups = Array.from(stdout.matchAll(/(?:^|\s)Nodes=(\S+) CPU_IDs=(\S+)/g));
  const nodes = groups.flatMap(([, names = "", ids = ""]) =>
    expandHosts(names).map((name) => ({ name, cpus: countIds(ids) }))
  );
  return nodes.length > 0 ? nodes : undefined;
}

/** Options of {@linkcode JobNodes}. */
export interface JobNodesOptions {
  readonly allocation: Pick<SlurmAllocation, "jobId" | "nodeList">;
  /** Milliseconds between two looks; 30 s if left out. */
  readonly interval?: number;
  /** Asks Slurm; by `scontrol` if left out. */
  readonly ask?: (jobId: string, abandon: AbortSignal) => Promise<Answer>;
}

const askScontrol: NonNullable<JobNodesOptions["ask"]> = (jobId, abandon) =>
  runSlurm("scontrol", ["show", "job", "--details", "--oneliner", jobId], abandon);

/** Keeps track of the nodes of a job. */
export class JobNodes implements AsyncDisposable {
  readonly #ask: (abandon: AbortSignal) => Promise<Answer>;
  readonly #listeners = new Set<() => void>();
  readonly #timer: Disposable;
  readonly #over = new AbortController();
  #nodes: readonly AllocatedNode[];
  #looking: Promise<void> | undefined;

  constructor({ allocation, interval = LOOK_MS, ask = askScontrol }: JobNodesOptions) {
    this.#ask = (abandon) => ask(allocation.jobId, abandon);
    this.#nodes = allocation.nodeList;
    this.#timer = every(systemClock, interval, () => void this.look());
  }

  /** The nodes at the last look. */
  get nodes(): readonly AllocatedNode[] {
    return this.#nodes;
  }

  /** Calls back when they have changed. */
  onChange(callback: () => void): Disposable {
    const listener = () => callback();
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Asks Slurm for them, unless it is being asked. If it does not answer, they stay. Never rejects. */
  look(): Promise<void> {
    if (this.#over.signal.aborted) return Promise.resolve();
    return this.#looking ??= this.#look().finally(() => this.#looking = undefined);
  }

  /** Stops to look. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]();
    this.#over.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#over;
    const found = parseJobNodes(await this.#ask(signal));
    if (found === undefined || signal.aborted) return;
    const before = new Map(this.#nodes.map((node) => [node.name, node]));
    // The environment knows the tasks, and of CPUs with several threads only those that the job may use.
    const nodes = found.map((node) => {
      const known = before.get(node.name);
      return known?.tasks === undefined ? node : known;
    });
    const hasChanged = nodes.length !== before.size ||
      nodes.some(({ name, cpus }) => before.get(name)?.cpus !== cpus);
    this.#nodes = nodes;
    if (hasChanged) { for (const listener of this.#listeners) listener(); }
  }
}

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

/** What Slurm tells of the nodes of a job. */
export interface JobNodeFacts {
  readonly names: readonly string[];
  /** The processors on each of them; undefined if what Slurm tells of them does not fit the names. */
  readonly cpus: ReadonlyMap<string, number> | undefined;
  /** The processors on all of them. */
  readonly allCpus: number;
}

/**
 * Parses the answer of `scontrol show job --details`. Returns undefined if it names no node, as for a job that waits to be
 * started again.
 */
export function parseJobNodes({ success, stdout }: Answer): JobNodeFacts | undefined {
  const field = (name: string) => new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(stdout)?.[1];
  const list = field("NodeList") ?? "(null)";
  if (!success || list === "(null)") return undefined;
  const names = expandHosts(list);
  // The nodes with the same processors, in groups.
  const groups = Array.from(stdout.matchAll(/(?:^|\s)Nodes=(\S+) CPU_IDs=(\S+)/g));
  const cpus = new Map(
    groups.flatMap(([, group = "", ids = ""]) =>
      expandHosts(group).map((name) => [name, countIds(ids)] as const)
    ),
  );
  const counted = cpus.values().reduce((sum, count) => sum + count, 0);
  const allCpus = Number(field("NumCPUs") ?? counted);
  // After a job has got more nodes, Slurm 22.05 gives some processors to a wrong node.
  const fits = names.length === cpus.size && names.every((name) => cpus.has(name)) &&
    counted === allCpus;
  return { names, cpus: fits ? cpus : undefined, allCpus };
}

/** Returns the nodes of a job, with what was known of them before. */
export function mergeNodes(
  { names, cpus, allCpus }: JobNodeFacts,
  before: ReadonlyMap<string, AllocatedNode>,
): AllocatedNode[] {
  const known = names.flatMap((name) => before.get(name) ?? []);
  // What is left of the processors is shared by the nodes that are new.
  const left = allCpus - known.reduce((sum, { cpus }) => sum + cpus, 0);
  const share = Math.max(1, Math.floor(left / (names.length - known.length)));
  return names.map((name) => {
    const node = before.get(name);
    // The environment knows the tasks, and of CPUs with several threads only those that the job may use.
    if (node?.tasks !== undefined) return node;
    return { name, cpus: cpus?.get(name) ?? node?.cpus ?? share };
  });
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
    const nodes = mergeNodes(found, before);
    const hasChanged = nodes.length !== before.size ||
      nodes.some(({ name, cpus }) => before.get(name)?.cpus !== cpus);
    this.#nodes = nodes;
    if (hasChanged) { for (const listener of this.#listeners) listener(); }
  }
}

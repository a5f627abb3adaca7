/**
 * The launcher of one run on many nodes: each node has a pilot, which starts the workers there.
 *
 * @module
 */
import { unlessAborted } from "../../base/abort.ts";
import { every, sleep, systemClock, withTimeout } from "../../base/clock.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { FailedLaunch, type NotLaunched, OVER } from "../remote/failed_launch.ts";
import { LOOK_AGAIN_MS, NodeHealth } from "../remote/node_health.ts";
import type { PilotNode, PilotNodes } from "./pilot_node.ts";
import { LATE, UNUSABLE } from "./pilot_line.ts";
import type { NoDeno } from "./pilot_link.ts";
import { PilotPlace } from "./pilot_place.ts";
import { windowFor } from "./window.ts";

/** Options of {@linkcode PilotRun}. */
export interface PilotRunOptions {
  readonly nodes: PilotNodes;
  /** Milliseconds without a word after which pilot and executor take each other for gone. */
  readonly lease: number;
  /** The program `deno` on the nodes; the usual places are tried if it is left out. */
  readonly deno: string | undefined;
  readonly run: Pick<LaunchRun, "runId" | "gracePeriod" | "signal" | "warn">;
}

/** A pilot that takes longer than this to start does not hold up workers that have room elsewhere, in milliseconds. */
const SLOW_MS = 5_000;
/** After so many milliseconds without a pilot, a warning tells why. */
const NOTICE_MS = 30_000;

/** Launches each worker on the node that has the most room, and starts a pilot there if it has none. */
export class PilotRun implements Launcher, AsyncDisposable {
  readonly #options: PilotRunOptions;
  readonly #health = new NodeHealth();
  readonly #places = new Map<PilotNode, PilotPlace>();
  /** Resolve when the pilots of nodes that have left the run have ended. */
  readonly #dropped = new Set<Promise<void>>();
  readonly #watch: Disposable | undefined;
  /** Resolves when there may be room. */
  #changed = Promise.withResolvers<void>();
  #hasWarnedOfAgents = false;
  #isOver = false;

  constructor(options: PilotRunOptions) {
    this.#options = options;
    this.#watch = options.nodes.onChange?.(() => {
      for (const place of Array.from(this.#places.values())) this.#dropLeft(place);
      this.#wake();
    });
  }

  /** See {@linkcode Launcher.launch}. Waits until a node has room. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const { run: { signal }, nodes } = this.#options;
    while (!this.#isOver && !signal.aborted) {
      const refused = await nodes.refusal?.();
      if (refused !== undefined) return refused;
      const place = this.#choose(command);
      if (place === undefined) {
        await unlessAborted(this.#changeWithin(LOOK_AGAIN_MS), signal);
        continue;
      }
      const process = await this.#launchAt(place, command);
      if (process !== undefined) return process;
    }
    return new FailedLaunch(OVER);
  }

  /** Ends all pilots, and then lets go of the nodes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#watch?.[Symbol.dispose]();
    this.#wake();
    await Promise.all(this.#places.values().map((place) => place[Symbol.asyncDispose]()));
    await Promise.all(this.#dropped);
    await this.#options.nodes[Symbol.asyncDispose]();
  }

  /** Launches a worker at a place; resolves to undefined if another place may be better by now. */
  async #launchAt(place: PilotPlace, command: WorkerCommand): Promise<WorkerProcess | undefined> {
    place.busy++;
    let process: WorkerProcess | undefined;
    try {
      if (!place.isReady) {
        const failure = await this.#start(place);
        if (failure !== undefined) return new FailedLaunch(failure);
        if (!place.isReady || this.#lacksStdin(place, command)) return undefined;
      }
      process = await place.launch(command);
      this.#watchLaunch(place, process);
      return process;
    } finally {
      const free = () => {
        place.busy--;
        this.#dropLeft(place);
        this.#wake();
      };
      if (process === undefined) free();
      else process.status.then(free, free);
    }
  }

  /** Waits for a place to be ready, but not for long if other places are; resolves to the reason if it never will be. */
  async #start(place: PilotPlace): Promise<NotLaunched | undefined> {
    const { signal } = this.#options.run;
    const isNew = !place.isStarting;
    const starting = place.start();
    if (isNew) this.#noteSlowness(place, starting);
    const late = withTimeout(starting, { ms: SLOW_MS, clock: systemClock });
    const failure = await unlessAborted(late, signal);
    if (signal.aborted) return OVER;
    if (!failure) return undefined;
    this.#noteFailure(place.node);
    return failure;
  }

  /** Takes notice if a node cannot start a worker. The loss of one is noted here if it has an agent, else with its pilot. */
  async #watchLaunch(place: PilotPlace, process: WorkerProcess): Promise<void> {
    const { usesAgents } = place;
    const exit = await process.status;
    const cannotStart = exit.kind === "launch-failed" && !exit.permanent;
    if (cannotStart || (usesAgents && exit.kind === "lost")) this.#noteFailure(place.node);
  }

  #noteFailure(node: PilotNode): void {
    this.#health.recordFailure(node.name);
    this.#options.nodes.noteFailure?.(node);
  }

  /** Ends the pilot of a node that has left the run, once it has no worker. */
  #dropLeft(place: PilotPlace): void {
    if (place.busy > 0 || this.#options.nodes.current().includes(place.node)) return;
    this.#places.delete(place.node);
    const dropped = place[Symbol.asyncDispose]().finally(() => this.#dropped.delete(dropped));
    this.#dropped.add(dropped);
  }

  async #noteSlowness(place: PilotPlace, starting: Promise<unknown>): Promise<void> {
    let told: string | undefined;
    using _notice = every(systemClock, NOTICE_MS, () => {
      const why = place.message ?? "nothing is known of the reason";
      if (why !== told) this.#options.run.warn(`${place.name}: no pilot yet: ${why}`);
      told = why;
    });
    await unlessAborted(starting, this.#options.run.signal);
  }

  /** Whether a worker needs a stdin that this place cannot give it, and others can: only pilots pass it on. */
  #lacksStdin(place: PilotPlace, { stdin }: WorkerCommand): boolean {
    return stdin === "piped" && place.usesAgents &&
      this.#options.nodes.current().some((node) => !this.#placeOf(node).usesAgents);
  }

  /** Chooses the place with the most room, from the healthy ones if there are any; undefined if there is no room at all. */
  #choose(command: WorkerCommand): PilotPlace | undefined {
    const places = this.#options.nodes.current().map((node) => this.#placeOf(node))
      .filter((place) => !this.#lacksStdin(place, command));
    let best: PilotPlace | undefined;
    let bestRank = Infinity;
    // A worker waits for a healthy node: one that has just failed would fail again.
    for (const place of this.#health.preferred(places)) {
      if (place.load >= 1) continue;
      const rank = (place.startingMs > SLOW_MS ? 2 : 0) + place.load;
      if (rank >= bestRank) continue;
      [best, bestRank] = [place, rank];
    }
    return best;
  }

  #placeOf(node: PilotNode): PilotPlace {
    const known = this.#places.get(node);
    if (known !== undefined) return known;
    const { run, lease, deno, nodes } = this.#options;
    const place = new PilotPlace(node, {
      ...run,
      clock: systemClock,
      lease,
      deno,
      window: windowFor(nodes.current().reduce((sum, { workers }) => sum + workers, 0)),
      onLost: async () => {
        this.#noteFailure(node);
        await nodes.beforeLost?.();
      },
      onNoDeno: (answer) => this.#warnOfAgents(node, answer),
    });
    this.#places.set(node, place);
    return place;
  }

  /** Warns once that a node uses agents, and why. */
  #warnOfAgents({ name }: PilotNode, { found, fault }: NoDeno): void {
    if (this.#hasWarnedOfAgents) return;
    this.#hasWarnedOfAgents = true;
    const lack = fault !== undefined
      ? `Deno on ${name} starts no pilot (${fault})`
      : found === undefined
      ? `no Deno was found on ${name}`
      : found === UNUSABLE || found === LATE
      ? `what was found as Deno on ${name} does not tell its version`
      : `Deno on ${name} is too old (${found})`;
    this.#options.run.warn(
      `${lack}: each worker there has a connection of its own, which is slower; --remote-deno tells where Deno is`,
    );
  }

  async #changeWithin(ms: number): Promise<void> {
    const waited = new AbortController();
    await Promise.race([this.#changed.promise, sleep(systemClock, ms, waited.signal)]);
    waited.abort();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

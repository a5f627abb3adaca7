/**
 * One node of a run, with its pilot.
 *
 * @module
 */
import { unlessAborted } from "../../base/abort.ts";
import { type Clock, sleep } from "../../base/clock.ts";
import type { LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import type { NotLaunched } from "../remote/failed_launch.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import { START_MS } from "./frames.ts";
import { type NoDeno, PilotLink } from "./pilot_link.ts";
import { LATE, UNUSABLE } from "./pilot_line.ts";
import type { ConnectedNode, PilotNode } from "./pilot_node.ts";

/** A node on which Deno was too slow to tell its version, or started no pilot, so many times counts as one without Deno. */
const MAX_FAILED_STARTS = 3;
/** So many times in a row, Deno is looked for: a file server may not be there yet. */
const LOOKS = 3;
/** Time between two looks, in milliseconds. */
const LOOK_PAUSE_MS = 1_000;
const NOT_NEEDED: NotLaunched = { reason: "no pilot is needed any more" };

/** Options of {@linkcode PilotPlace}. */
export interface PilotPlaceOptions extends Pick<LaunchRun, "runId" | "gracePeriod" | "warn"> {
  /** Measures how long a pilot takes to start. */
  readonly clock: Clock;
  readonly lease: number;
  readonly deno: string | undefined;
  /** See {@linkcode OpenMessage.window}. */
  readonly window: number;
  /** Awaited when the pilot was lost, before its workers count as lost. */
  readonly onLost: () => Promise<void>;
  /** Called if the node has no Deno of use. */
  readonly onNoDeno: (answer: NoDeno) => void;
}

/** Has one pilot at a time: another one is started if that was lost. */
export class PilotPlace implements AsyncDisposable {
  readonly node: PilotNode;
  /** The number of workers that it has, or is about to have. */
  busy = 0;
  readonly #options: PilotPlaceOptions;
  #link: PilotLink | undefined;
  /** All pilots that have not ended. */
  readonly #links = new Set<PilotLink>();
  #starting: Promise<NotLaunched | undefined> | undefined;
  #startedAt = 0;
  #usesAgents = false;
  #failedStarts = 0;
  /** Aborted when no pilot is needed any more. */
  readonly #over = new AbortController();

  constructor(node: PilotNode, options: PilotPlaceOptions) {
    this.node = node;
    this.#options = options;
  }

  /** See {@linkcode PilotNode.name}. */
  get name(): string {
    return this.node.name;
  }

  /** How much of its room is taken: 0 if nothing is, 1 if all of it is. */
  get load(): number {
    return this.busy / this.node.workers;
  }

  /** Whether a worker can be launched without a wait. */
  get isReady(): boolean {
    return this.#usesAgents || this.#link?.isOpen === true;
  }

  /** Whether no pilot can be started there, so that each worker has an agent of its own. */
  get usesAgents(): boolean {
    return this.#usesAgents;
  }

  /** Whether a pilot is about to start. */
  get isStarting(): boolean {
    return this.#starting !== undefined;
  }

  /** For how many milliseconds it has been starting; 0 if it is not. */
  get startingMs(): number {
    return this.isStarting ? this.#options.clock.now() - this.#startedAt : 0;
  }

  /** The last message on the way to the node; undefined if there is none. */
  get message(): string | undefined {
    return this.#link?.message;
  }

  /** Starts a pilot unless it is starting already; resolves to the reason if it could not. Never rejects. */
  start(): Promise<NotLaunched | undefined> {
    if (this.#starting !== undefined) return this.#starting;
    this.#startedAt = this.#options.clock.now();
    return this.#starting = this.#start().finally(() => this.#starting = undefined);
  }

  /** Starts a worker; the place must be ready. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    if (this.#usesAgents) return await this.node.launchWithAgent(command);
    return this.#link!.launch(command);
  }

  /** Ends its pilot. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(Array.from(this.#links, (link) => link.close()));
    await this.#starting;
  }

  async #start(): Promise<NotLaunched | undefined> {
    for (let looks = 1;; looks++) {
      const answer = await this.#startOnce();
      if (answer === undefined) this.#failedStarts = 0;
      if (answer === undefined || "reason" in answer) return answer;
      const { found } = answer;
      const fault = found === LATE ? "Deno has not told its version in time" : answer.fault;
      if (fault !== undefined && ++this.#failedStarts < MAX_FAILED_STARTS) {
        return { reason: `${this.name}: ${fault}` };
      }
      const mayCome = fault === undefined && (found === undefined || found === UNUSABLE);
      if (!mayCome || looks === LOOKS) {
        this.#usesAgents = true;
        this.#options.onNoDeno(answer);
        return undefined;
      }
      await sleep(this.#options.clock, LOOK_PAUSE_MS, this.#over.signal);
    }
  }

  /** Resolves to undefined if a pilot has started. */
  async #startOnce(): Promise<NotLaunched | NoDeno | undefined> {
    if (this.#over.signal.aborted) return NOT_NEEDED;
    try {
      const connecting = this.node.connect();
      const connected = await unlessAborted(connecting, this.#over.signal);
      if (connected === undefined || this.#over.signal.aborted) {
        connecting.then((late) => "reason" in late || late[Symbol.dispose](), () => {});
        return NOT_NEEDED;
      }
      if ("reason" in connected) return connected;
      const link = this.#link = this.#connect(connected);
      let isLate = false;
      using _late = this.#options.clock.after(START_MS, () => {
        isLate = true;
        void link.close();
      });
      const answer = await link.ready;
      if (isLate) await link.close();
      if (answer === undefined || !("reason" in answer)) return answer;
      const reason = isLate ? `no pilot in ${START_MS / 1_000} seconds` : answer.reason;
      return { ...answer, reason: `${this.name}: ${reason}` };
    } catch (error) {
      return explainLaunch(error);
    }
  }

  #connect(connected: ConnectedNode): PilotLink {
    const { client } = connected;
    try {
      const link = PilotLink.start(client, { ...this.#options, node: this.name });
      this.#links.add(link);
      link.closed.then(() => {
        this.#links.delete(link);
        connected[Symbol.dispose]();
      });
      return link;
    } catch (error) {
      connected[Symbol.dispose]();
      throw explainSpawnError(error, { command: client.command, subject: client.command });
    }
  }
}

function explainLaunch(error: unknown): NotLaunched {
  const { message, permanent } = explainSpawnError(error, { command: "the client" });
  return { reason: message, permanent };
}

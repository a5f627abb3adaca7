/**
 * A worker on another machine, as its agent reports it.
 *
 * @module
 */
import { awakeClock, sleep, systemClock } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import { showBytes } from "../../base/surrogate_escape.ts";
import type { ProcessExit } from "../../model/cause.ts";
import type { ResourceUse, Usage } from "../../model/types.ts";
import {
  LaunchError,
  type Placement,
  type WorkerCommand,
  type WorkerProcess,
} from "../launcher.ts";
import { agentLine, GREETING } from "./agent.ts";
import { AgentStream } from "./agent_stream.ts";
import { CLIENT_MS, ClientProcess, giveUpMs, type RemoteClient } from "./client.ts";
import { fenceMs, Heartbeat } from "../lease.ts";
import { CONNECTION_CLOSED, ENGINE_ASKED, LEASE_EXPIRED } from "../losses.ts";
import { remoteCommand } from "./remote_command.ts";
import { RemoteUsage } from "./remote_usage.ts";

/**
 * Milliseconds after SIGKILL until a worker that has not ended is ended through its client and engine. The agent looks at all
 * processes of a node before it answers, which takes time on a busy one.
 */
const KILL_MS = 2_000;
const ENDING_SIGNALS: readonly Deno.Signal[] = [
  "SIGKILL",
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
  "SIGQUIT",
];

/** Options of {@linkcode RemoteProcess.start}. */
export interface RemoteOptions {
  readonly command: WorkerCommand;
  /** Milliseconds from asking the worker to end to killing it, if the executor is gone. */
  readonly gracePeriod: number;
  /** Milliseconds without a word after which agent and executor take each other for gone. */
  readonly lease: number;
  /** The node's name in this run; the one that the agent reports if left out. */
  readonly node?: string;
  /** Called if the worker was lost or could not be launched, with the node if that is known. */
  readonly onFailure?: (node: string | undefined) => void;
  /** Awaited before the loss of the worker is reported. */
  readonly beforeLost?: () => Promise<void>;
}

/** A worker, its agent, and the client program that leads there. */
export class RemoteProcess implements WorkerProcess {
  readonly pid: number;
  readonly placement: Promise<Placement | undefined>;
  readonly status: Promise<ProcessExit>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves when the client has ended, what it has said was read, and nothing of it is left here. */
  readonly closed: Promise<void>;

  readonly #options: RemoteOptions;
  readonly #client: ClientProcess;
  readonly #output: AgentStream;
  readonly #heartbeat: Heartbeat;
  readonly #usage: RemoteUsage;
  readonly #nonce = crypto.randomUUID().replaceAll("-", "");
  readonly #placed = Promise.withResolvers<Placement | undefined>();
  readonly #exited = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #silent = Promise.withResolvers<void>();
  #hasGreeted = false;
  /** Signals for an agent that has not greeted yet. */
  #earlySignals = "";
  #knownPlacement: Placement | undefined;
  #exit: ProcessExit | undefined;
  #isGone = false;
  #killTimer: Disposable | undefined;

  private constructor(client: ClientProcess, options: RemoteOptions) {
    this.#options = options;
    this.#client = client;
    this.pid = client.pid;
    this.stderr = client.stderr;
    this.placement = this.#placed.promise;
    this.#output = new AgentStream(client.stdout, {
      prefixes: [GREETING, this.#nonce],
      onFrame: (text) => this.#onFrame(text),
      onNoise: (bytes) => client.addMessage(bytes),
    });
    this.#heartbeat = new Heartbeat({
      lease: options.lease,
      ping: () => client.write("PING\n"),
      lastSignAt: () => this.#output.lastSignAt,
      onSilence: () => this.#silent.resolve(),
    });
    this.#usage = new RemoteUsage(() => client.write("USE\n"));
    this.status = this.#awaitStatus();
    this.closed = this.#close();
  }

  /**
   * Starts the client, which starts an agent, which starts the worker.
   *
   * @throws {LaunchError} As {@linkcode remoteCommand} does, and if the command asks for a stdin.
   * @throws {Error} As `Deno.Command` does.
   */
  static start(client: RemoteClient, options: RemoteOptions): RemoteProcess {
    const command = remoteCommand(options.command);
    if (command.stdin === "piped") {
      const message = "nothing can be handed to the stdin of a worker where no Deno runs";
      throw new LaunchError(message, { permanent: true });
    }
    return new RemoteProcess(ClientProcess.start(client), { ...options, command });
  }

  get stdout(): ReadableStream<Uint8Array> {
    return this.#output.stream;
  }

  /** At the end of this time, a worker that cannot be reached has ended by its lease. */
  get killPatience(): number {
    return KILL_MS + giveUpMs(this.#options);
  }

  kill(signal: Deno.Signal): void {
    if (this.#isGone) return;
    const line = `${signal.replace("SIG", "")}\n`;
    if (this.#hasGreeted) this.#client.write(line);
    else if (ENDING_SIGNALS.includes(signal)) this.#client.terminate();
    else this.#earlySignals += line;
    if (signal !== "SIGKILL") return;
    this.#killTimer ??= awakeClock.after(KILL_MS, () => {
      this.#client.terminate(this.#knownPlacement);
    });
  }

  groupIsAlive(): boolean {
    return !this.#isGone;
  }

  usage(): Usage | undefined {
    return this.#usage.usage();
  }

  used(): ResourceUse | undefined {
    return this.#usage.used();
  }

  #onFrame(text: string): void {
    const [prefix, ...facts] = text.split(" ");
    if (prefix === GREETING) return this.#onGreeting();
    switch (facts[0]) {
      case "START":
        return this.#onStart(facts);
      case "CANNOT":
        this.#exit = { kind: "launch-failed", permanent: true, reason: this.#explain(facts) };
        return this.#onEnd({ isGone: true });
      case "USE":
        return this.#usage.note(facts.slice(1));
      case "EXIT":
        this.#exit = parseExit(facts);
        this.#usage.noteEnd(facts[5] ?? "");
        return this.#onEnd({ isGone: facts[4] === "gone" });
      case "GONE":
        return this.#onEnd({ isGone: true });
    }
  }

  #onGreeting(): void {
    this.#output.removePrefix(GREETING);
    this.#hasGreeted = true;
    const { command, gracePeriod, lease } = this.#options;
    const { engine } = this.#client;
    const options = { nonce: this.#nonce, cwd: this.#cwd, gracePeriod, lease, engine };
    this.#client.write(agentLine(command, options));
    this.#client.write(this.#earlySignals);
    this.#heartbeat.start();
  }

  /** The worker's directory. */
  get #cwd(): string {
    return this.#options.command.cwd ?? "/";
  }

  /** `START node id: pid`, where the engine may have no id. */
  #onStart([, reported = "", id = "", pid]: readonly string[]): void {
    const { node = reported } = this.#options;
    const engineId = id.slice(0, -1);
    const placement = { node, id: engineId === "" ? undefined : engineId, pid: Number(pid) };
    this.#knownPlacement = placement;
    this.#output.begin();
    this.#usage.start(placement.pid);
    this.#placed.resolve(placement);
  }

  /** `CANNOT what node`, and the name of an interpreter. */
  #explain([, what, reported, interpreter = ""]: readonly string[]): string {
    const { node = reported, command: { command: name, args } } = this.#options;
    const command = showBytes(name);
    const cwd = showBytes(this.#cwd);
    switch (what) {
      case "cwd":
        return `working directory not found on ${node}: ${cwd}`;
      case "cwd1":
        return `working directory is not a directory on ${node}: ${cwd}`;
      case "cwd2":
        return `working directory may not be entered on ${node}: ${cwd}`;
      case "setsid":
        return `program setsid, which the agent needs, not found on ${node}`;
      case "interpreter": {
        const hint = interpreter.endsWith("\r") ? " (its lines end in CRLF)" : "";
        return `interpreter of ${command} not found on ${node}: "${showBytes(interpreter)}"${hint}`;
      }
      case "args":
        return `argument list too long on ${node}: ${command} (arguments: ${args.length})`;
      case "command2":
        return `command not executable on ${node}: ${command}`;
      case "command3":
        return `command not executable on ${node}: ${command} (it is a directory)`;
      default:
        return `command not found on ${node}: ${command}`;
    }
  }

  #onEnd({ isGone }: { isGone: boolean }): void {
    this.#isGone ||= isGone;
    if (isGone) this.#gone.resolve();
    this.#exited.resolve();
  }

  async #awaitStatus(): Promise<ProcessExit> {
    const exit = await this.#awaitExit().catch((error): ProcessExit => (
      { kind: "lost", reason: errorMessage(error) }
    ));
    if (exit.kind === "lost" || (exit.kind === "launch-failed" && !exit.permanent)) {
      const { node = this.#client.failedNode } = this.#options;
      this.#options.onFailure?.(this.#knownPlacement?.node ?? node);
    }
    this.#placed.resolve(undefined);
    if (exit.kind === "lost") await this.#options.beforeLost?.();
    return exit;
  }

  async #awaitExit(): Promise<ProcessExit> {
    const isSilent = await Promise.race([
      this.#exited.promise,
      this.#client.ended.then(() => this.#output.ended(CLIENT_MS)),
      this.#silent.promise.then(() => true),
    ]);
    if (this.#exit !== undefined) {
      // A process that lingers in the group keeps the client alive until it is told to end.
      if (this.#isGone) await this.#client.endsWithin(CLIENT_MS);
      return this.#exit;
    }
    this.#heartbeat.stop();
    const lastWordAt = performance.now();
    await this.#client.terminate(this.#knownPlacement);
    await this.#client.stderrRead(CLIENT_MS);
    const fence = lastWordAt + fenceMs(this.#options) - performance.now();
    if (this.#hasGreeted) await sleep(systemClock, Math.max(0, fence));
    const placement = this.#knownPlacement;
    const silence = `no contact with ${placement?.node ?? "it"} for ${
      this.#options.lease / 1000
    } s`;
    return {
      kind: placement === undefined ? "launch-failed" : "lost",
      reason: isSilent ? silence : this.#client.reason,
    };
  }

  async #close(): Promise<void> {
    const exit = await this.status;
    const isSeen = exit.kind === "exited" || exit.kind === "signaled";
    // An agent whose group lingers reports when that is gone, or goes itself.
    const isOver = [this.#gone.promise, this.#client.ended, this.#silent.promise];
    if (isSeen) await Promise.race(isOver);
    this.#isGone = true;
    this.#usage[Symbol.dispose]();
    this.#heartbeat.stop();
    this.#killTimer?.[Symbol.dispose]();
    const hasEnded = await this.#client.endsWithin(CLIENT_MS);
    if (!hasEnded) await this.#client.terminate(this.#knownPlacement);
    await this.#client.close();
    if (this.#output.isReading) await this.#output.ended(CLIENT_MS);
  }
}

/**
 * Parses `EXIT code 7 - gone 12`: how it ended, by which code or signal, why if not by itself, and whether its group is gone.
 * What follows is its CPU time.
 */
function parseExit([, how, value = "", why]: readonly string[]): ProcessExit {
  switch (why) {
    case "lease":
      return { kind: "lost", reason: LEASE_EXPIRED };
    case "gone":
      return { kind: "lost", reason: CONNECTION_CLOSED };
    case "engine":
      return { kind: "lost", reason: ENGINE_ASKED };
  }
  if (how === "code") return { kind: "exited", code: Number(value) };
  return { kind: "signaled", signal: /^\d/.test(value) ? value : `SIG${value}` };
}

/**
 * A worker on another machine, as the agent beside it tells.
 *
 * @module
 */
import { errorMessage } from "../../base/errors.ts";
import type { ProcessExit } from "../../model/events.ts";
import { agentLine, GREETING } from "./agent.ts";
import { checkedCommand } from "../checked_command.ts";
import { Heartbeat } from "./lease.ts";
import type { Placement, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { fenceMs } from "./lease.ts";
import { type RemoteClient, StartedClient } from "./client.ts";
import { AgentStream } from "./agent_stream.ts";

/** After the agent's last word, its client may take so long to end by itself, in milliseconds. */
const CLIENT_MS = 2_000;
/** A worker that has not ended so long after SIGKILL, in milliseconds, is ended through its client and engine. */
const KILL_MS = 1_000;

/** What an agent and its executor agree on. */
export interface RemoteOptions {
  /** Milliseconds from asking the worker to end to killing it, when the executor is gone. */
  readonly gracePeriod: number;
  /** Milliseconds without a word after which each takes the other for gone. */
  readonly lease: number;
  /** What the machine is called here; when left out, as the agent says. */
  readonly node?: string;
  /** Called with where it ran when it was lost, or could not be launched. */
  readonly onFailure?: (node: string | undefined) => void;
  /** Awaited before it is told that it was lost. */
  readonly beforeLost?: () => Promise<void>;
}

/** One worker, its agent, and the client program that leads there. */
export class RemoteProcess implements WorkerProcess {
  readonly pid: number;
  readonly placement: Promise<Placement | undefined>;
  readonly status: Promise<ProcessExit>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves when the client has ended and nothing is left of it here. */
  readonly closed: Promise<void>;

  readonly #options: RemoteOptions;
  readonly #command: WorkerCommand;
  readonly #client: StartedClient;
  readonly #output: AgentStream;
  readonly #heartbeat: Heartbeat;
  readonly #nonce = crypto.randomUUID().replaceAll("-", "");
  readonly #placed = Promise.withResolvers<Placement | undefined>();
  readonly #exited = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #silent = Promise.withResolvers<void>();
  #spokeToAgent = false;
  /** Words for an agent that is not there yet. */
  #early = "";
  #place: Placement | undefined;
  #exit: ProcessExit | undefined;
  #isGone = false;
  #killTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Starts the client.
   *
   * @throws {LaunchError} As {@linkcode checkedCommand} does.
   * @throws {Error} As `Deno.Command` does.
   */
  constructor(client: RemoteClient, command: WorkerCommand, options: RemoteOptions) {
    this.#options = options;
    this.#command = checkedCommand(command);
    this.#client = new StartedClient(client);
    this.pid = this.#client.pid;
    this.stderr = this.#client.stderr;
    this.placement = this.#placed.promise;
    this.#output = new AgentStream(this.#client.stdout, {
      words: [GREETING, this.#nonce],
      onFrame: (text) => this.#hear(text),
      onNoise: (bytes) => this.#client.hear(bytes),
    });
    this.#heartbeat = new Heartbeat({
      lease: options.lease,
      ping: () => this.#client.write("PING\n"),
      lastSignAt: () => this.#output.lastSignAt,
      onSilence: () => this.#silent.resolve(),
    });
    this.status = this.#status();
    this.closed = this.#close();
  }

  get stdout(): ReadableStream<Uint8Array> {
    return this.#output.stream;
  }

  /** By then, a worker that cannot be reached has ended by its lease. */
  get killPatience(): number {
    return KILL_MS + 2 * CLIENT_MS + fenceMs(this.#options);
  }

  kill(signal: Deno.Signal): void {
    if (this.#isGone) return;
    const isEnd = signal === "SIGKILL" || signal === "SIGTERM" || signal === "SIGINT" ||
      signal === "SIGHUP" || signal === "SIGQUIT";
    const word = `${signal.replace("SIG", "")}\n`;
    if (this.#spokeToAgent) this.#client.write(word);
    else if (isEnd) this.#client.hangUp();
    else this.#early += word;
    if (signal !== "SIGKILL") return;
    this.#killTimer ??= setTimeout(() => this.#client.hangUp(this.#place), KILL_MS);
  }

  groupIsAlive(): boolean {
    return !this.#isGone;
  }

  #hear(text: string): void {
    const [word, ...facts] = text.split(" ");
    if (word === GREETING) return this.#greet();
    switch (facts[0]) {
      case "START":
        return this.#start(facts);
      case "CANNOT":
        this.#exit = { kind: "launch-failed", permanent: true, reason: this.#explain(facts) };
        return this.#end(true);
      case "EXIT":
        this.#exit = readExit(facts);
        return this.#end(facts[4] === "gone");
      case "GONE":
        return this.#end(true);
    }
  }

  #greet(): void {
    this.#output.forget(GREETING);
    this.#spokeToAgent = true;
    const facts = { ...this.#options, nonce: this.#nonce, cwd: this.#cwd };
    this.#client.write(agentLine(this.#command, facts));
    this.#client.write(this.#early);
    this.#heartbeat.start();
  }

  /** The same place as here: there, a relative one would begin elsewhere. */
  get #cwd(): string {
    const { cwd = "." } = this.#command;
    if (cwd.startsWith("/")) return cwd;
    return cwd === "." ? Deno.cwd() : `${Deno.cwd()}/${cwd}`;
  }

  #start([, said = "", id = "", pid]: readonly string[]): void {
    const { node = said } = this.#options;
    const engineId = id.slice(0, -1);
    this.#place = { node, id: engineId === "" ? undefined : engineId, pid: Number(pid) };
    this.#output.begin();
    this.#placed.resolve(this.#place);
  }

  #explain([, what, said]: readonly string[]): string {
    const { node = said } = this.#options;
    const { command } = this.#command;
    switch (what) {
      case "cwd":
        return `working directory not found on ${node}: ${this.#cwd}`;
      case "setsid":
        return `program setsid, which the agent needs, not found on ${node}`;
      case "interpreter":
        return `interpreter not found on ${node}: that of ${command}`;
      case "args":
        return `argument list too long on ${node}: ${command}`;
      case "command2":
        return `command not executable on ${node}: ${command}`;
      default:
        return `command not found on ${node}: ${command}`;
    }
  }

  #end(isGone: boolean): void {
    this.#isGone ||= isGone;
    if (isGone) this.#gone.resolve();
    this.#exited.resolve();
  }

  async #status(): Promise<ProcessExit> {
    const exit = await this.#watch().catch((error): ProcessExit => (
      { kind: "lost", reason: errorMessage(error) }
    ));
    if (exit.kind === "lost" || (exit.kind === "launch-failed" && !exit.permanent)) {
      this.#options.onFailure?.(this.#place?.node ?? this.#options.node ?? this.#client.failedNode);
    }
    this.#placed.resolve(undefined);
    if (exit.kind === "lost") await this.#options.beforeLost?.();
    return exit;
  }

  async #watch(): Promise<ProcessExit> {
    const isSilent = await Promise.race([
      this.#exited.promise,
      this.#client.ended.then(() => this.#output.ended(CLIENT_MS)),
      this.#silent.promise.then(() => true),
    ]);
    if (this.#exit !== undefined) {
      // What lingers of its group holds its client, too, until it is told to end.
      if (this.#isGone) await this.#client.endsWithin(CLIENT_MS);
      return this.#exit;
    }
    this.#heartbeat.stop();
    const lastWordAt = performance.now();
    await this.#client.hangUp(this.#place);
    await this.#client.wordsRead(CLIENT_MS);
    if (this.#spokeToAgent) await delay(lastWordAt + fenceMs(this.#options) - performance.now());
    const silence = `no word from ${this.#place?.node ?? "it"} for ${this.#options.lease / 1000} s`;
    return {
      kind: this.#place === undefined ? "launch-failed" : "lost",
      reason: isSilent ? silence : this.#client.reason,
    };
  }

  async #close(): Promise<void> {
    const exit = await this.status;
    const isSeen = exit.kind === "exited" || exit.kind === "signaled";
    // An agent that lingers says when its group is gone, or it goes itself.
    const isOver = [this.#gone.promise, this.#client.ended, this.#silent.promise];
    if (isSeen) await Promise.race(isOver);
    this.#isGone = true;
    this.#heartbeat.stop();
    clearTimeout(this.#killTimer);
    if (!await this.#client.endsWithin(CLIENT_MS)) await this.#client.hangUp(this.#place);
    await this.#client.close();
  }
}

/** `EXIT code 7 - gone`: how, what, why when it was not by itself, and whether its group is. */
function readExit([, how, what = "", why]: readonly string[]): ProcessExit {
  switch (why) {
    case "lease":
      return { kind: "lost", reason: "its lease ran out, as no word came from here" };
    case "gone":
      return { kind: "lost", reason: "the connection to it was closed" };
    case "engine":
      return { kind: "lost", reason: "the engine asked it to end" };
  }
  if (how === "code") return { kind: "exited", code: Number(what) };
  return { kind: "signaled", signal: /^\d/.test(what) ? what : `SIG${what}` };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/**
 * The client: a program on this machine, such as ssh, that leads to a worker on another one.
 *
 * @module
 */
import { awakeClock, systemClock, withTimeout } from "../../base/clock.ts";
import { checkArguments } from "../checked_command.ts";
import type { Placement } from "../launcher.ts";
import { fenceMs } from "../lease.ts";
import { signalGroup } from "../process_group.ts";
import { Termination } from "../termination.ts";
import type { AgentEngine } from "./agent.ts";

/** How long a client may take to end by itself after the last word of its agent or pilot, in milliseconds. */
export const CLIENT_MS = 2_000;
/** How long a client may take to end after SIGTERM, in milliseconds. */
const GRACE_MS = 3_000;
/** The exit code of ssh for an error of its own. */
const LOST_CONTACT_CODE = 255;
/** How many characters of a client's messages are kept. */
const MAX_MESSAGES = 4_000;

/** How a client is started, and all that depends on its engine. */
export interface RemoteClient {
  readonly command: string;
  readonly args: readonly string[];
  /** Its whole environment; that of this process if left out. */
  readonly env?: Readonly<Record<string, string>>;
  /** The facts that an agent takes from the engine's environment. */
  readonly engine?: AgentEngine;
  /** Makes the engine end a worker that its agent does not end. */
  readonly cancel?: (placement: Placement) => Promise<void>;
  /** Finds the name of the machine that failed in the client's messages. */
  readonly failedNode?: (messages: string) => string | undefined;
}

/** Returns the milliseconds in which a client is given up, and the workers that it led to have ended by their lease. */
export function giveUpMs(times: { lease: number; gracePeriod: number }): number {
  return 2 * CLIENT_MS + fenceMs(times);
}

/** A client that is running, as the leader of its own group, out of the reach of Ctrl-C. */
export class ClientProcess {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  /** The messages of the client and the standard error of the worker. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** See {@linkcode RemoteClient.engine}. */
  readonly engine: AgentEngine | undefined;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;

  readonly #client: RemoteClient;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #stderrRead = Promise.withResolvers<void>();
  #messages = "";
  #status: Deno.CommandStatus | undefined;
  #terminated: Promise<void> | undefined;

  private constructor(child: Deno.ChildProcess, client: RemoteClient) {
    this.#client = client;
    this.engine = client.engine;
    this.pid = child.pid;
    this.stdout = child.stdout;
    this.stderr = this.#tap(child.stderr);
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.ended = child.status.then((status) => void (this.#status = status));
  }

  /**
   * Starts a client.
   *
   * @throws {Error} As `Deno.Command` does.
   */
  static start(client: RemoteClient): ClientProcess {
    const { command, args, env } = client;
    checkArguments(args);
    const child = new Deno.Command(command, {
      args: [...args],
      env,
      clearEnv: env !== undefined,
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new ClientProcess(child, client);
  }

  /** Why it ended, in its own words if it gave any. */
  get reason(): string {
    const { code, signal } = this.#status ?? {};
    const end = signal ? `ended by ${signal}` : `ended with code ${code}`;
    return this.message ?? `${this.#client.command} ${end}`;
  }

  /** Whether it has ended as its connection broke, and not as the other side has ended. */
  get hasLostContact(): boolean {
    return this.#status?.code === LOST_CONTACT_CODE || this.failedNode !== undefined;
  }

  /** The name of the machine that failed, if its messages hold it. */
  get failedNode(): string | undefined {
    return this.#client.failedNode?.(this.#messages);
  }

  /** Its last message, in its own words; undefined if it has given none. */
  get message(): string | undefined {
    return lastErrorLine(this.#messages);
  }

  /** Sends data to the other side; drops it if the connection is closed. */
  write(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? this.#encoder.encode(data) : data;
    this.#stdin.write(bytes).catch(() => {});
  }

  /** Sends data to the other side, and resolves when it has taken it; rejects if the connection is closed. */
  async writeAll(bytes: Uint8Array): Promise<void> {
    await this.#stdin.write(bytes);
  }

  /** Adds to its messages, which it may write to its stdout as well. */
  addMessage(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#messages = (this.#messages + text).slice(-MAX_MESSAGES);
  }

  /** Ends it, and through the engine the worker that is placed there; resolves when the client has ended. */
  terminate(placement?: Placement): Promise<void> {
    return this.#terminated ??= this.#terminate(placement);
  }

  /** Waits for its end, `ms` milliseconds at most; resolves to whether it has ended. */
  async endsWithin(ms: number): Promise<boolean> {
    await withTimeout(this.ended, { ms, clock: systemClock });
    return this.#status !== undefined;
  }

  /** Resolves when all of its stderr was read, or after `ms` milliseconds. */
  async stderrRead(ms: number): Promise<void> {
    await withTimeout(this.#stderrRead.promise, { ms, clock: systemClock });
  }

  /** Closes its stdin. */
  async close(): Promise<void> {
    await this.#stdin.abort().catch(() => {});
  }

  async #terminate(placement: Placement | undefined): Promise<void> {
    if (this.#status !== undefined) return;
    if (placement !== undefined) await this.#client.cancel?.(placement);
    const group = {
      kill: (signal: Deno.Signal) => void signalGroup(this.pid, signal),
      groupIsAlive: () => this.#status === undefined,
    };
    const termination = new Termination(group, { clock: awakeClock, gracePeriod: GRACE_MS });
    termination.signal("SIGTERM");
    await termination.done;
    await this.ended;
  }

  #tap(stderr: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return stderr.pipeThrough(
      new TransformStream({
        transform: (chunk, controller) => {
          this.addMessage(chunk);
          controller.enqueue(chunk);
        },
        flush: () => this.#stderrRead.resolve(),
      }),
    );
  }
}

/** Finds the line that gives the reason: the last one that is not a usage hint. Returns undefined if there is none. */
export function lastErrorLine(messages: string): string | undefined {
  const lines = messages.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const usage = lines.findIndex((line) => /^usage:/i.test(line));
  const reasons = usage === -1 ? lines : lines.slice(0, usage);
  return reasons.filter((line) => !/^Try ['"].*--help/.test(line)).at(-1);
}

/**
 * One ssh connection to a host, shared by the sessions of a few workers.
 *
 * @module
 */
import { awakeClock, systemClock, withTimeout } from "../../base/clock.ts";
import type { Semaphore } from "../../base/semaphore.ts";
import { signalGroup } from "../process_group.ts";
import { lastErrorLine } from "../remote/client.ts";
import type { NotLaunched } from "../remote/failed_launch.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import { Termination } from "../termination.ts";

/** Sessions of workers in one connection; sshd allows 10 sessions in all by default. */
const MAX_SESSIONS = 8;
/** How long ssh may take to connect, in seconds. */
const CONNECT_S = 10;
/** How long a connection may take until it gives a shell, in milliseconds. */
const READY_MS = 20_000;
/** How long a connection may take to close, in milliseconds. */
const CLOSE_MS = 2_000;
/** The line that the remote shell prints when it is there. */
const READY = "executor-connected";
/** How much of what the remote shell prints before that is kept, in characters. */
const MAX_NOISE = 4_096;

/** Options of {@linkcode Connection.start}. */
export interface ConnectionOptions {
  readonly host: string;
  /** The path of its socket. */
  readonly socket: string;
  /** Arguments that all calls of ssh have in common. */
  readonly args: readonly string[];
  /** Limits how many connections are being made at the same time. */
  readonly connecting: Semaphore;
}

/** A master process of ssh. It ends with its stdin, which ends with this process, however that ends. */
export class Connection implements AsyncDisposable {
  /** The number of its sessions. */
  sessions = 0;
  readonly #options: ConnectionOptions;
  #ready: Promise<NotLaunched | undefined> = Promise.resolve(undefined);
  #master: Deno.ChildProcess | undefined;
  /** Ends the master, and the processes that lead it through other hosts. */
  readonly #termination = new Termination({
    kill: (signal) => {
      if (this.#master !== undefined) signalGroup(this.#master.pid, signal);
    },
    groupIsAlive: () => this.#master !== undefined && !this.#hasEnded,
  }, { clock: awakeClock, gracePeriod: CLOSE_MS });
  #hasEnded = false;
  #isReady = false;
  /** Whether it takes no more sessions. */
  #isOver = false;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Starts to connect. */
  static start(options: ConnectionOptions): Connection {
    const connection = new Connection(options);
    connection.#ready = connection.#connect().catch((error) => {
      connection.#isOver = true;
      const { message, permanent } = explainSpawnError(error, { command: "ssh", subject: "ssh" });
      return { reason: message, permanent };
    });
    return connection;
  }

  /** Resolves to undefined when it is ready, else to the reason why it never will be. Never rejects. */
  get ready(): Promise<NotLaunched | undefined> {
    return this.#ready;
  }

  /** Resolves when its master has ended, or could not be started. Never rejects. */
  get ended(): Promise<void> {
    return this.#ready.then(() => this.#master?.status).then(() => {}, () => {});
  }

  /** Whether another session may begin. */
  get hasRoom(): boolean {
    return !this.#isOver && this.sessions < MAX_SESSIONS;
  }

  /** Returns the arguments with which ssh runs a command in a session. */
  sessionArgs(command: string): string[] {
    const { host, socket, args } = this.#options;
    return [
      ...args,
      ...["-o", "ControlMaster=no", "-o", `ControlPath=${socket}`],
      // If the connection were gone, ssh would make another one for this session alone.
      ...["-o", "ProxyJump=none", "-o", "ProxyCommand=false"],
      ...["-T", "--", host, command],
    ];
  }

  /** Closes it; kills it if it is not ready yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    if (!this.#isReady) this.#termination.kill();
    await this.#ready;
    const master = this.#master;
    if (master === undefined) return;
    await master.stdin.close().catch(() => {});
    // It ends with its stdin; only one that hangs has to be killed.
    await withTimeout(master.status, { ms: CLOSE_MS, clock: systemClock });
    this.#termination.kill();
    await Promise.all([master.status, this.#termination.done]);
  }

  async #connect(): Promise<NotLaunched | undefined> {
    using _permit = await this.#options.connecting.acquire();
    if (this.#isOver) return { reason: "given up" };
    const master = this.#master = this.#spawn();
    master.status.then(() => this.#hasEnded = this.#isOver = true);
    const messages = new Response(master.stderr).text().catch(() => "");
    const isReady = await withTimeout(readsReady(master.stdout), {
      ms: READY_MS,
      clock: systemClock,
    });
    this.#isReady = isReady === true;
    if (isReady) return undefined;
    if (isReady === undefined) this.#termination.kill();
    const [{ code }] = await Promise.all([master.status, this.#termination.done]);
    await master.stdin.close().catch(() => {});
    if (isReady === undefined) return { reason: `no shell within ${READY_MS / 1000} s` };
    return { reason: lastErrorLine(await messages) ?? `ssh ended with code ${code}` };
  }

  #spawn(): Deno.ChildProcess {
    const { host, socket, args } = this.#options;
    return new Deno.Command("ssh", {
      args: [
        ...args,
        ...["-o", "ControlMaster=yes", "-o", `ControlPath=${socket}`, "-o", "ControlPersist=no"],
        ...["-o", `ConnectTimeout=${CONNECT_S}`],
        ...["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"],
        ...["-T", "--", host, `echo ${READY}; exec cat`],
      ],
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }
}

/** Resolves to whether the line {@linkcode READY} comes; reads and drops all that comes after it. */
function readsReady(stdout: ReadableStream<Uint8Array>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const read = async () => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of stdout) {
      text = (text + decoder.decode(bytes, { stream: true })).slice(-MAX_NOISE);
      if (text.includes(`${READY}\n`)) resolve(true);
    }
  };
  read().catch(() => {}).finally(() => resolve(false));
  return promise;
}

/**
 * One connection to a machine, in which a few workers have their sessions.
 *
 * @module
 */
import type { Turns } from "./turns.ts";

/** Sessions for workers in one connection: sshd allows 10 in all, if not told otherwise. */
const SESSIONS = 8;
/** How long a connection may take to be there, in seconds. */
const CONNECT_S = 10;
/** How long it may take to go, in milliseconds. */
const CLOSE_MS = 2_000;
const READY = "executor-connected";

/** Options of {@linkcode Connection}. */
export interface ConnectionOptions {
  readonly host: string;
  /** Where its socket is to be. */
  readonly socket: string;
  /** Arguments that all calls of ssh have in common. */
  readonly args: readonly string[];
  /** Connecting takes one of these. */
  readonly turns: Turns;
}

/** A master of ssh. It ends when its stdin does, and that ends with this process, however it ends. */
export class Connection implements AsyncDisposable {
  /** How many sessions it has. */
  sessions = 0;
  /** Resolves to nothing when it is there, else to the reason in ssh's own words. Never rejects. */
  readonly ready: Promise<string | undefined>;
  readonly #options: ConnectionOptions;
  #child: Deno.ChildProcess | undefined;
  #isOver = false;

  /** Begins to connect. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.ready = this.#connect().catch((error) => {
      this.#isOver = true;
      return `ssh cannot be started: ${error instanceof Error ? error.message : error}`;
    });
  }

  /** Whether another session may begin. */
  get hasRoom(): boolean {
    return !this.#isOver && this.sessions < SESSIONS;
  }

  /** The arguments of ssh for a session. */
  sessionArgs(command: string): string[] {
    const { host, socket, args } = this.#options;
    return [
      ...args,
      ...["-o", "ControlMaster=no", "-o", `ControlPath=${socket}`],
      // Should the connection be gone, ssh would make one of its own for this session.
      ...["-o", "ProxyJump=none", "-o", "ProxyCommand=false"],
      ...["-T", "--", host, command],
    ];
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.ready;
    const child = this.#child;
    if (child === undefined) return;
    await child.stdin.close().catch(() => {});
    const timer = setTimeout(() => this.#isOver || child.kill("SIGKILL"), CLOSE_MS);
    await child.status;
    clearTimeout(timer);
  }

  async #connect(): Promise<string | undefined> {
    const { host, socket, args, turns } = this.#options;
    using _turn = await turns.take();
    const child = this.#child = new Deno.Command("ssh", {
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
    child.status.then(() => this.#isOver = true);
    const words = new Response(child.stderr).text().catch(() => "");
    if (await saysReady(child.stdout)) return undefined;
    const { code } = await child.status;
    await child.stdin.close().catch(() => {});
    const said = (await words).trim().split("\n").at(-1)?.trim();
    return said || `ssh ended with code ${code}`;
  }
}

/** Whether the word comes; what comes after it is dropped. */
function saysReady(stdout: ReadableStream<Uint8Array>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const read = async () => {
    const decoder = new TextDecoder();
    let said = "";
    for await (const bytes of stdout) {
      said = (said + decoder.decode(bytes, { stream: true })).slice(-4096);
      if (said.includes(`${READY}\n`)) resolve(true);
    }
  };
  read().catch(() => {}).finally(() => resolve(false));
  return promise;
}

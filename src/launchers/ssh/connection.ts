/**
 * One connection to a machine, in which a few workers have their sessions.
 *
 * @module
 */
import type { Semaphore } from "../../base/semaphore.ts";
import { signalGroup } from "../local/process_group.ts";
import { lastErrorLine } from "../remote/client.ts";
import type { NotLaunched } from "../remote/failed_launch.ts";
import { explainSpawn } from "../spawn_errors.ts";

/** Sessions for workers in one connection: sshd allows 10 in all, if not told otherwise. */
const SESSIONS = 8;
/** How long a connection may take to be there, in seconds. */
const CONNECT_S = 10;
/** From its start until it gives a shell, in milliseconds. */
const READY_MS = 20_000;
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
  readonly turns: Semaphore;
}

/** A master of ssh. It ends when its stdin does, and that ends with this process, however it ends. */
export class Connection implements AsyncDisposable {
  /** How many sessions it has. */
  sessions = 0;
  /** Resolves to nothing when it is there, else to why it is not, in ssh's own words. Never rejects. */
  readonly ready: Promise<NotLaunched | undefined>;
  readonly #options: ConnectionOptions;
  #child: Deno.ChildProcess | undefined;
  #hasEnded = false;
  #isReady = false;
  /** Whether it takes no more sessions. */
  #isOver = false;

  /** Begins to connect. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.ready = this.#connect().then((reason) => reason === undefined ? undefined : { reason })
      .catch((error) => {
        this.#isOver = true;
        const { message: reason, permanent } = explainSpawn(error, "ssh");
        return { reason, permanent };
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

  /** Closes it, at once when it is not there yet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    if (!this.#isReady) this.#kill();
    await this.ready;
    const child = this.#child;
    if (child === undefined) return;
    await child.stdin.close().catch(() => {});
    const timer = setTimeout(() => this.#kill(), CLOSE_MS);
    await child.status;
    clearTimeout(timer);
  }

  /** Kills the client, and those that lead it through other machines. */
  #kill(): void {
    if (this.#child !== undefined && !this.#hasEnded) signalGroup(this.#child.pid, "SIGKILL");
  }

  async #connect(): Promise<string | undefined> {
    const { host, socket, args, turns } = this.#options;
    using _turn = await turns.take();
    if (this.#isOver) return "given up";
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
    child.status.then(() => this.#hasEnded = this.#isOver = true);
    const words = new Response(child.stderr).text().catch(() => "");
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#kill();
    }, READY_MS);
    this.#isReady = await saysReady(child.stdout);
    clearTimeout(timer);
    if (this.#isReady) return undefined;
    const { code } = await child.status;
    await child.stdin.close().catch(() => {});
    if (isLate) return `no shell within ${READY_MS / 1000} s`;
    return lastErrorLine(await words) ?? `ssh ended with code ${code}`;
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

/** Waits for the end of its stdin, which comes with that of this process, however it ends. */
const SCRIPT = `trap '' HUP INT TERM; cat >/dev/null; rm -rf -- "$1"`;

/** A folder that nobody else may look into, removed with its owner even when that is killed. */
export class ControlFolder implements AsyncDisposable {
  /** Its path: a short one, as those of sockets must be. */
  readonly path: string;
  readonly #remover: Deno.ChildProcess;

  /** Makes it. */
  constructor() {
    this.path = Deno.makeTempDirSync({ dir: "/tmp", prefix: "executor-" });
    try {
      this.#remover = new Deno.Command("sh", {
        args: ["-c", SCRIPT, "executor-ssh", this.path],
        cwd: "/",
        detached: true,
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
    } catch (error) {
      Deno.removeSync(this.path);
      throw explainSpawn(error, "sh");
    }
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remover.stdin.close().catch(() => {});
    await this.#remover.status;
  }
}

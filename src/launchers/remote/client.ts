/**
 * The program on this machine that leads to a worker on another one.
 *
 * @module
 */
import type { Placement } from "../launcher.ts";
import { signalGroup } from "../local/process_group.ts";

/** How long a client may take to end after SIGTERM, in milliseconds. */
const TERM_MS = 3_000;
/** So much of what a client says is kept. */
const MAX_WORDS = 4_000;

/** How a client is started, and what only its engine knows. */
export interface RemoteClient {
  readonly command: string;
  readonly args: readonly string[];
  /** Its whole environment; that of this process when left out. */
  readonly env?: Readonly<Record<string, string>>;
  /** Has the engine end a worker that its agent does not end. */
  readonly cancel?: (place: Placement) => Promise<void>;
  /** Why it failed, from what it said; its last line when left out. */
  readonly explain?: (words: string) => string | undefined;
  /** Which machine failed, from what it said. */
  readonly failedNode?: (words: string) => string | undefined;
}

/** A client that was started. It is the leader of its own group, out of the reach of Ctrl-C. */
export class StartedClient {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  /** What it and the worker print beside that. */
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;

  readonly #client: RemoteClient;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #wordsRead = Promise.withResolvers<void>();
  #words = "";
  #status: Deno.CommandStatus | undefined;
  #hungUp: Promise<void> | undefined;

  /** @throws {Error} As `Deno.Command` does. */
  constructor(client: RemoteClient) {
    const { command, args, env } = this.#client = client;
    const child = new Deno.Command(command, {
      args: [...args],
      env,
      clearEnv: env !== undefined,
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = child.pid;
    this.stdout = child.stdout;
    this.stderr = this.#tap(child.stderr);
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.ended = child.status.then((status) => void (this.#status = status));
  }

  /** What it came to, in words; only its last ones can tell. */
  get reason(): string {
    const words = this.#words.trim();
    const said = this.#client.explain?.(words) ?? words.split("\n").at(-1);
    const { code, signal } = this.#status ?? {};
    const how = signal ? `ended by ${signal}` : `ended with code ${code}`;
    return said || `${this.#client.command} ${how}`;
  }

  /** Which machine failed, as far as it said. */
  get failedNode(): string | undefined {
    return this.#client.failedNode?.(this.#words);
  }

  /** Sends something to the other side; what cannot be sent any more is dropped. */
  write(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? this.#encoder.encode(data) : data;
    this.#stdin.write(bytes).catch(() => {});
  }

  /** Takes note of something that it said elsewhere than on its stderr. */
  hear(bytes: Uint8Array): void {
    this.#words = (this.#words + this.#decoder.decode(bytes, { stream: true })).slice(-MAX_WORDS);
  }

  /** Ends it, and through the engine what it stands for; resolves when it has ended. */
  hangUp(place?: Placement): Promise<void> {
    return this.#hungUp ??= this.#hangUp(place);
  }

  /** Whether it ends by itself within so many milliseconds. */
  async endsWithin(ms: number): Promise<boolean> {
    await within(ms, this.ended);
    return this.#status !== undefined;
  }

  /** Resolves when all that it said was read, or after so many milliseconds. */
  async wordsRead(ms: number): Promise<void> {
    await within(ms, this.#wordsRead.promise);
  }

  /** Gives its stdin up. */
  async close(): Promise<void> {
    await this.#stdin.abort().catch(() => {});
  }

  async #hangUp(place: Placement | undefined): Promise<void> {
    if (this.#status !== undefined) return;
    if (place !== undefined) await this.#client.cancel?.(place);
    signalGroup(this.pid, "SIGTERM");
    if (!await this.endsWithin(TERM_MS)) signalGroup(this.pid, "SIGKILL");
    await this.ended;
  }

  #tap(stderr: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return stderr.pipeThrough(
      new TransformStream({
        transform: (chunk, controller) => {
          this.hear(chunk);
          controller.enqueue(chunk);
        },
        flush: () => this.#wordsRead.resolve(),
      }),
    );
  }
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** The line that tells why: the last one that is not about how the client is to be used. */
export function lastErrorLine(words: string): string | undefined {
  const lines = words.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const usage = lines.findIndex((line) => /^usage:/i.test(line));
  const said = usage === -1 ? lines : lines.slice(0, usage);
  return said.filter((line) => !/^Try ['"].*--help/.test(line)).at(-1);
}

/**
 * The connection of an executor to one pilot.
 *
 * @module
 */
import { awakeClock, sleep, systemClock } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import type { Placement, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { fenceMs, Heartbeat } from "../lease.ts";
import { GREETING } from "../remote/agent.ts";
import { FrameSplitter } from "../remote/agent_stream.ts";
import { CLIENT_MS, ClientProcess, giveUpMs, type RemoteClient } from "../remote/client.ts";
import type { NotLaunched } from "../remote/failed_launch.ts";
import { remoteCommand } from "../remote/remote_command.ts";
import { countOf, type Frame, FrameReader, Kind, textOf, valueOf } from "./frames.ts";
import { FrameWriter } from "./frame_writer.ts";
import type {
  CannotMessage,
  ExitMessage,
  OpenMessage,
  StartedMessage,
  UseMessage,
} from "./payloads.ts";
import { KnownWorkers } from "./known_workers.ts";
import { PILOT_CODE } from "./pilot_code.generated.ts";
import { parsePilotAnswer, pilotLine } from "./pilot_line.ts";
import { PilotWorker } from "./pilot_worker.ts";

/** How much is read at once. */
const CHUNK_BYTES = 65_536;

/** Options of {@linkcode PilotLink.start}. */
export interface PilotLinkOptions extends Omit<OpenMessage, "settle"> {
  /** The node's name in this run. */
  readonly node: string;
  /** The program `deno` on the node; the usual places are tried if it is left out. */
  readonly deno: string | undefined;
  /** Reports a problem that the pilot has. */
  readonly warn: (text: string) => void;
  /** Awaited once if the pilot ends without being asked to, before its workers count as lost. Never rejects. */
  readonly onLost: () => Promise<void>;
}

/** No pilot can run on a node. */
export interface NoDeno {
  /** The version that was found; undefined if none was. */
  readonly found?: string;
  /** Why one that is new enough started no pilot. */
  readonly fault?: string;
}

/** A pilot that is about to start, runs, or has ended. */
export class PilotLink {
  /** Resolves once it runs, or to the reason why it does not. Never rejects. */
  readonly ready: Promise<NotLaunched | NoDeno | undefined>;
  /** Resolves when the client has ended and no worker is left. */
  readonly closed: Promise<void>;
  readonly #options: PilotLinkOptions;
  readonly #client: ClientProcess;
  readonly #nonce = crypto.randomUUID().replaceAll("-", "");
  readonly #writer: FrameWriter;
  readonly #heartbeat: Heartbeat;
  readonly #workers = new KnownWorkers<PilotWorker>();
  readonly #started = Promise.withResolvers<NotLaunched | NoDeno | undefined>();
  readonly #silent = Promise.withResolvers<void>();
  #lastWorker = 0;
  #signAt = awakeClock.now();
  #engineId: string | undefined;
  /** Why the pilot ends itself, in its own words. */
  #lastWord: string | undefined;
  #lossNoted: Promise<void> | undefined;
  #hasGreeted = false;
  #hasBegun = false;
  #isReady = false;
  #isClosing = false;
  #isOver = false;

  private constructor(client: ClientProcess, options: PilotLinkOptions) {
    this.#options = options;
    this.#client = client;
    this.ready = this.#started.promise;
    this.#writer = new FrameWriter((bytes) => client.writeAll(bytes), () => {});
    this.#heartbeat = new Heartbeat({
      lease: options.lease,
      ping: () => this.#writer.control(Kind.ping),
      lastSignAt: () => this.#signAt,
      onSilence: () => this.#silent.resolve(),
    });
    client.stderr.pipeTo(new WritableStream()).catch(() => {});
    this.closed = this.#serve();
  }

  /**
   * Starts the client, which starts the pilot.
   *
   * @throws {Error} As `Deno.Command` does.
   */
  static start(client: RemoteClient, options: PilotLinkOptions): PilotLink {
    return new PilotLink(ClientProcess.start(client), options);
  }

  /** Whether workers can be launched. */
  get isOpen(): boolean {
    return this.#isReady && !this.#isOver && !this.#isClosing && this.#lastWord === undefined;
  }

  /** The last message of the client; undefined if it has given none. */
  get message(): string | undefined {
    return this.#client.message;
  }

  /**
   * Starts a worker there.
   *
   * @throws {LaunchError} As {@linkcode remoteCommand} does.
   */
  launch(given: WorkerCommand): WorkerProcess {
    const { node, lease, gracePeriod, window } = this.#options;
    const command = remoteCommand(given);
    const worker = ++this.#lastWorker;
    const process = new PilotWorker({
      worker,
      command,
      writer: this.#writer,
      window,
      pilot: { node, id: this.#engineId, pid: this.#client.pid },
      fence: giveUpMs({ lease, gracePeriod }),
      onOver: () => this.#workers.end(worker),
    });
    this.#workers.add(worker, process);
    return process;
  }

  /** Ends the pilot, which has no worker any more, or is not needed. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#isReady) this.#writer.control(Kind.close);
    else await this.#client.terminate(this.#placement);
    if (!await this.#client.endsWithin(this.#options.gracePeriod + CLIENT_MS)) {
      await this.#client.terminate(this.#placement);
    }
    await this.closed;
  }

  /** What the engine needs to end the step of the pilot. */
  get #placement(): Placement | undefined {
    const { node } = this.#options;
    return this.#engineId === undefined ? undefined : { node, id: this.#engineId };
  }

  async #serve(): Promise<void> {
    const reading = this.#read().catch((error) => void (this.#lastWord ??= errorMessage(error)));
    const isSilent = await Promise.race([
      reading.then(() => false),
      this.#silent.promise.then(() => true),
    ]);
    this.#heartbeat.stop();
    this.#isOver = true;
    const endedAt = performance.now();
    for (const worker of this.#workers.all()) worker.onCut();
    this.#workers[Symbol.dispose]();
    if (isSilent || !await this.#client.endsWithin(CLIENT_MS)) {
      await this.#client.terminate(this.#placement);
    }
    await this.#client.stderrRead(CLIENT_MS);
    await this.#client.close();
    const { node, lease } = this.#options;
    const silence = `no contact with the pilot on ${node} for ${lease / 1000} s`;
    const reason = isSilent ? silence : this.#lastWord ?? this.#client.reason;
    const isFaultOfDeno = this.#hasGreeted && !this.#hasBegun && !this.#isClosing &&
      !this.#client.hasLostContact;
    this.#started.resolve(isFaultOfDeno ? { fault: reason } : { reason });
    await this.#noteLoss();
    const left = this.#workers.all().filter((worker) => !worker.isOver);
    if (left.length === 0) return;
    await sleep(systemClock, Math.max(0, endedAt + fenceMs(this.#options) - performance.now()));
    for (const worker of left) worker.onLost(reason);
  }

  /** Tells once that the pilot is lost with its workers; resolves when that is known. */
  #noteLoss(): Promise<void> {
    // One that has no worker ends by its lease if the executor is suspended.
    const hasWorkers = this.#workers.all().some((worker) => !worker.isOver);
    const isLost = this.#isReady && !this.#isClosing && hasWorkers;
    return this.#lossNoted ??= isLost ? this.#options.onLost() : Promise.resolve();
  }

  /** Reads what comes until the end of the connection. */
  async #read(): Promise<void> {
    const splitter = new FrameSplitter([GREETING, this.#nonce]);
    const frames = new FrameReader();
    const take = (bytes: Uint8Array) => {
      for (const frame of frames.read(bytes)) this.#onFrame(frame);
    };
    for await (const chunk of chunksOf(this.#client.stdout)) {
      this.#signAt = awakeClock.now();
      if (this.#hasBegun) {
        take(chunk);
        continue;
      }
      for (const piece of splitter.split(chunk.slice())) {
        if (typeof piece === "string") this.#hasBegun ||= this.#onLine(piece);
        else if (this.#hasBegun) take(piece);
        else this.#client.addMessage(piece);
      }
      if (this.#hasBegun) take(splitter.rest());
    }
  }

  /** Takes notice of what the shell there says; returns whether a pilot has begun. */
  #onLine(line: string): boolean {
    if (line === GREETING) {
      if (!this.#hasGreeted) this.#sendPilot();
      return false;
    }
    const answer = parsePilotAnswer(line);
    switch (answer?.kind) {
      case "pilot": {
        this.#engineId = answer.id;
        const { runId, gracePeriod, lease, window } = this.#options;
        const settle = 1_000 * Number(this.#client.engine?.settle ?? 0);
        const open: OpenMessage = { runId, gracePeriod, lease, settle, window };
        this.#writer.control(Kind.open, 0, JSON.stringify(open));
        return true;
      }
      case "no-deno":
        this.#started.resolve({ found: answer.found });
    }
    return false;
  }

  #sendPilot(): void {
    this.#hasGreeted = true;
    const code = new TextEncoder().encode(PILOT_CODE);
    const { deno } = this.#options;
    const { engine } = this.#client;
    this.#client.write(pilotLine({ nonce: this.#nonce, codeBytes: code.length, deno, engine }));
    this.#client.write(code);
  }

  #onFrame(frame: Frame): void {
    switch (frame.kind) {
      case Kind.ready:
        this.#isReady = true;
        this.#heartbeat.start();
        return this.#started.resolve(undefined);
      case Kind.pong:
        return;
      case Kind.warning:
        return this.#options.warn(`${this.#options.node}: ${textOf(frame)}`);
      case Kind.over:
        this.#lastWord = textOf(frame);
        this.#noteLoss();
        return;
      case Kind.use:
        for (const use of valueOf<UseMessage[]>(frame)) this.#workers.get(use.worker)?.onUse(use);
        return;
    }
    const worker = this.#workers.get(frame.worker);
    if (worker !== undefined) this.#onWorkerFrame(worker, frame);
  }

  #onWorkerFrame(worker: PilotWorker, frame: Frame): void {
    switch (frame.kind) {
      case Kind.started:
        return worker.onStarted(valueOf<StartedMessage>(frame).pid);
      case Kind.cannot: {
        const { reason, permanent } = valueOf<CannotMessage>(frame);
        this.#workers.end(frame.worker);
        return worker.onCannot({ reason: onNode(reason, this.#options.node), permanent });
      }
      case Kind.stdout:
        return worker.onOutput("stdout", frame.payload);
      case Kind.stderr:
        return worker.onOutput("stderr", frame.payload);
      case Kind.stdoutEnd:
        return worker.onOutputEnd("stdout", textOf(frame));
      case Kind.stderrEnd:
        return worker.onOutputEnd("stderr", textOf(frame));
      case Kind.stdinTaken:
        return worker.onInputTaken(countOf(frame.payload));
      case Kind.stdinClosed:
        return worker.onInputClosed();
      case Kind.exit: {
        const message = valueOf<ExitMessage>(frame);
        if (message.exit.kind !== "lost") return worker.onExit(message);
        return void this.#noteLoss().then(() => worker.onExit(message));
      }
      case Kind.alive:
        return worker.onAlive(frame.payload.length > 0);
      case Kind.searched:
        return worker.onSearched(frame.payload.length > 0);
      case Kind.working:
        return worker.onWorking();
    }
  }
}

/** Adds the node to a sentence such as `command not found: x`. */
function onNode(reason: string, node: string): string {
  return reason.replace(/^[^:]*/, (subject) => `${subject} on ${node}`);
}

/**
 * Yields the chunks of a stream. Each is valid until the next one, as all of them have the same memory: there can be thousands in
 * a second. (Row pilots of bench/.)
 */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  try {
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

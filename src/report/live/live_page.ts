/**
 * The report of a run, live, for any number of browsers.
 *
 * @module
 */
import { type Clock, sleep, systemClock } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import type { RunEvent } from "../../model/events.ts";
import type { Reporter } from "../../model/reporter.ts";
import type { RunState } from "../../model/state.ts";
import { ChangeFeed } from "./change_feed.ts";
import { HistoryFold } from "../history/history_fold.ts";
import { contentPolicy, renderLivePage } from "../page/document.ts";
import {
  DEFAULT_ADDRESS,
  isLoopback,
  namesLoopback,
  reachableName,
  type ServeAddress,
} from "./address.ts";
import { SseClients } from "./change_feed.ts";
import { asChanges, encodeChanges } from "../history/wire.ts";

/** Options of {@linkcode LivePage}. */
export interface LivePageOptions {
  /**
   * What the run is called.
   *
   * @default {the program that the workers run}
   */
  title?: string;
  /**
   * Where to listen. An address that others can reach gets a token of 128 random bits into its URL; who does not have it
   * is told that there is nothing.
   *
   * @default {{ hostname: "127.0.0.1", port: 0 }}
   */
  address?: ServeAddress;
  /** Called with the URL of the page, once it can be opened. */
  onUrl?: (url: string) => void;
  /**
   * What tells the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/** Time between two steps that viewers see: four a second at most. */
const STEP_MS = 250;
/** Without events, there is a step nevertheless: so that connections are not taken for dead. */
const IDLE_STEP_MS = 15_000;
/** How long viewers are waited for at the end … */
const LAST_WORDS_MS = 500;
/** … and the network after them. */
const FLUSH_MS = 50;

const HEADERS = {
  "cache-control": "no-store, no-transform",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Serves a page that shows the run while it goes on, as long as it goes on. Any number may watch, who comes late sees all at
 * once, and those who are slow or gone cost the run nothing. Needs `--allow-net`.
 *
 * @example
 * ```ts
 * import { LivePage, SubprocessExecutor } from "@lambdawaker/executor";
 * import { assert } from "@std/assert";
 *
 * let url = "";
 * const page = new LivePage({ onUrl: (at) => url = at });
 * await new SubprocessExecutor({ totalItems: 10 }, () => ["true"]).run(page);
 * assert(url.startsWith("http://127.0.0.1:"));
 * ```
 */
export class LivePage implements Reporter {
  readonly #options: LivePageOptions;
  readonly #address: ServeAddress;
  readonly #clock: Clock;
  readonly #fold: HistoryFold;
  readonly #token: string | undefined;
  readonly #feed = new ChangeFeed(() => this.#encodeWhole());
  readonly #viewers = new SseClients(this.#feed);
  readonly #shutdown = new AbortController();
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;
  #page: Promise<{ html: string; policy: string }> | undefined;
  #nextStep: Disposable | undefined;
  #nextStepAt = Infinity;

  /** Listens when the run starts, not before. */
  constructor(options: LivePageOptions = {}) {
    this.#options = options;
    this.#address = options.address ?? DEFAULT_ADDRESS;
    this.#clock = options.clock ?? systemClock;
    this.#fold = new HistoryFold(options);
    if (!isLoopback(this.#address.hostname)) this.#token = randomToken();
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    this.#fold.take(event, state);
    if (event.kind === "run-started") this.#listen();
    this.#schedule(STEP_MS);
  }

  /** See {@linkcode Reporter.close}: shows the end to all viewers, and serves no more. */
  async close(): Promise<void> {
    if (this.#server === undefined) return;
    this.#nextStep?.[Symbol.dispose]();
    this.#nextStepAt = -Infinity;
    this.#feed.step(this.#encode("end", encodeChanges(this.#fold.takeChanges())));
    this.#feed.end();
    if (this.#viewers.count > 0) {
      const enough = new AbortController();
      this.#viewers.gone().then(() => enough.abort());
      await sleep(this.#clock, LAST_WORDS_MS, enough.signal);
      await sleep(this.#clock, FLUSH_MS);
    }
    const { finished } = this.#server;
    this.abandon();
    await finished;
  }

  /** See {@linkcode Reporter.abandon}. */
  abandon(): void {
    this.#nextStep?.[Symbol.dispose]();
    this.#nextStepAt = -Infinity;
    this.#server = undefined;
    this.#shutdown.abort();
  }

  #listen(): void {
    const { hostname } = this.#address;
    const server = this.#server = this.#serve();
    const path = this.#token === undefined ? "/" : `/${this.#token}/`;
    this.#options.onUrl?.(`http://${reachableName(hostname)}:${server.addr.port}${path}`);
  }

  #serve(): Deno.HttpServer<Deno.NetAddr> {
    const { hostname, port } = this.#address;
    try {
      return Deno.serve({
        hostname,
        port,
        signal: this.#shutdown.signal,
        onListen: () => {},
        onError: () => new Response(null, { status: 500 }),
      }, (request) => this.#answer(request));
    } catch (error) {
      const where = `${hostname}:${port}`;
      throw new Error(`the page cannot be served at ${where}: ${errorMessage(error)}`);
    }
  }

  /** Sees to it that there is a step after `delay` at the latest, but no more often than that. */
  #schedule(delay: number): void {
    const at = this.#clock.now() + delay;
    if (at >= this.#nextStepAt || this.#nextStepAt === -Infinity) return;
    this.#nextStep?.[Symbol.dispose]();
    this.#nextStepAt = at;
    this.#nextStep = this.#clock.after(delay, () => this.#step());
  }

  #step(): void {
    this.#nextStepAt = Infinity;
    const changes = this.#fold.takeChanges(this.#clock.now());
    const isSeen = this.#viewers.count > 0;
    this.#feed.step(isSeen ? this.#encode("changes", encodeChanges(changes)) : undefined);
    this.#schedule(IDLE_STEP_MS);
  }

  #encodeWhole(): string {
    const history = this.#fold.history(this.#clock.now());
    const kind = history.phase === "ended" ? "end" : "changes";
    return this.#encode(kind, encodeChanges(asChanges(history)));
  }

  #encode(kind: "changes" | "end", data: string): string {
    return `event: ${kind}\ndata: ${data}\n\n`;
  }

  async #answer(request: Request): Promise<Response> {
    const path = this.#pathOf(request);
    if (path !== "" && path !== "events") return new Response(null, { status: 404 });
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    }
    if (path === "events") {
      const headers = { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" };
      return new Response(request.method === "HEAD" ? null : this.#viewers.open(), { headers });
    }
    this.#page ??= this.#renderPage();
    const { html, policy } = await this.#page;
    return new Response(html, {
      headers: {
        ...HEADERS,
        "content-security-policy": `${policy}; frame-ancestors 'none'`,
        "content-type": "text/html; charset=utf-8",
      },
    });
  }

  /** What of the page is asked for; nothing when it is not for whoever asks. */
  #pathOf(request: Request): string | undefined {
    const { pathname } = new URL(request.url);
    if (this.#token !== undefined) {
      const root = `/${this.#token}/`;
      return pathname.startsWith(root) ? pathname.slice(root.length) : undefined;
    }
    return namesLoopback(request.headers.get("host")) ? pathname.slice(1) : undefined;
  }

  async #renderPage(): Promise<{ html: string; policy: string }> {
    const html = await renderLivePage(this.#fold.history().title);
    return { html, policy: await contentPolicy({ connect: true }) };
  }
}

/** 128 random bits, as they may stand in a path. */
function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

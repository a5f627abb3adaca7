/**
 * Reporter that serves a live page over HTTP for any number of browsers.
 *
 * @module
 */
import { equalInConstantTime } from "../../base/bytes.ts";
import { type Clock, sleep, systemClock } from "../../base/clock.ts";
import { errorMessage } from "../../base/errors.ts";
import {
  checkGiven,
  type FieldCheck,
  functionCheck,
  text,
  withMethods,
  wrongType,
} from "../../model/value_types.ts";
import type { RunEvent } from "../../model/events.ts";
import type { Reporter } from "../../model/reporter.ts";
import { INITIAL_STATE, type RunState } from "../../model/state.ts";
import { HistoryBuilder } from "../history/history_builder.ts";
import { asChanges, encodeChanges } from "../history/wire.ts";
import { contentPolicy, renderLivePage } from "../page/document.ts";
import {
  addressCheck,
  DEFAULT_ADDRESS,
  isLoopback,
  namesLoopback,
  reachableName,
  type ServeAddress,
} from "./address.ts";
import { ChangeFeed, SseClients } from "./change_feed.ts";
import { type PageAnswer, PageServer } from "./page_server.ts";
import { PROMETHEUS_TYPE } from "./prometheus_text.ts";
import type { RequestHead } from "./request_head.ts";
import { RunMetrics } from "./run_metrics.ts";
import { encodeState } from "./state_json.ts";

/** Options of {@linkcode LivePage}. */
export interface LivePageOptions {
  /**
   * Title of the page.
   *
   * @default {the program that the workers run}
   */
  title?: string;
  /**
   * Where to listen. The URL always has a token, as every user of this machine can reach the loopback interface, too.
   *
   * @default {{ hostname: "127.0.0.1", port: 0 }}
   */
  address?: ServeAddress;
  /**
   * The token in the URL: letters, digits, `-` and `_`. A request without it gets a 404. For `/metrics` and `/state.json`, it
   * may also be in the query, as `token`, or in the header `Authorization: Bearer TOKEN`.
   *
   * @default {128 random bits}
   */
  token?: string;
  /** Called with the URL of the page, token included, once it can be opened. */
  onUrl?: (url: string) => void;
  /**
   * Tells the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/** Minimal time between two steps: at most four a second. */
const STEP_MS = 250;
/** Time between two steps without events, so that connections do not seem dead. */
const IDLE_STEP_MS = 15_000;
/** How long the end of the run waits for viewers to read it … */
const LAST_STEP_MS = 500;
/** … and then for the network. */
const FLUSH_MS = 50;

/** What programs may ask for, also with the token in a header or in the query. */
const FOR_PROGRAMS: readonly string[] = ["metrics", "state.json"];

const HEADERS = {
  "cache-control": "no-store, no-transform",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Serves a page that shows the run until it has ended. Any number of browsers may watch; one that connects late gets the whole
 * history, and slow or dead connections do not slow the run down. Beside the page, `metrics` has the figures of the run for
 * Prometheus, and `state.json` has them as JSON. Needs `--allow-net`.
 *
 * @example
 * ```ts
 * import { LivePage } from "@lambdawaker/executor/reporters";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
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
  readonly #builder: HistoryBuilder;
  readonly #token: string;
  readonly #feed = new ChangeFeed(() => this.#encodeWhole());
  readonly #clients = new SseClients(this.#feed);
  readonly #metrics = new RunMetrics();
  #state: RunState = INITIAL_STATE;
  #server: PageServer | undefined;
  #page: Promise<{ html: string; policy: string }> | undefined;
  #nextStep: Disposable | undefined;
  #nextStepAt = Infinity;

  /**
   * Creates the reporter. It does not listen before the run starts.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: LivePageOptions = {}) {
    checkGiven(options, {
      title: text(),
      address: addressCheck,
      token: tokenCheck,
      onUrl: functionCheck,
      clock: withMethods("now", "after"),
    });
    this.#options = options;
    this.#address = options.address ?? DEFAULT_ADDRESS;
    this.#clock = options.clock ?? systemClock;
    this.#builder = new HistoryBuilder(options);
    this.#token = options.token ?? randomToken();
  }

  /** @ignore */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    this.#builder.add(event, state);
    this.#metrics.add(event, state);
    if (event.kind === "run-started") this.#listen();
    this.#schedule(STEP_MS);
  }

  /**
   * Shows the end to all viewers, then stops the server.
   *
   * @ignore
   */
  async close(): Promise<void> {
    if (this.#server === undefined) return;
    this.#nextStep?.[Symbol.dispose]();
    this.#nextStepAt = -Infinity;
    this.#feed.step(this.#encode("end", encodeChanges(this.#builder.drainChanges())));
    this.#feed.end();
    if (this.#clients.count > 0) {
      const enough = new AbortController();
      this.#clients.gone().then(() => enough.abort());
      await sleep(this.#clock, LAST_STEP_MS, enough.signal);
      await sleep(this.#clock, FLUSH_MS);
    }
    const server = this.#server;
    this.abandon();
    await server.stop();
  }

  /** @ignore */
  abandon(): void {
    this.#nextStep?.[Symbol.dispose]();
    this.#nextStepAt = -Infinity;
    void this.#server?.stop();
    this.#server = undefined;
  }

  #listen(): void {
    const { hostname } = this.#address;
    const { port } = this.#server = this.#serve();
    this.#options.onUrl?.(`http://${reachableName(hostname)}:${port}/${this.#token}/`);
  }

  #serve(): PageServer {
    try {
      return PageServer.listen(this.#address, { answer: (request) => this.#answer(request) });
    } catch (error) {
      const { hostname, port } = this.#address;
      throw new Error(`the page cannot be served at ${hostname}:${port}: ${errorMessage(error)}`);
    }
  }

  /** Schedules the next step after `delay`, unless an earlier one is scheduled. */
  #schedule(delay: number): void {
    const at = this.#clock.now() + delay;
    if (at >= this.#nextStepAt || this.#nextStepAt === -Infinity) return;
    this.#nextStep?.[Symbol.dispose]();
    this.#nextStepAt = at;
    this.#nextStep = this.#clock.after(delay, () => this.#step());
  }

  #step(): void {
    this.#nextStepAt = Infinity;
    const changes = this.#builder.drainChanges(this.#clock.now());
    const isWatched = this.#clients.count > 0;
    this.#feed.step(isWatched ? this.#encode("changes", encodeChanges(changes)) : undefined);
    this.#schedule(IDLE_STEP_MS);
  }

  #encodeWhole(): string {
    const history = this.#builder.history(this.#clock.now());
    const kind = history.phase === "ended" ? "end" : "changes";
    return this.#encode(kind, encodeChanges(asChanges(history)));
  }

  #encode(kind: "changes" | "end", data: string): string {
    return `event: ${kind}\ndata: ${data}\n\n`;
  }

  async #answer(request: RequestHead): Promise<PageAnswer> {
    const path = this.#pathOf(request);
    if (path === undefined || !["", "events", ...FOR_PROGRAMS].includes(path)) {
      const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
      const isTrusted = path !== undefined;
      return {
        status: 404,
        headers,
        body: "Open the whole address that the executor printed.\n",
        isTrusted,
      };
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return { status: 405, headers: { allow: "GET, HEAD" }, isTrusted: true };
    }
    if (path === "events") {
      const headers = { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" };
      const body = request.method === "HEAD" ? undefined : this.#clients.open();
      return { status: 200, headers, body, isTrusted: true };
    }
    if (path === "metrics" || path === "state.json") return this.#tellProgram(path);
    this.#page ??= this.#renderPage();
    const { html, policy } = await this.#page;
    return {
      status: 200,
      headers: {
        ...HEADERS,
        "content-security-policy": `${policy}; frame-ancestors 'none'`,
        "content-type": "text/html; charset=utf-8",
      },
      body: html,
      isTrusted: true,
    };
  }

  #tellProgram(path: "metrics" | "state.json"): PageAnswer {
    const facts = { title: this.#builder.title, now: this.#clock.now() };
    const [type, body] = path === "metrics"
      ? [PROMETHEUS_TYPE, this.#metrics.encode(facts)]
      : ["application/json; charset=utf-8", encodeState(this.#state, facts)];
    return { status: 200, headers: { ...HEADERS, "content-type": type }, body, isTrusted: true };
  }

  /** Returns the path below the root of the page, or undefined if the request is not allowed. */
  #pathOf({ path, query, bearer, host }: RequestHead): string | undefined {
    // Without the token, a foreign page whose name leads to this machine gets nowhere; this keeps it even from trying.
    if (isLoopback(this.#address.hostname) && !namesLoopback(host)) return undefined;
    const name = path.slice(1);
    // A program has one address for all runs, and gives the token beside it.
    const isForProgram = FOR_PROGRAMS.includes(name);
    const [, first = "", rest] = /^\/([^/]*)\/(.*)$/.exec(path) ?? [];
    const token = isForProgram ? bearer ?? new URLSearchParams(query).get("token") ?? "" : first;
    if (!equalInConstantTime(token, this.#token)) return undefined;
    return isForProgram ? name : rest;
  }

  async #renderPage(): Promise<{ html: string; policy: string }> {
    const html = await renderLivePage(this.#builder.title);
    return { html, policy: await contentPolicy({ connect: true }) };
  }
}

const tokenCheck: FieldCheck = {
  check(value: unknown, name) {
    if (typeof value === "string" && /^[\w-]+$/.test(value)) return;
    throw wrongType(name, "letters, digits, - and _", value);
  },
};

/** Returns 128 random bits, encoded for a path. */
function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

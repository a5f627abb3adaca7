/**
 * Reporter that writes events as JSON lines.
 *
 * @module
 */
import { terminalJson } from "../base/terminal_json.ts";
import { checkGiven, text, withMethods } from "../model/value_types.ts";
import { estimate } from "../model/estimate.ts";
import { type EstimateEvent, FORMAT_VERSION, type RunEvent } from "../model/events.ts";
import { currentItems, type RunState } from "../model/state.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import type { Reporter } from "../model/reporter.ts";
import { StandardTerminal, StdoutTerminal, type Terminal } from "../terminal/terminal.ts";

/** Options of {@linkcode JsonlReporter}. */
export interface JsonlReporterOptions {
  /**
   * The terminal or pipe to write to.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Pick<Terminal, "write">;
  /** The file that `terminal` writes, if somebody depends on it: if the reporter fails, the exit code of the run is 1. */
  path?: string;
}

/** The number of unwritten characters above which events that a later one replaces are dropped. */
const MAX_BACKLOG = 4 << 20;
/** The number of unwritten characters above which the reporter gives up. */
const MAX_LOST_BACKLOG = 64 << 20;
/** The kinds of events that a later event of the same kind replaces. */
const REPLACEABLE: ReadonlySet<RunEvent["kind"]> = new Set([
  "progress",
  "message",
  "status",
  "log",
  "usage",
  "estimate",
]);
/** The shortest time between two events `estimate`, in milliseconds. */
const ESTIMATE_MS = 1_000;

/**
 * Writes each event as a line of JSON, as docs/events.schema.json describes it. Adds an event `estimate` with rate and ETA, at
 * most once a second.
 *
 * If the reader of the lines does not keep up, events of the kinds `progress`, `message`, `status`, `log`, `usage` and
 * `estimate` are dropped, and no others. If 64 Mi characters wait nevertheless, the reporter fails. A journal has all events.
 *
 * If an output of the run writes to stdout, the events go to stderr. What workers print on stderr then stands between them,
 * unless the output has a `writeStderr`.
 *
 * @example
 * ```ts
 * import { JsonlReporter } from "@lambdawaker/executor/reporters";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const reporter = new JsonlReporter({ terminal: { write: async (part) => void (text += part) } });
 * await new SubprocessExecutor({ totalItems: 3 }, () => ["true"]).run(reporter);
 * assertEquals(JSON.parse(text.split("\n")[0]!).kind, "run-started");
 * ```
 */
export class JsonlReporter implements Reporter {
  /** @ignore */
  readonly waitsForReader = true;
  /** @ignore */
  readonly path?: string;
  readonly #hasTerminal: boolean;
  #writer: LineWriter;
  #estimatedAt = 0;

  /**
   * Creates a reporter. It writes nothing before the run starts.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: JsonlReporterOptions = {}) {
    checkGiven(options, { terminal: withMethods("write"), path: text() });
    const { terminal = new StdoutTerminal(), path } = options;
    this.path = path;
    this.#hasTerminal = options.terminal !== undefined;
    this.#writer = new LineWriter(terminal);
  }

  /** @ignore */
  get stdout(): "lines" | undefined {
    return this.#hasTerminal ? undefined : "lines";
  }

  /**
   * Moves to stderr, unless it was given a terminal.
   *
   * @ignore
   */
  shareStdout(): undefined {
    if (!this.#hasTerminal) this.#writer = new LineWriter(new StandardTerminal(Deno.stderr));
  }

  /**
   * Writes an event. Without the state, there are no events `estimate`.
   *
   * @ignore
   */
  report(event: RunEvent, state?: RunState): void {
    this.#writer.check();
    this.#write(event);
    if (event.kind === "run-started") this.#estimatedAt = event.t;
    const isDue = event.t - this.#estimatedAt >= ESTIMATE_MS && event.kind !== "run-ended";
    const estimated = isDue && state !== undefined ? estimateAt(event.t, state) : undefined;
    if (estimated === undefined) return;
    this.#estimatedAt = event.t;
    this.#write(estimated);
  }

  #write(event: RunEvent): void {
    const { backlog } = this.#writer;
    if (backlog > MAX_LOST_BACKLOG) {
      throw new Error(`its reader has not taken the last ${MAX_LOST_BACKLOG >> 20} MiB of events`);
    }
    if (backlog > MAX_BACKLOG && REPLACEABLE.has(event.kind)) return;
    this.#writer.write(`${terminalJson(event)}\n`);
  }

  /** @ignore */
  async close(): Promise<void> {
    await this.#writer.flush();
  }
}

/** Returns the event for the estimate of a state; undefined if there is none. */
function estimateAt(t: number, state: RunState): EstimateEvent | undefined {
  const { rate, eta } = estimate(state, t);
  if (rate === undefined) return undefined;
  const doneItems = currentItems(state);
  const [perSecond, left] = [Math.round(1000 * rate) / 1000, eta && Math.round(eta)];
  return { v: FORMAT_VERSION, t, kind: "estimate", doneItems, rate: perSecond, eta: left };
}

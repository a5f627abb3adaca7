/**
 * A run in lines: for pipes, files and CI.
 *
 * @module
 */
import type { AttemptRef, RunEvent } from "../events.ts";
import { currentItems, isRunning, type RunState } from "../state.ts";
import { drawClosing, stopText } from "./closing.ts";
import {
  type ReporterOptions,
  type ResolvedReporterOptions,
  resolveReporterOptions,
} from "./options.ts";
import type { Reporter } from "./reporter.ts";
import { StdoutTerminal, type Terminal } from "./terminal.ts";
import { formatDuration, formatItems, formatPercent } from "./text/format.ts";
import { sanitize } from "./text/sanitize.ts";
import { encodeRow, type Row, span, statusStyle, type Style } from "./text/style.ts";

/** How the lines look, and where they go. */
export interface PlainReporterOptions extends ReporterOptions {
  /**
   * Where to write.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Pick<Terminal, "write">;
}

/** Without other lines, one says that the run is alive. */
const HEARTBEAT_MS = 30_000;
/** No terminal cuts these lines. */
const CLOSING_WIDTH = 1_000;

/** Writes a line per start, retry, failure and end, and a summary. */
export class PlainReporter implements Reporter {
  readonly #options: ResolvedReporterOptions;
  readonly #terminal: Pick<Terminal, "write">;
  #state: RunState | undefined;
  #heartbeat: Disposable | undefined;
  #pending = "";
  #writing: Promise<void> | undefined;
  #isSilent = false;

  /** Writes nothing before the run starts. */
  constructor(options: PlainReporterOptions = {}) {
    this.#options = resolveReporterOptions(options);
    this.#terminal = options.terminal ?? new StdoutTerminal();
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    const row = describe(event, state);
    if (row === undefined) return;
    this.#print([row]);
    this.#rearm();
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    this.#heartbeat?.[Symbol.dispose]();
    if (this.#state !== undefined) {
      this.#print(drawClosing(this.#state, { title: this.#options.title, width: CLOSING_WIDTH }));
    }
    await this.#writing;
  }

  #rearm(): void {
    this.#heartbeat?.[Symbol.dispose]();
    this.#heartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#print([heartbeat(this.#state!, this.#options.clock.now())]);
      this.#rearm();
    });
  }

  #print(rows: readonly Row[]): void {
    if (this.#isSilent) return;
    this.#pending += rows.map((row) => `${encodeRow(row, this.#options.color)}\n`).join(
      "",
    );
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      while (this.#pending !== "") {
        const text = this.#pending;
        this.#pending = "";
        await this.#terminal.write(text);
      }
    } catch {
      // The reader is gone: the work goes on.
      this.#isSilent = true;
    }
    this.#writing = undefined;
  }
}

function describe(event: RunEvent, state: RunState): Row | undefined {
  switch (event.kind) {
    case "attempt-started":
      return line(state, "START", "plain", describeAttempt(event, event));
    case "retry-scheduled":
      return line(
        state,
        "RETRYING",
        "yellow",
        [
          `${describeAttempt(event)} again in ${(event.delay / 1000).toFixed(1)} s:`,
          state.workers[event.worker]?.reason ?? "",
        ].join(" "),
      );
    case "range-ended": {
      const reason = event.reason === undefined ? "" : `: ${event.reason}`;
      return line(
        state,
        event.status,
        statusStyle(event.status),
        describeAttempt(event, event) + reason,
      );
    }
    case "run-stopping":
      return [span(`${stopText(event.cause)}: ${STOP_WORDS[event.how]}`, "yellow")];
    case "warning":
      return [span(`warning: ${sanitize(event.text)}`, "yellow")];
    default:
      return undefined;
  }
}

const STOP_WORDS = {
  drain: "starting no more",
  stop: "asking the workers to end",
  kill: "killing the workers",
};

function line({ counts, ranges }: RunState, word: string, style: Style, text: string): Row {
  const ended = counts.SUCCESS + counts.FINISHED + counts.FAILED + counts.CRASHED;
  const count = `[${`${ended}`.padStart(`${ranges}`.length)}/${ranges}]`;
  return [span(`${count} `, "dim"), span(word.padEnd(9), style), span(sanitize(text))];
}

function describeAttempt(
  { worker, range, attempt }: AttemptRef,
  items?: { startIndex: number; endIndex: number },
): string {
  const which = items ? ` (${formatItems(items.startIndex, items.endIndex)})` : "";
  return `range ${range}${which} worker ${worker} attempt ${attempt}`;
}

function heartbeat(state: RunState, now: number): Row {
  const done = currentItems(state);
  const running = state.workers.filter(isRunning).length;
  const figures = `${done}/${state.totalItems} items (${formatPercent(done, state.totalItems)})`;
  return line(
    state,
    "RUNNING",
    "blue",
    `${figures}, ${running} workers at work, ${formatDuration(now - state.startedAt)}`,
  );
}

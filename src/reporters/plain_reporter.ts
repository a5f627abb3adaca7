/**
 * Reporter that writes one line per event, for pipes, files and CI.
 *
 * @module
 */
import type { Cause } from "../model/cause.ts";
import { checkGiven, withMethods } from "../model/value_types.ts";
import type { AttemptRef, RunEvent } from "../model/events.ts";
import { shorten } from "../model/details.ts";
import { countFailed, isDone } from "../model/statuses.ts";
import type { StopLevel } from "../model/types.ts";
import {
  currentWork,
  doneRanges,
  elapsedMs,
  endedRanges,
  isRunning,
  type RunState,
  wholeItems,
} from "../model/state.ts";
import { drawSummary } from "./summary.ts";
import {
  REPORTER_CHECKS,
  type ReporterOptions,
  type ResolvedReporterOptions,
  resolveReporterOptions,
} from "./options.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import type { Reporter } from "../model/reporter.ts";
import { StandardTerminal, StdoutTerminal, type Terminal } from "../terminal/terminal.ts";
import { asciiRow } from "../terminal/ascii.ts";
import {
  causeText,
  formatDuration,
  formatPercent,
  nameItems,
  plural,
  statusStyle,
  stopText,
} from "./wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { encodeRow, type Row, span, type Style } from "../terminal/style.ts";

/** Options of {@linkcode PlainReporter}. */
export interface PlainReporterOptions extends ReporterOptions {
  /**
   * The terminal or pipe to write to.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Pick<Terminal, "write" | "isTerminal">;
}

/** The time without a line after which a line of progress is written. */
const HEARTBEAT_MS = 30_000;
/** The number of ranges from which on their starts are left out. */
const MANY_RANGES = 101;
/** The largest number of lines about failures, retries and warnings. Further ones are only counted, in lines of progress. */
const MAX_TROUBLES = 1_000;
/** The number of unwritten characters above which lines are left out, as the reader does not keep up. */
const MAX_BACKLOG = 4 << 20;
/** The width of the summary: larger than any of its lines, as nothing cuts them. */
const SUMMARY_WIDTH = 1_000;

/**
 * Writes a line for each start, retry, failure and end, and a summary at the end of the run. Leaves out the starts in a job of
 * more than a hundred ranges, and after a thousand failures, retries and warnings the further ones, which are only counted.
 *
 * @example
 * ```ts
 * import { PlainReporter, SubprocessExecutor } from "@lambdawaker/executor";
 * import { assertStringIncludes } from "@std/assert";
 *
 * let text = "";
 * const terminal = { write: async (part: string) => void (text += part) };
 * const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
 * await executor.run(new PlainReporter({ title: "Job", terminal }));
 * assertStringIncludes(text, "[0/1] START    range 0 (item 0)");
 * ```
 */
export class PlainReporter implements Reporter {
  /** See {@linkcode Reporter.waitsForReader}. */
  readonly waitsForReader = true;
  readonly #options: ResolvedReporterOptions;
  readonly #hasTerminal: boolean;
  #writer: LineWriter;
  #state: RunState | undefined;
  #heartbeat: Disposable | undefined;
  #troubles = 0;
  /** Lines that were left out since the reader does not keep up. */
  #omitted = 0;

  /**
   * Creates a reporter. It writes nothing before the run starts.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: PlainReporterOptions = {}) {
    checkGiven(options, { ...REPORTER_CHECKS, terminal: withMethods("write") });
    this.#options = resolveReporterOptions(options);
    this.#hasTerminal = options.terminal !== undefined;
    this.#writer = new LineWriter(options.terminal ?? new StdoutTerminal());
  }

  /** See {@linkcode Reporter.stdout}. */
  get stdout(): "lines" | undefined {
    return this.#hasTerminal ? undefined : "lines";
  }

  /** See {@linkcode Reporter.shareStdout}: goes on on stderr, unless it was given a terminal. */
  shareStdout(): undefined {
    if (!this.#hasTerminal) this.#writer = new LineWriter(new StandardTerminal(Deno.stderr));
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    if (event.kind === "attempt-started" && state.ranges >= MANY_RANGES) return;
    if (isTrouble(event) && this.#troubles++ >= MAX_TROUBLES) {
      if (this.#troubles > MAX_TROUBLES + 1) return;
      const text = "… further failures, retries and warnings are only counted";
      return this.#printLive([span(text, "dim")]);
    }
    const row = describe(event, state);
    if (row !== undefined) this.#printLive(row);
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    this.#heartbeat?.[Symbol.dispose]();
    if (this.#state !== undefined) {
      const { title, records } = this.#options;
      this.#tellOmitted();
      this.#print(drawSummary(this.#state, { title, records, width: SUMMARY_WIDTH }));
    }
    await this.#writer.flush();
  }

  #rearm(): void {
    this.#heartbeat?.[Symbol.dispose]();
    this.#heartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#printLive(heartbeat(this.#state!, this.#options.clock.now()));
    });
  }

  /** Prints a line while the run goes on, unless too many wait for the reader. */
  #printLive(row: Row): void {
    this.#rearm();
    if (this.#writer.backlog > MAX_BACKLOG) {
      this.#omitted++;
      return;
    }
    this.#tellOmitted();
    this.#print([row]);
  }

  #tellOmitted(): void {
    if (this.#omitted === 0) return;
    const text = `… ${plural(this.#omitted, "line")} left out, as the reader did not keep up`;
    this.#omitted = 0;
    this.#print([[span(text, "yellow")]]);
  }

  #print(rows: readonly Row[]): void {
    const { color, ascii } = this.#options;
    const lines = rows.map((row) => `${encodeRow(ascii ? asciiRow(row) : row, color)}\n`);
    this.#writer.write(lines.join(""));
  }
}

/** Returns whether an event is one of those whose lines are limited in number. */
function isTrouble(event: RunEvent): boolean {
  switch (event.kind) {
    case "range-ended":
      return !isDone(event.status);
    case "retry-scheduled":
    case "range-split":
    case "launch-delayed":
    case "slow":
    case "warning":
      return true;
    default:
      return false;
  }
}

function describe(event: RunEvent, state: RunState): Row | undefined {
  switch (event.kind) {
    case "run-started":
      return event.resumed && [span(`resumed: ${resumedText(state)}`, "dim")];
    case "launch-delayed":
      return line(state, {
        word: "PENDING",
        style: "yellow",
        text: `${attemptText(event)} ${event.reason}`,
      });
    case "pool-resized":
      return [span(`workers: ${event.numWorkers}`, "dim")];
    case "run-paused":
      return [span("paused: no new ranges start", "yellow")];
    case "run-unpaused":
      return [span("unpaused", "yellow")];
    case "run-suspended":
      return [span("suspended: workers and clocks are stopped", "yellow")];
    case "run-continued":
      return [span("continued", "yellow")];
    case "attempt-started":
      return line(state, { word: "START", style: "plain", text: attemptText(event, event) });
    case "slow": {
      const text = `${attemptText(event)} is slow: ${formatDuration(event.elapsed)}, others take ${
        formatDuration(event.median)
      }`;
      return line(state, { word: "SLOW", style: "yellow", text });
    }
    case "range-split":
      return line(state, { word: "SPLIT", style: "yellow", text: splitText(event) });
    case "retry-scheduled": {
      const { status = "RETRYING", cause } = state.workers[event.worker] ?? {};
      const when = status === "RETRYING"
        ? `again in ${(event.delay / 1000).toFixed(1)} s`
        : "is not tried again in this run";
      const text = `${attemptText(event)} ${when}${whyText(cause)}`;
      return line(state, { word: status, style: statusStyle(status), text });
    }
    case "range-ended": {
      const { status, cause } = event;
      const text = attemptText(event, event) + whyText(cause);
      return line(state, { word: status, style: statusStyle(status), text });
    }
    case "output-lost": {
      const text = `range ${event.range} (${nameItems(event)})${whyText(event.cause)}`;
      return line(state, { word: "CRASHED", style: statusStyle("CRASHED"), text });
    }
    case "run-stopping":
      return [span(`${stopText(event.cause)}: ${STOP_WORDS[event.how]}`, "yellow")];
    case "warning":
      return [span(`${event.isHint ? "hint" : "warning"}: ${sanitize(event.text)}`, "yellow")];
    default:
      return undefined;
  }
}

const STOP_WORDS: Record<StopLevel, string> = {
  drain: "starting no more ranges",
  stop: "asking the workers to end",
  kill: "killing the workers",
};

/** The parts of a line after the count of ranges that ended. */
interface LineText {
  word: string;
  style: Style;
  text: string;
}

function line(state: RunState, { word, style, text }: LineText): Row {
  const { ranges, areRangesKnown } = state;
  const count = `[${`${endedRanges(state)}`.padStart(`${ranges}`.length)}/${ranges}${
    areRangesKnown ? "" : "+"
  }]`;
  return [span(`${count} `, "dim"), span(word.padEnd(9), style), span(sanitize(text))];
}

function whyText(cause: Cause | undefined): string {
  return cause === undefined ? "" : `: ${shorten(causeText(cause))}`;
}

function attemptText(
  { worker, range, attempt }: AttemptRef,
  items?: Parameters<typeof nameItems>[0],
): string {
  const which = items ? ` (${nameItems(items)})` : "";
  return `range ${range}${which} worker ${worker} attempt ${attempt}`;
}

function resumedText(state: RunState): string {
  if (!state.areRangesKnown) return "items that are done in the journal are skipped";
  return `${doneRanges(state)} of ${state.ranges} ranges were done before`;
}

function splitText(event: RunEvent & { kind: "range-split" }): string {
  const item = event.endIndex - 1;
  const others = event.into.map(({ range, ...items }) => `range ${range} (${nameItems(items)})`);
  return `${attemptText(event)} keeps item ${item}; ${others.join(", ")} get the others`;
}

function heartbeat(state: RunState, now: number): Row {
  const done = currentWork(state);
  const running = plural(state.workers.filter(isRunning).length, "worker");
  const { totalItems, isTotalKnown } = state;
  const share = isTotalKnown ? ` (${formatPercent(done, totalItems)})` : " so far";
  const figures = `${wholeItems(done)}/${totalItems} items${share}`;
  const failed = countFailed(state.counts);
  const failures = failed > 0 ? `, ${failed} failed` : "";
  const text = `${figures}, ${running} at work${failures}, ${
    formatDuration(elapsedMs(state, now))
  }`;
  return line(state, { word: "RUNNING", style: statusStyle("RUNNING"), text });
}

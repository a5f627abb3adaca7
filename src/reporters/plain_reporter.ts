/**
 * Reporter that writes lines, for pipes, files and CI: one at the start, one per range that ended, and progress every 30 seconds.
 *
 * @module
 */
import type { Cause } from "../model/cause.ts";
import { estimate } from "../model/estimate.ts";
import type { AttemptRef, RunEvent, RunStartedEvent } from "../model/events.ts";
import { shorten } from "../model/details.ts";
import { countFailed, isDone } from "../model/statuses.ts";
import type { StopLevel } from "../model/types.ts";
import {
  currentItems,
  currentWork,
  doneRanges,
  elapsedMs,
  hasOneItemEach,
  isRunning,
  resumedRanges,
  type RunState,
  wholeItems,
} from "../model/state.ts";
import { drawSummary } from "./summary.ts";
import { TextLines } from "./text_lines.ts";
import type { ReporterOptions } from "./options.ts";
import type { Reporter } from "../model/reporter.ts";
import type { Terminal } from "../terminal/terminal.ts";
import {
  causeText,
  formatDuration,
  formatPercent,
  formatRate,
  formatTime,
  nameItems,
  plural,
  startWaitText,
  statusStyle,
  stopText,
} from "./wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { type Row, span, type Style } from "../terminal/style.ts";

/** Options of {@linkcode PlainReporter}. */
export interface PlainReporterOptions extends ReporterOptions {
  /**
   * The terminal or pipe to write to.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Pick<Terminal, "write" | "isTerminal">;
}

/** The time between two lines of progress, whatever else is written. */
const HEARTBEAT_MS = 30_000;
/** The time until the first line of progress, if no other line has been written by then but the one at the start. */
const FIRST_HEARTBEAT_MS = 5_000;
/** The number of ranges from which on those that end well have no line. */
const MANY_RANGES = 101;
/** The largest number of lines about failures, retries and warnings. Further ones are only counted, in lines of progress. */
const MAX_TROUBLES = 1_000;

/**
 * Writes a line at the start, a line for each range that ended, a line of progress every 30 seconds, and a summary at the end of
 * the run. The first line of progress comes after 5 seconds, if no range has ended by then. In a job of more than a hundred
 * ranges, a range that ends well has no line: the lines of progress count them. The same holds for failures, retries and
 * warnings after the first thousand. If an output of the run writes to stdout, the lines go to stderr.
 */
export class PlainReporter implements Reporter {
  /** @ignore */
  readonly waitsForReader = true;
  readonly #lines: TextLines;
  #state: RunState | undefined;
  #heartbeat: Disposable | undefined;
  /** Whether a line was written since the one at the start. */
  #isUnderWay = false;
  #troubles = 0;
  /** Whether a line has said that ranges that end well are only counted. */
  #isFolded = false;

  /**
   * Creates a reporter. It writes nothing before the run starts.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: PlainReporterOptions = {}) {
    this.#lines = new TextLines(options);
  }

  /** @ignore */
  get stdout(): "lines" | undefined {
    return this.#lines.stdout;
  }

  /**
   * Moves to stderr, unless it was given a terminal.
   *
   * @ignore
   */
  shareStdout(): undefined {
    this.#lines.moveToStderr();
  }

  /** @ignore */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    if (event.kind === "run-started") return this.#begin(event);
    if (event.kind === "run-ended") this.abandon();
    if (endsWell(event) && state.ranges >= MANY_RANGES) return this.#fold();
    if (isTrouble(event) && this.#troubles++ >= MAX_TROUBLES) {
      if (this.#troubles > MAX_TROUBLES + 1) return;
      const text = "… further failures, retries and warnings are only counted";
      return this.#printLive([span(text, "dim")]);
    }
    const row = describe(event, state);
    if (row !== undefined) this.#printLive(row);
  }

  /** @ignore */
  async close(): Promise<void> {
    this.abandon();
    if (this.#state !== undefined) {
      const rows = drawSummary(this.#state, this.#lines.options);
      this.#lines.write(rows.length > 1 ? [[], ...rows] : rows);
    }
    await this.#lines.flush();
  }

  /** @ignore */
  abandon(): void {
    this.#heartbeat?.[Symbol.dispose]();
    this.#heartbeat = undefined;
  }

  #begin({ resumed, order }: RunStartedEvent): void {
    const text = resumed ? resumedText(this.#state!) : startedText(this.#state!);
    const ordered = order === undefined ? "" : `, order ${sanitize(order)}`;
    this.#printLive([span(text + ordered, "dim")]);
    this.#isUnderWay = false;
    this.#scheduleHeartbeat(FIRST_HEARTBEAT_MS, () => {
      this.#scheduleHeartbeat(HEARTBEAT_MS - FIRST_HEARTBEAT_MS);
      if (!this.#isUnderWay) this.#printHeartbeat();
    });
  }

  #scheduleHeartbeat(ms = HEARTBEAT_MS, beat = () => this.#beat()): void {
    this.#heartbeat?.[Symbol.dispose]();
    this.#heartbeat = this.#lines.options.clock.after(ms, beat);
  }

  #beat(): void {
    this.#scheduleHeartbeat();
    this.#printHeartbeat();
  }

  #printHeartbeat(): void {
    this.#printLive(heartbeat(this.#state!, this.#lines.options.clock.now()));
  }

  /** Says once that ranges that end well are only counted. */
  #fold(): void {
    if (this.#isFolded) return;
    this.#isFolded = true;
    const ranges = hasOneItemEach(this.#state!) ? "items" : "ranges";
    const text = `${ranges} that end well are only counted: progress follows every 30 seconds`;
    this.#printLive([span(text, "dim")]);
  }

  /** Prints a line while the run goes on. */
  #printLive(row: Row): void {
    this.#isUnderWay = true;
    this.#lines.writeLive(row);
  }
}

/** Returns whether an event is the end of a range that is done. */
function endsWell(event: RunEvent): boolean {
  return event.kind === "range-skipped" || (event.kind === "range-ended" && isDone(event.status));
}

/** Returns whether an event is one of those whose lines are limited in number. */
function isTrouble(event: RunEvent): boolean {
  switch (event.kind) {
    case "range-ended":
      return !isDone(event.status);
    case "output-lost":
    case "retry-scheduled":
    case "launch-delayed":
    case "slow":
    case "range-split":
      return true;
    case "warning":
      return event.isHint !== true;
    default:
      return false;
  }
}

function describe(event: RunEvent, state: RunState): Row | undefined {
  switch (event.kind) {
    case "launch-delayed":
      return line(state, {
        word: "PENDING",
        style: "yellow",
        text: `${rangeName(event, state)} waits: ${event.reason}`,
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
    case "slow": {
      const text = `${rangeName(event, state)}: others take ${formatTime(event.median)}`;
      return line(state, { word: "SLOW", style: "yellow", ms: event.elapsed, text });
    }
    case "range-split":
      return line(state, { word: "SPLIT", style: "yellow", text: splitText(event, state) });
    case "retry-scheduled": {
      const { status, cause, maxAttempt = 0 } = state.workers[event.worker] ?? {};
      // The run is being stopped: the range counts as stopped.
      if (status !== "RETRYING") return undefined;
      // An attempt that the range is not charged for, such as a launch that failed, is one more than it is to have.
      const of = maxAttempt > event.attempt ? ` of ${maxAttempt}` : "";
      const attempt = `, attempt ${event.attempt}${of}`;
      const when = `, again in ${formatTime(event.delay)}`;
      const text = rangeName(event, state) + whyText(cause) + attempt + when;
      return line(state, {
        word: status,
        style: statusStyle(status),
        ms: took(event, state),
        text,
      });
    }
    case "range-ended": {
      const { status, cause, attempt } = event;
      const text = nameItems(event) + attemptsText(attempt) + whyText(cause);
      return line(state, {
        word: status,
        style: statusStyle(status),
        ms: took(event, state),
        text,
      });
    }
    case "output-lost": {
      const text = nameItems(event) + whyText(event.cause);
      return line(state, { word: "CRASHED", style: statusStyle("CRASHED"), text });
    }
    case "range-skipped": {
      const text = `${nameItems(event)}: ${event.path} is there`;
      return line(state, { word: "SKIPPED", style: "dim", text });
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

/** The parts of a line after the count of items that are done. */
interface LineText {
  word: string;
  style: Style;
  /** How long it took, in milliseconds. */
  ms?: number;
  text: string;
}

function line(state: RunState, { word, style, ms, text }: LineText): Row {
  const total = state.isTotalKnown ? `${state.totalItems}` : "?";
  const count = `[${`${currentItems(state)}`.padStart(total.length)}/${total}]`;
  const time = ms === undefined ? "" : formatTime(ms);
  return [
    span(`${count} `, "dim"),
    span(word.padEnd(8), style),
    span(` ${time.padStart(6)}  `, "dim"),
    span(sanitize(text)),
  ];
}

function whyText(cause: Cause | undefined): string {
  return cause === undefined ? "" : `: ${shorten(causeText(cause))}`;
}

function attemptsText(attempts: number): string {
  return attempts > 1 ? ` after ${attempts} attempts` : "";
}

/** Names the range that a worker has. */
function rangeName({ worker, range }: AttemptRef, { workers }: RunState): string {
  const extraData = workers[worker]?.extraData;
  return extraData === undefined ? `range ${range}` : nameItems(extraData);
}

/** Returns how long the last attempt of a worker took, in milliseconds. */
function took({ worker }: AttemptRef, { workers }: RunState): number | undefined {
  const { startedAt, endedAt } = workers[worker] ?? {};
  return startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt;
}

function startedText(state: RunState): string {
  const { totalItems, isTotalKnown, ranges } = state;
  const items = isTotalKnown ? plural(totalItems, "item") : "items are read as they come";
  const cut = areAllRangesKnown(state) && !hasOneItemEach(state)
    ? ` in ${plural(ranges, "range")}`
    : "";
  return `started: ${items}${cut}, ${plural(state.numWorkers, "worker")}`;
}

function resumedText(state: RunState): string {
  if (!state.areRangesKnown) return "resumed: items that are done in the journal are skipped";
  const [done, total] = areAllRangesKnown(state)
    ? [resumedRanges(state), plural(state.ranges, hasOneItemEach(state) ? "item" : "range")]
    : [wholeItems(state.resumed.doneItems), plural(state.totalItems, "item")];
  return `resumed: ${done} of ${total} were done before`;
}

/** Returns whether no more ranges are made while workers take them. */
function areAllRangesKnown({ areRangesKnown, rangeTime }: RunState): boolean {
  return areRangesKnown && rangeTime === undefined;
}

function splitText(event: RunEvent & { kind: "range-split" }, state: RunState): string {
  const others = event.into.map(({ range: _range, ...items }) => nameItems(items));
  return `${rangeName(event, state)} ended each attempt: ${others.join(", ")} run without it`;
}

function heartbeat(state: RunState, now: number): Row {
  const { totalItems, isTotalKnown, ranges, rangeTime, areRangesKnown } = state;
  const { rate, eta } = estimate(state, now);
  const failed = countFailed(state.counts);
  const figures = [
    isTotalKnown ? formatPercent(currentWork(state), totalItems) : "the total is not known yet",
    ...(rate === undefined ? [] : [formatRate(rate)]),
    ...(eta === undefined ? [] : [`ETA ${formatDuration(eta)}`]),
    ...(hasOneItemEach(state)
      ? []
      : rangeTime !== undefined
      ? [`${plural(doneRanges(state), "range")} done`]
      : [`${doneRanges(state)} of ${ranges}${areRangesKnown ? "" : "+"} ranges done`]),
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${plural(state.workers.filter(isRunning).length, "worker")} at work`,
    ...(state.startWait === undefined ? [] : [startWaitText(state.startWait, now)]),
  ];
  const ms = elapsedMs(state, now);
  const style = statusStyle("RUNNING");
  return line(state, { word: "RUNNING", style, ms, text: figures.join(" · ") });
}

/**
 * The live grid.
 *
 * @module
 */
import type { RunHandle } from "../model/reporter.ts";
import { readEnv } from "../base/env.ts";
import type { RunEvent } from "../model/events.ts";
import { currentWork, type RunState } from "../model/state.ts";
import { drawSummary } from "./summary.ts";
import { Scrollback } from "./grid/scrollback.ts";
import { drawFrame } from "./grid/frame.ts";
import { FrameSchedule } from "../terminal/frame_schedule.ts";
import { Keys } from "./grid/keys.ts";
import { PrintedLines } from "../terminal/printed_lines.ts";
import { RESTORE, Screen } from "../terminal/screen.ts";
import { hasTaskbar, Taskbar } from "./grid/taskbar.ts";
import { RateWindow } from "./grid/eta.ts";
import {
  type ReporterOptions,
  type ResolvedReporterOptions,
  resolveReporterOptions,
} from "./options.ts";
import type { Keyboard } from "../terminal/keyboard.ts";
import type { Reporter } from "../model/reporter.ts";
import { StdoutTerminal, type Terminal } from "../terminal/terminal.ts";
import { asciiRow } from "../terminal/ascii.ts";
import { encodeRow, type Row } from "../terminal/style.ts";

/** How a grid looks, and where. */
export interface AnsiReporterOptions extends ReporterOptions {
  /**
   * Where to draw.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Terminal;
  /**
   * Where keys come from that drain, pause and resize the run, and change the view; none when left out.
   */
  keyboard?: Keyboard;
  /**
   * Whether every line that workers log is printed above the grid, to stay in the scrollback.
   *
   * @default {false}
   */
  showLog?: boolean;
  /**
   * Whether the terminal shows progress in its tab or in the task bar (OSC 9;4).
   *
   * @default {true for terminals known to do so}
   */
  taskbar?: boolean;
}

/** A size that holds for so long is one to draw at: each frame between two sizes may leave pieces behind. */
const RESIZED_MS = 100;

/**
 * Draws a run as a grid of worker panels, in place, as long as it goes on; then leaves a summary. The cursor is restored
 * on every way out, an uncaught error included.
 */
export class AnsiReporter implements Reporter {
  readonly #options: ResolvedReporterOptions;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #schedule: FrameSchedule;
  readonly #keys: Keys;
  readonly #above: Scrollback;
  readonly #taskbar: Taskbar;
  readonly #printed = new PrintedLines();
  #throughput = new RateWindow();
  #state: RunState | undefined;
  #listeners: DisposableStack | undefined;
  /** The write that is under way; one at a time, so that a terminal that stands still holds up nothing else. */
  #writing: Promise<void> | undefined;
  /** The terminal is gone: nothing more is written, the work goes on. */
  #isSilent = false;

  /** Takes the terminal over when the run starts, not before. */
  constructor(options: AnsiReporterOptions = {}) {
    this.#options = resolveReporterOptions(options);
    this.#terminal = options.terminal ?? new StdoutTerminal();
    this.#screen = new Screen(this.#options);
    this.#above = new Scrollback({ showLog: options.showLog ?? false });
    this.#taskbar = new Taskbar({ isThere: options.taskbar ?? hasTaskbar(readEnv) });
    this.#schedule = new FrameSchedule(this.#options.clock, () => this.#drawFrame());
    this.#keys = new Keys({
      keyboard: options.keyboard,
      state: () => this.#state,
      onChange: () => this.#schedule.request(),
    });
  }

  /** See {@linkcode Reporter.wantsUsage}. */
  get wantsUsage(): boolean {
    return true;
  }

  /** See {@linkcode Reporter.control}. */
  control(controls: RunHandle): void {
    this.#keys.control(controls);
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    this.#above.take(event, state);
    if (event.kind === "run-started") this.#begin();
    else if (event.kind === "run-continued") this.#continue();
    else this.#schedule.request();
  }

  /**
   * Prints lines above the grid, to stay in the scrollback: for an output whose terminal is the grid's. Whatever
   * would do anything but show a character is left out. Resolves when the lines are written.
   *
   * @example
   * ```ts ignore
   * import { AnsiReporter, OrderedOutput, SubprocessExecutor } from "@lambdawaker/executor";
   *
   * const grid = new AnsiReporter();
   * const output = new OrderedOutput({ write: (bytes) => grid.print(bytes) });
   * await new SubprocessExecutor({ totalItems: 3 }, () => ["date"]).run(grid, { output });
   * ```
   */
  async print(bytes: Uint8Array): Promise<void> {
    await this.#idle();
    const rows = this.#printed.take(bytes);
    if (rows.length === 0) return;
    await this.#write(
      this.#state !== undefined && this.#screen.stands
        ? this.#frame(this.#state, rows)
        : this.#lines(rows),
    );
  }

  /** See {@linkcode Reporter.suspend}: takes the frame away, and gives the cursor back. */
  async suspend(): Promise<void> {
    this.#schedule.stop();
    this.#keys.stop();
    await this.#idle();
    await this.#write(this.#screen.clear(this.#terminal.size()) + this.#taskbar.clear());
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    this.#keys.stop();
    await this.#idle();
    if (this.#state !== undefined) {
      const size = this.#terminal.size();
      const closing = drawSummary(this.#state, {
        title: this.#options.title,
        width: Math.max(20, size.columns - 1),
      });
      const text = this.#lines([...this.#printed.end(), ...this.#above.rows(), ...closing]);
      await this.#write(this.#screen.clear(size) + this.#taskbar.clear() + text);
    }
    this.#end();
  }

  /** See {@linkcode Reporter.abandon}. */
  abandon(): void {
    this.#end();
    this.#isSilent = true;
    const restore = () => this.#terminal.writeSync(RESTORE + this.#taskbar.clear());
    // A terminal that has not taken the last frame would hold this up, and with it the end of the process.
    if (this.#writing === undefined) restore();
    else this.#writing.then(restore);
  }

  /** Draws no more frames. */
  #end(): void {
    this.#schedule.stop();
    this.#keys.stop();
    this.#listeners?.dispose();
    this.#listeners = undefined;
  }

  #continue(): void {
    if (this.#listeners === undefined) return;
    this.#schedule.start();
    this.#keys.start();
  }

  #begin(): void {
    this.#throughput = new RateWindow();
    const stack = this.#listeners = new DisposableStack();
    stack.use(this.#terminal.onResize(() => this.#schedule.hold(RESIZED_MS)));
    const abandon = (event: Event) => {
      // The program may have taken care of it.
      if (!event.defaultPrevented) this.abandon();
    };
    for (const type of ["error", "unhandledrejection", "unload"]) {
      addEventListener(type, abandon);
      stack.defer(() => removeEventListener(type, abandon));
    }
    this.#schedule.start();
    this.#keys.start();
  }

  #drawFrame(): void {
    if (this.#state === undefined || this.#writing !== undefined || this.#isSilent) return;
    const text = this.#frame(this.#state) + this.#taskbar.update(this.#state);
    this.#schedule.drawn(new TextEncoder().encode(text).length);
    this.#write(text);
  }

  #lines(rows: readonly Row[]): string {
    const { color } = this.#options;
    return rows.map((row) => `${encodeRow(this.#fit(row), color)}\r\n`).join("");
  }

  /** A frame, and what is to be printed above it. */
  #frame(state: RunState, printed: readonly Row[] = []): string {
    const size = this.#terminal.size();
    const now = this.#options.clock.now();
    const rows = drawFrame(state, {
      title: this.#options.title,
      width: Math.max(1, size.columns - 1),
      height: size.rows - 1,
      now,
      rate: this.#throughput.sample(now, currentWork(state)),
      view: this.#keys.view,
      hasKeys: this.#keys.areThere,
    });
    const above = [...printed, ...this.#above.rows()].map((row) => this.#fit(row));
    return this.#screen.draw(rows.map((row) => this.#fit(row)), size, above);
  }

  #fit(row: Row): Row {
    return this.#options.ascii ? asciiRow(row) : row;
  }

  /** Resolves when no write is under way. */
  async #idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(text: string): Promise<void> {
    if (text === "" || this.#isSilent) return;
    this.#writing = this.#terminal.write(text).catch(() => {
      this.#isSilent = true;
    });
    await this.#writing;
    this.#writing = undefined;
  }
}

/**
 * Reporter that draws a run as a live grid of worker panels.
 *
 * @module
 */
import { boolean, checkGiven, functionCheck, text, withMethods } from "../model/value_types.ts";
import { readEnv } from "../base/env.ts";
import { errorMessage } from "../base/errors.ts";
import type { RunEvent } from "../model/events.ts";
import type { OutputStream } from "../model/protocol.ts";
import type { RunState } from "../model/state.ts";
import type { WorkerState } from "../model/types.ts";
import { drawSummary } from "./summary.ts";
import { Scrollback } from "./grid/scrollback.ts";
import { isEnding } from "./grid/footer.ts";
import { drawFrame, waitsForItems } from "./grid/frame.ts";
import { FrameSchedule } from "../terminal/frame_schedule.ts";
import { Keys } from "./grid/keys.ts";
import { LogViewer } from "./grid/log_viewer.ts";
import { PanelCache } from "./grid/panel_cache.ts";
import type { Panels } from "./grid/selection.ts";
import { PrintedLines } from "../terminal/sanitize.ts";
import { RESTORE, Screen } from "../terminal/screen.ts";
import { supportsTaskbar, Taskbar } from "./grid/taskbar.ts";
import {
  REPORTER_CHECKS,
  type ReporterOptions,
  type ResolvedReporterOptions,
  resolveReporterOptions,
} from "./options.ts";
import type { Keyboard } from "../terminal/keyboard.ts";
import type { Reporter, RunHandle } from "../model/reporter.ts";
import { StandardTerminal, StdoutTerminal, type Terminal } from "../terminal/terminal.ts";
import { asciiRow } from "../terminal/ascii.ts";
import { encodeRow, type Row } from "../terminal/style.ts";

/** Options of {@linkcode AnsiReporter}. */
export interface AnsiReporterOptions extends ReporterOptions {
  /**
   * The terminal to draw on.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Terminal;
  /**
   * The source of the keys that drain, pause and resize the run and change the view. If it is left out, keys do nothing.
   */
  keyboard?: Keyboard;
  /**
   * The directory in which the run keeps the output of each attempt: Enter shows its files in a pager. If it is left out,
   * Enter shows the last lines of the attempt. All workers together keep 8 Mi characters of them.
   */
  logDir?: string;
  /**
   * Whether to print each log line of the workers above the grid, where it stays in the scrollback.
   *
   * @default {false}
   */
  showLog?: boolean;
  /**
   * Returns the text in front of each log line above the grid.
   *
   * @default {the first item, in a job of `items`; otherwise `range 12`}
   */
  tag?: (worker: WorkerState) => string;
  /**
   * Whether the run is that of another process, as with `connect()`: the help on keys then says that Ctrl-C leaves it.
   *
   * @default {false}
   */
  isAttached?: boolean;
  /**
   * Whether to show progress in the tab of the terminal or in the task bar (OSC 9;4).
   *
   * @default {true for terminals known to support it}
   */
  taskbar?: boolean;
}

/** The time after a resize before the next frame: a frame amid a series of resizes may leave pieces behind. */
const RESIZED_MS = 100;

/**
 * Draws a run as a grid of worker panels while it runs, and prints a summary at its end. Restores the cursor however the
 * program ends, even by an uncaught error.
 *
 * If an output of the run writes to the terminal, its lines appear above the grid. If stdout is no terminal and the output
 * writes there, the grid is drawn on stderr, unless it was given a terminal.
 */
export class AnsiReporter implements Reporter {
  /** @ignore */
  readonly waitsForReader = true;
  readonly #options: ResolvedReporterOptions;
  readonly #hasTerminal: boolean;
  #terminal: Terminal;
  readonly #screen: Screen;
  readonly #schedule: FrameSchedule;
  readonly #keys: Keys;
  readonly #scrollback: Scrollback;
  readonly #taskbar: Taskbar;
  readonly #printed = { stdout: new PrintedLines(), stderr: new PrintedLines() };
  readonly #viewer: LogViewer;
  #drawn = new PanelCache();
  #state: RunState | undefined;
  #listeners: DisposableStack | undefined;
  #panels: Panels = { order: [], columns: 1 };
  /** Whether frames are drawn and keys are read. */
  #isDrawing = false;
  #isSuspended = false;
  /** Resolves when the pager that has the terminal is closed. */
  #paging: Promise<void> | undefined;
  /** The pending write. There is one at most, so that a terminal that accepts no output delays nothing else. */
  #writing: Promise<void> | undefined;
  /** Set when output is dropped; with an error if the terminal was closed. The run goes on. */
  #dropped: { readonly error?: unknown } | undefined;

  /**
   * Creates a reporter. It writes nothing before the run starts.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: AnsiReporterOptions = {}) {
    checkGiven(options, {
      ...REPORTER_CHECKS,
      terminal: withMethods("write", "writeSync", "size", "onResize"),
      keyboard: withMethods("onKey"),
      logDir: text(),
      showLog: boolean(),
      tag: functionCheck,
      isAttached: boolean(),
      taskbar: boolean(),
    });
    this.#options = resolveReporterOptions(options);
    this.#hasTerminal = options.terminal !== undefined;
    this.#terminal = options.terminal ?? new StdoutTerminal();
    this.#screen = new Screen(this.#options);
    this.#scrollback = new Scrollback({ showLog: options.showLog ?? false, tag: options.tag });
    this.#taskbar = new Taskbar({ isEnabled: options.taskbar ?? supportsTaskbar(readEnv) });
    this.#schedule = new FrameSchedule(this.#options.clock, () => this.#drawFrame());
    this.#keys = new Keys({
      keyboard: options.keyboard,
      isAttached: options.isAttached ?? false,
      isStuck: () => this.#writing !== undefined,
      state: () => this.#screen.isDrawn ? this.#state : undefined,
      panels: () => this.#panels,
      onChange: () => this.#schedule.request(),
      onOpen: (worker) => this.#showLog(worker),
    });
    this.#viewer = new LogViewer({ logDir: options.logDir });
  }

  /** @ignore */
  get stdout(): "frames" | undefined {
    return this.#hasTerminal ? undefined : "frames";
  }

  /** @ignore */
  get wantsUsage(): boolean {
    return true;
  }

  /** @ignore */
  control(run: RunHandle): void {
    this.#keys.attach(run);
  }

  /**
   * Lets bytes be printed above the grid if stdout is a terminal. Otherwise moves the grid to stderr, unless it was given a
   * terminal.
   *
   * @ignore
   */
  shareStdout(): ((bytes: Uint8Array) => Promise<void>) | undefined {
    if (Deno.stdout.isTerminal()) return (bytes) => this.print(bytes);
    if (!this.#hasTerminal) this.#terminal = new StandardTerminal(Deno.stderr);
    return undefined;
  }

  /**
   * Lets bytes be printed above the grid if stderr is a terminal, or the grid is on stderr.
   *
   * @ignore
   */
  shareStderr(): ((bytes: Uint8Array) => Promise<void>) | undefined {
    const isOnStderr = !this.#hasTerminal && !(this.#terminal instanceof StdoutTerminal);
    if (!isOnStderr && !Deno.stderr.isTerminal()) return undefined;
    return (bytes) => this.print(bytes, "stderr");
  }

  /** @ignore */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    this.#scrollback.addEvent(event, state);
    if (this.#keys.hasKeyboard) this.#viewer.addEvent(event, state.workers.length);
    if (event.kind === "run-started") this.#begin();
    if (event.kind === "run-continued") this.#isSuspended = false;
    if (isEnding(state)) this.#viewer.close();
    if (event.kind === "warning" && waitsForItems(state)) this.#printWarning();
    this.#takeTerminal();
    this.#schedule.request();
  }

  /**
   * Prints lines above the grid, where they stay in the scrollback. Meant for an output whose `write` you give. Control
   * sequences are removed. A line is printed when its end has come, so that lines of stdout and stderr do not mix. Resolves
   * when the lines are written; rejects if they cannot be written, as the terminal was closed.
   */
  async print(bytes: Uint8Array, stream: OutputStream = "stdout"): Promise<void> {
    await this.#idle();
    const rows = this.#printed[stream].add(bytes);
    if (this.#paging !== undefined) {
      if (!this.#scrollback.hold(rows, bytes.length)) await this.#paging;
      return;
    }
    if (rows.length > 0) {
      await this.#write(
        this.#state !== undefined && this.#screen.isDrawn
          ? this.#frame(this.#state, rows)
          : this.#encode([...this.#scrollback.takeHeld(), ...rows]),
      );
    }
    if (bytes.length > 0 && this.#dropped?.error !== undefined) throw this.#dropped.error;
  }

  /**
   * Erases the frame and shows the cursor.
   *
   * @ignore
   */
  async suspend(): Promise<void> {
    this.#isSuspended = true;
    this.#viewer.close();
    await this.#paging;
    await this.#leaveTerminal();
  }

  /**
   * Waits for a pager that shows a log, unless the run was stopped.
   *
   * @ignore
   */
  async close(): Promise<void> {
    await this.#paging;
    await this.#keys.stop();
    await this.#idle();
    if (this.#state !== undefined) {
      const size = this.#terminal.size();
      const width = Math.max(20, size.columns - 1);
      const closing = drawSummary(this.#state, { ...this.#options, width });
      const text = this.#encode([
        ...this.#scrollback.takeHeld(),
        ...this.#printed.stdout.end(),
        ...this.#printed.stderr.end(),
        ...this.#scrollback.takeRows(),
        ...(closing.length > 1 ? [[]] : []),
        ...closing,
      ]);
      await this.#write(this.#screen.clear(size) + this.#taskbar.clear() + text);
    }
    this.#end();
    const error = this.#dropped?.error;
    // A reader that is gone has seen enough.
    if (error !== undefined && !(error instanceof Deno.errors.BrokenPipe)) throw error;
  }

  /**
   * Does not wait for a terminal that takes nothing.
   *
   * @ignore
   */
  abandon(): void {
    this.#abandon((text) => void this.#terminal.write(text).catch(() => {}));
  }

  #abandon(write: (text: string) => void): void {
    this.#viewer.close();
    this.#keys.abandon();
    this.#end();
    this.#dropped ??= {};
    const restore = () => write(RESTORE + this.#taskbar.clear());
    if (this.#writing === undefined) restore();
    else this.#writing.then(restore);
  }

  /** Stops drawing, and listening to keys and signals. */
  #end(): void {
    this.#isDrawing = false;
    this.#schedule.stop();
    this.#keys.stop();
    this.#listeners?.dispose();
    this.#listeners = undefined;
  }

  #begin(): void {
    this.#drawn = new PanelCache();
    const stack = this.#listeners = new DisposableStack();
    stack.use(this.#terminal.onResize(() => this.#schedule.postpone(RESIZED_MS)));
    const abandon = (event: Event) => {
      // The program may have handled the error. If not, it ends before anything asynchronous is done.
      if (!event.defaultPrevented) this.#abandon((text) => this.#terminal.writeSync(text));
    };
    for (const type of ["error", "unhandledrejection", "unload"]) {
      addEventListener(type, abandon);
      stack.defer(() => removeEventListener(type, abandon));
    }
    this.#keys.reset();
  }

  /** Begins to draw and to read keys, unless the terminal belongs to somebody else at the moment. */
  #takeTerminal(): void {
    const state = this.#state;
    if (this.#isDrawing || this.#listeners === undefined || state === undefined) return;
    if (this.#isSuspended || this.#paging !== undefined || waitsForItems(state)) return;
    this.#isDrawing = true;
    // What is typed before the first frame has no effect, and what is typed after it has.
    const areKeysRead = this.#keys.start();
    if (areKeysRead === undefined) return this.#schedule.start();
    const since = this.#options.clock.now();
    areKeysRead.then(() => this.#isDrawing && this.#schedule.start(since));
  }

  /** Erases the frame, and leaves the terminal as it was. */
  async #leaveTerminal(): Promise<void> {
    this.#isDrawing = false;
    this.#schedule.stop();
    await this.#keys.stop();
    await this.#idle();
    await this.#write(this.#screen.clear(this.#terminal.size()) + this.#taskbar.clear());
  }

  /** Shows the log of a worker in a pager, which has the terminal until it is closed. The run goes on. */
  #showLog(worker: WorkerState): void {
    this.#paging ??= this.#page(worker).finally(() => {
      this.#paging = undefined;
      this.#takeTerminal();
    });
  }

  async #page(worker: WorkerState): Promise<void> {
    await this.#leaveTerminal();
    if (this.#isSuspended || this.#dropped !== undefined || isEnding(this.#state!)) return;
    const problem = await this.#viewer.show(worker).catch(errorMessage);
    if (problem !== undefined) this.#keys.notify(problem);
  }

  /** Prints warnings before the first frame. */
  async #printWarning(): Promise<void> {
    await this.#idle();
    await this.#write(this.#encode(this.#scrollback.takeRows()));
  }

  #drawFrame(): void {
    if (this.#state === undefined || this.#writing !== undefined || this.#dropped !== undefined) {
      return;
    }
    const text = this.#frame(this.#state) + this.#taskbar.update(this.#state);
    this.#schedule.drawn(new TextEncoder().encode(text).length);
    this.#write(text);
  }

  #encode(rows: readonly Row[]): string {
    const { color } = this.#options;
    return rows.map((row) => `${encodeRow(this.#fit(row), color)}\r\n`).join("");
  }

  /** Returns the bytes that draw a frame and the lines that are due above it. */
  #frame(state: RunState, printed: readonly Row[] = []): string {
    const size = this.#terminal.size();
    const { rows, panels } = drawFrame(state, {
      title: this.#options.title,
      width: Math.max(1, size.columns - 1),
      height: size.rows - 1,
      now: this.#options.clock.now(),
      view: this.#keys.view,
      hasKeys: this.#keys.hasKeyboard,
      cache: this.#drawn,
    });
    this.#panels = panels;
    const above = [...this.#scrollback.takeHeld(), ...printed, ...this.#scrollback.takeRows()]
      .map((row) => this.#fit(row));
    return this.#screen.draw(rows.map((row) => this.#fit(row)), size, above);
  }

  #fit(row: Row): Row {
    return this.#options.ascii ? asciiRow(row) : row;
  }

  /** Resolves when no write is pending. */
  async #idle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(text: string): Promise<void> {
    if (text === "" || this.#dropped !== undefined) return;
    this.#writing = this.#terminal.write(text).catch((error) => void (this.#dropped = { error }));
    await this.#writing;
    this.#writing = undefined;
  }
}

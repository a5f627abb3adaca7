/**
 * The live grid.
 *
 * @module
 */
import type { RunControls } from "../controls.ts";
import { readEnv } from "../env.ts";
import type { RunEvent } from "../events.ts";
import { currentWork, type RunState } from "../state.ts";
import { drawClosing } from "./closing.ts";
import { Above } from "./grid/above.ts";
import { drawFrame } from "./grid/frame.ts";
import { FrameSchedule } from "./grid/frame_schedule.ts";
import { Keys } from "./grid/keys.ts";
import { RESTORE, Screen } from "./grid/screen.ts";
import { hasTaskbar, Taskbar } from "./grid/taskbar.ts";
import { Throughput } from "./grid/throughput.ts";
import {
  type ReporterOptions,
  type ResolvedReporterOptions,
  resolveReporterOptions,
} from "./options.ts";
import type { Keyboard } from "./keyboard.ts";
import type { Reporter } from "./reporter.ts";
import { StdoutTerminal, type Terminal } from "./terminal.ts";
import { asciiRow } from "./text/ascii.ts";
import { encodeRow, type Row } from "./text/style.ts";

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
  readonly #above: Above;
  readonly #taskbar: Taskbar;
  #throughput = new Throughput();
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
    this.#above = new Above({ showLog: options.showLog ?? false });
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
  control(controls: RunControls): void {
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

  /** See {@linkcode Reporter.suspend}: takes the frame away, and gives the cursor back. */
  async suspend(): Promise<void> {
    this.#schedule.stop();
    this.#keys.stop();
    await this.#writing;
    await this.#write(this.#screen.clear(this.#terminal.size()) + this.#taskbar.clear());
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    this.#keys.stop();
    await this.#writing;
    if (this.#state !== undefined) {
      const size = this.#terminal.size();
      const closing = drawClosing(this.#state, {
        title: this.#options.title,
        width: Math.max(20, size.columns - 1),
      });
      const rows = [...this.#above.rows(), ...closing].map((row) => this.#fit(row));
      const text = rows.map((row) => `${encodeRow(row, this.#options.color)}\r\n`).join("");
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
    this.#throughput = new Throughput();
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
    this.#write(this.#frame(this.#state) + this.#taskbar.update(this.#state));
  }

  #frame(state: RunState): string {
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
    const above = this.#above.rows().map((row) => this.#fit(row));
    return this.#screen.draw(rows.map((row) => this.#fit(row)), size, above);
  }

  #fit(row: Row): Row {
    return this.#options.ascii ? asciiRow(row) : row;
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

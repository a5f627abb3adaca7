/**
 * The live grid.
 *
 * @module
 */
import type { RunEvent } from "../events.ts";
import { currentItems, type RunState } from "../state.ts";
import { drawClosing } from "./closing.ts";
import { drawFrame } from "./grid/frame.ts";
import { RESTORE, Screen } from "./grid/screen.ts";
import { Throughput } from "./grid/throughput.ts";
import {
  type ReporterOptions,
  type ResolvedReporterOptions,
  resolveReporterOptions,
} from "./options.ts";
import type { Reporter } from "./reporter.ts";
import { StdoutTerminal, type Terminal } from "./terminal.ts";
import { encodeRow } from "./text/style.ts";

/** How a grid looks, and where. */
export interface AnsiReporterOptions extends ReporterOptions {
  /**
   * Where to draw.
   *
   * @default {new StdoutTerminal()}
   */
  terminal?: Terminal;
}

/** Time from the start to the first frame: a run that is over by then shows its end alone. */
const FIRST_FRAME_MS = 200;
/** No frame can be due before that. */
const NO_MORE_FRAMES = -Infinity;
/** Time between two frames: ten a second at most. */
const FRAME_MS = 100;
/** Without events, the clocks on the screen go on. */
const IDLE_FRAME_MS = 1_000;

/**
 * Draws a run as a grid of worker panels, in place, as long as it goes on; then leaves a summary. The cursor is restored
 * on every way out, an uncaught error included.
 */
export class AnsiReporter implements Reporter {
  readonly #options: ResolvedReporterOptions;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  #throughput = new Throughput();
  #state: RunState | undefined;
  #nextFrame: Disposable | undefined;
  #nextFrameAt = Infinity;
  /** Before this, no frame is drawn. */
  #earliest = 0;
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
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent, state: RunState): void {
    this.#state = state;
    if (event.kind === "run-started") this.#begin();
    else if (event.kind === "run-continued") this.#continue();
    else if (this.#listeners !== undefined) this.#schedule(0);
  }

  /** See {@linkcode Reporter.suspend}: takes the frame away, and gives the cursor back. */
  async suspend(): Promise<void> {
    this.#nextFrame?.[Symbol.dispose]();
    this.#nextFrameAt = NO_MORE_FRAMES;
    await this.#writing;
    await this.#write(this.#screen.clear(this.#terminal.size()));
  }

  /** See {@linkcode Reporter.close}. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#state !== undefined) {
      const size = this.#terminal.size();
      const rows = drawClosing(this.#state, {
        title: this.#options.title,
        width: Math.max(20, size.columns - 1),
      });
      const text = rows.map((row) => `${encodeRow(row, this.#options.color)}\r\n`).join(
        "",
      );
      await this.#write(this.#screen.clear(size) + text);
    }
    this.#end();
  }

  /** See {@linkcode Reporter.abandon}. */
  abandon(): void {
    this.#end();
    this.#isSilent = true;
    // A terminal that has not taken the last frame would hold this up, and with it the end of the process.
    if (this.#writing === undefined) this.#terminal.writeSync(RESTORE);
  }

  /** Draws no more frames. */
  #end(): void {
    this.#nextFrame?.[Symbol.dispose]();
    this.#nextFrameAt = NO_MORE_FRAMES;
    this.#listeners?.dispose();
    this.#listeners = undefined;
  }

  #continue(): void {
    if (this.#listeners === undefined) return;
    this.#nextFrameAt = Infinity;
    this.#schedule(0);
  }

  #begin(): void {
    this.#nextFrameAt = Infinity;
    this.#throughput = new Throughput();
    const stack = this.#listeners = new DisposableStack();
    stack.use(this.#terminal.onResize(() => this.#schedule(0)));
    const abandon = (event: Event) => {
      // The program may have taken care of it.
      if (!event.defaultPrevented) this.abandon();
    };
    for (const type of ["error", "unhandledrejection", "unload"]) {
      addEventListener(type, abandon);
      stack.defer(() => removeEventListener(type, abandon));
    }
    this.#earliest = this.#options.clock.now() + FIRST_FRAME_MS;
    this.#schedule(0);
  }

  /** Sees to it that a frame is drawn after `delay` at the latest, but no more often than frames may be. */
  #schedule(delay: number): void {
    const now = this.#options.clock.now();
    const at = Math.max(now + delay, this.#earliest);
    if (at >= this.#nextFrameAt) return;
    this.#nextFrame?.[Symbol.dispose]();
    this.#nextFrameAt = at;
    this.#nextFrame = this.#options.clock.after(at - now, () => this.#drawFrame());
  }

  #drawFrame(): void {
    this.#nextFrameAt = Infinity;
    this.#earliest = this.#options.clock.now() + FRAME_MS;
    if (this.#state !== undefined && this.#writing === undefined && !this.#isSilent) {
      const size = this.#terminal.size();
      const now = this.#options.clock.now();
      const rows = drawFrame(this.#state, {
        title: this.#options.title,
        width: Math.max(1, size.columns - 1),
        height: size.rows - 1,
        now,
        rate: this.#throughput.sample(now, currentItems(this.#state)),
      });
      this.#write(this.#screen.draw(rows, size));
    }
    this.#schedule(IDLE_FRAME_MS);
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

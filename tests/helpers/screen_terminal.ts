import type { Terminal } from "@lambdawaker/executor/reporters";
import unicode11 from "npm:@xterm/addon-unicode11@0.8.0";
import xterm from "npm:@xterm/headless@5.5.0";

/** Terminal of the xterm emulator, for reporters. */
export class ScreenTerminal implements Terminal, Disposable {
  /** Everything that was written. */
  written = "";
  readonly #emulator;
  readonly #onResize = new Set<() => void>();

  constructor(columns: number, rows: number) {
    this.#emulator = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: 5000,
      allowProposedApi: true,
    });
    // The default width table has no emoji.
    this.#emulator.loadAddon(new unicode11.Unicode11Addon());
    this.#emulator.unicode.activeVersion = "11";
  }

  size(): { columns: number; rows: number } {
    return { columns: this.#emulator.cols, rows: this.#emulator.rows };
  }

  async write(text: string): Promise<void> {
    this.written += text;
    await new Promise<void>((resolve) => this.#emulator.write(text, resolve));
  }

  writeSync(text: string): void {
    this.written += text;
    this.#emulator.write(text);
  }

  onResize(callback: () => void): Disposable {
    this.#onResize.add(callback);
    return { [Symbol.dispose]: () => this.#onResize.delete(callback) };
  }

  resize(columns: number, rows: number): void {
    this.#emulator.resize(columns, rows);
    for (const callback of this.#onResize) callback();
  }

  /** Returns the rows from the top of the scrollback to the last one that is not empty. */
  lines(): string[] {
    const { buffer: { active } } = this.#emulator;
    const lines = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? "",
    );
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** Returns the text and colours of each cell, without blanks at the end of rows and screen. */
  cells(): string[][] {
    const { buffer: { active } } = this.#emulator;
    const rows = Array.from({ length: active.length }, (_, row) => {
      const line = active.getLine(row);
      const cells = Array.from({ length: this.#emulator.cols }, (_, column) => {
        const cell = line?.getCell(column);
        const text = cell?.getChars() || (cell?.getWidth() === 0 ? "" : " ");
        // The text colour of a space is invisible.
        return text === " "
          ? text
          : `${text} ${cell?.getFgColor()} ${cell?.isBold()} ${cell?.isDim()}`;
      });
      return cells.slice(0, cells.findLastIndex((cell) => cell !== " ") + 1);
    });
    return rows.slice(0, rows.findLastIndex((row) => row.length > 0) + 1);
  }

  /** Returns the position of the cursor, its row counted from the top of the scrollback. */
  cursor(): { row: number; column: number } {
    const { baseY, cursorY, cursorX } = this.#emulator.buffer.active;
    return { row: baseY + cursorY, column: cursorX };
  }

  /** Returns modes that a program can change. */
  async modes(): Promise<{ alternate: boolean; cursorHidden: boolean }> {
    await new Promise<void>((resolve) => this.#emulator.write("", resolve));
    // deno-lint-ignore no-explicit-any -- the emulator has no API for this
    const core = (this.#emulator as any)._core;
    return {
      alternate: this.#emulator.buffer.active.type === "alternate",
      cursorHidden: core.coreService.isCursorHidden,
    };
  }

  onTitleChange(callback: (title: string) => void): void {
    this.#emulator.onTitleChange(callback);
  }

  /** Calls back for commands that do more than show text: clipboard, links, images, answers. */
  onCommand(callback: (command: string) => void): void {
    const { parser } = this.#emulator;
    for (const id of [8, 52]) parser.registerOscHandler(id, (data) => (callback(data), true));
    parser.registerDcsHandler({ final: "q" }, (data) => (callback(data), true));
    this.#emulator.onData(callback);
  }

  [Symbol.dispose](): void {
    this.#emulator.dispose();
  }
}

import { isAlive, until } from "./processes.ts";

/** Shell in a tmux session. */
export class Tmux implements AsyncDisposable {
  readonly #socket = `executor-test-${crypto.randomUUID()}`;

  async start(columns: number, rows: number): Promise<void> {
    await this.#tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-x",
      `${columns}`,
      "-y",
      `${rows}`,
      "env",
      "-u",
      "CI",
      "PS1=$ ",
      "TERM=screen-256color",
      "XDG_STATE_HOME=/dev/null",
      "sh",
    );
    await this.#tmux("set-option", "-g", "window-size", "manual");
    await until(async () => (await this.screen()).startsWith("$"), "the shell prompts");
  }

  async type(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** Returns the text of the screen. */
  async screen(): Promise<string> {
    return await this.#tmux("capture-pane", "-p");
  }

  /** Returns the text of the screen and of the scrollback. */
  async history(): Promise<string> {
    return await this.#tmux("capture-pane", "-p", "-S", "-");
  }

  async shows(text: string | RegExp): Promise<void> {
    const isThere = async () => {
      const screen = await this.screen();
      return typeof text === "string" ? screen.includes(text) : text.test(screen);
    };
    await until(isThere, `the screen shows ${text}`).catch(async (error) => {
      throw new Error(`${error.message}:\n${await this.screen()}`);
    });
  }

  /** Waits until the shell has the terminal as it was in the beginning: its modes, and the key of Ctrl-Z. */
  async modeIsRestored(): Promise<void> {
    // Until the shell prompts, the program may read what is typed.
    await this.shows(/\$\s*$/);
    const words = "-e '-*icanon' -e '-*echo' -e 'min = .' -e 'susp = ..'";
    await this.type(`clear; stty -a | tr ';' '\\n' | grep -wo ${words} | xargs`, "Enter");
    await this.shows(/^susp = \^Z (min = 1 )?icanon echo$/m);
  }

  async cursorIsVisible(): Promise<boolean> {
    return (await this.#tmux("display-message", "-p", "#{cursor_flag}")).trim() === "1";
  }

  /** Kills the terminal, as `kill -9` of a terminal emulator does: what runs in it gets SIGHUP. */
  async kill(): Promise<void> {
    const pid = Number(await this.#tmux("display-message", "-p", "#{pid}"));
    Deno.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid), "the terminal is gone");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...args: string[]): Promise<string> {
    const { stdout } = await new Deno.Command("tmux", { args: ["-L", this.#socket, ...args] })
      .output();
    return new TextDecoder().decode(stdout);
  }
}

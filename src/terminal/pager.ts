/**
 * Pager: a program that shows a file on the terminal, page by page.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { errorMessage } from "../base/errors.ts";
import { findProgram } from "../base/programs.ts";
import { TTY_PATH } from "./tty.ts";

/** The pager if `PAGER` is not set. */
const DEFAULT_PAGER = "less -R";
/** How long the pager may take to end when it is asked to, in milliseconds. */
const END_MS = 1_000;

/**
 * Runs the pager $1 with the file $2 as a job of its own, in the foreground of the terminal: Ctrl-C reaches the pager and nothing
 * else. The shells around the pager outlive it, as one of them gives the terminal back. Ctrl-Z would stop the pager alone, so it
 * is switched off meanwhile. Prints the process group of the pager.
 */
const SCRIPT = `exec <${TTY_PATH} 2>${TTY_PATH} || exit 126
saved=$(stty -g) && stty susp undef
trap : INT QUIT
set -m
sh -c 'trap : INT QUIT TERM; echo $$; exec >${TTY_PATH} 2>&1; eval "$1 \\"\\$2\\""' sh "$1" "$2"
code=$?
set +m
stty "$saved"
exit $code`;

/** A pager that has the terminal. */
export interface Pager {
  /** Resolves at its end: to undefined, or to a sentence if it showed nothing. The terminal is as it was before then. */
  readonly closed: Promise<string | undefined>;
  /** Ends it. */
  close(): void;
}

/**
 * Shows a file in `$PAGER`, by default `less -R`. The caller must neither write to the terminal nor read from it until the pager
 * is closed.
 */
export function openPager(path: string): Pager {
  const pager = readEnv("PAGER")?.trim() || DEFAULT_PAGER;
  const [, program] = /^([\w./+-]+)(?:\s|$)/.exec(pager) ?? [];
  if (program !== undefined && findProgram(program).kind === "not-found") {
    return failed(`the pager ${program} was not found: set PAGER to another one`);
  }
  if (Deno.permissions.querySync({ name: "run", command: "sh" }).state !== "granted") {
    return failed("no pager can be started, as sh may not be run");
  }
  // A name that begins with a dash or a plus sign is an option of less.
  const file = path.startsWith("/") ? path : `./${path}`;
  try {
    const child = new Deno.Command("sh", {
      args: ["-c", SCRIPT, "sh", pager, file],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    return new RunningPager(child, pager);
  } catch (error) {
    return failed(`no pager can be started: ${errorMessage(error)}`);
  }
}

function failed(problem: string): Pager {
  return { closed: Promise.resolve(problem), close() {} };
}

class RunningPager implements Pager {
  readonly closed: Promise<string | undefined>;
  readonly #name: string;
  #group: number | undefined;
  #isClosing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(child: Deno.ChildProcess, name: string) {
    this.#name = name;
    this.closed = this.#watch(child);
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#end();
  }

  async #watch(child: Deno.ChildProcess): Promise<string | undefined> {
    let printed = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      printed += text;
      if (this.#group !== undefined || !printed.includes("\n")) continue;
      this.#group = Number.parseInt(printed);
      if (this.#isClosing) this.#end();
    }
    const { code } = await child.status;
    clearTimeout(this.#timer);
    if (this.#group === undefined) return "no pager can be started, as there is no terminal for it";
    if (!this.#isClosing && isHungUp()) passOnHangup();
    if (this.#isClosing || code === 0 || code > 128) return undefined;
    return `the pager ${this.#name} ended with exit code ${code}: PAGER names another one`;
  }

  #end(): void {
    this.#kill("SIGTERM");
    this.#timer ??= setTimeout(() => this.#kill("SIGKILL"), END_MS);
  }

  #kill(signal: Deno.Signal): void {
    try {
      if (this.#group !== undefined) Deno.kill(-this.#group, signal);
    } catch {
      // It has ended.
    }
  }
}

/** Returns whether the terminal was closed: it controls no process then. Returns false if that cannot be seen. */
function isHungUp(): boolean {
  const { state } = Deno.permissions.querySync({ name: "read", path: TTY_PATH });
  if (state !== "granted") return false;
  try {
    Deno.openSync(TTY_PATH, { read: true }).close();
    return false;
  } catch {
    return true;
  }
}

/** A terminal that is closed sends SIGHUP to its foreground. That was the pager, but the signal is meant for this process, too. */
function passOnHangup(): void {
  Deno.kill(Deno.pid, "SIGHUP");
}

/**
 * Raw mode of the terminal: keys arrive one by one, without an echo. Leaving it never blocks.
 *
 * @module
 */
import { systemClock, withTimeout } from "../base/clock.ts";
import { type Tty, TTY_PATH } from "./tty.ts";

/** Time that leaving raw mode may take, in milliseconds. A terminal that takes no output may take longer, and is left alone. */
const LEAVE_MS = 1_000;

/** Settings of the terminal as stty(1) prints them. */
const SETTINGS = /^[0-9a-zA-Z:=;_-]+$/;

/** Ctrl-C and Ctrl-Z still send signals. A read returns at once, with nothing if no key was pressed. */
const RAW = ["-icanon", "-echo", "min", "0", "time", "0"];

/**
 * Applies settings. The stty of GNU waits for the output of the terminal unless it is told not to, and others do not know the
 * word for that.
 */
const SET_SCRIPT = 'stty -drain "$@" 2>/dev/null || stty "$@"';

/** A terminal in raw mode, or on its way there. */
export interface RawMode extends Disposable {
  /** Resolves to whether the terminal is in raw mode. It is not if stty(1) cannot be run. */
  readonly entered: Promise<boolean>;
  /**
   * Leaves raw mode after `pending` has settled, such as the last read; does nothing the second time. Resolves when it was left,
   * or that takes too long.
   */
  leave(pending?: Promise<void>): Promise<void>;
  /** Leaves raw mode at once, as the process is about to exit. */
  [Symbol.dispose](): void;
}

/**
 * Sets a terminal to raw mode. Reads from it then return at once, so that none of them is pending when the terminal is wanted
 * for something else, such as a pager, or when the process is in the background, where the system would stop it.
 *
 * `Deno.stdin.setRaw(false)` waits in the kernel until nobody writes to the terminal, and the process cannot be ended
 * meanwhile. So another process changes the settings: stty(1). `isStuck` returns whether a write hangs.
 */
export function enterRawMode(
  tty: Pick<Tty, "isStdin">,
  { isStuck = () => false }: { isStuck?: () => boolean } = {},
): RawMode {
  let isOver = false;
  let left: Promise<void> | undefined;
  let settings: string | undefined;
  const enter = async () => {
    const saved = await readSettings(tty);
    if (saved === undefined || isOver) return false;
    settings = saved;
    return (await shell(SET_SCRIPT, tty, RAW)).success;
  };
  const entered = enter();
  const leave = async (pending?: Promise<void>) => {
    await entered;
    await pending;
    if (settings !== undefined) await shell(SET_SCRIPT, tty, [settings]);
  };
  return {
    entered,
    leave: (pending) => {
      isOver = true;
      return left ??= inTime(leave(pending));
    },
    [Symbol.dispose]: () => {
      isOver = true;
      if (left !== undefined || settings === undefined) return;
      left = Promise.resolve();
      restoreNow(settings, { tty, mayWait: !isStuck() });
    },
  };
}

/** Reads the settings of the terminal; undefined if stty cannot be run. */
async function readSettings(tty: Pick<Tty, "isStdin">): Promise<string | undefined> {
  const { success, stdout } = await shell("stty -g", tty);
  const settings = success ? new TextDecoder().decode(stdout).trim() : "";
  return SETTINGS.test(settings) ? settings : undefined;
}

/** Restores settings; waits for that, so that a shell cannot be faster, unless the terminal takes no output. */
function restoreNow(
  settings: string,
  { tty, mayWait }: { tty: Pick<Tty, "isStdin">; mayWait: boolean },
): void {
  try {
    const command = shellCommand(SET_SCRIPT, tty, [settings]);
    if (mayWait) command?.outputSync();
    else command?.spawn();
  } catch {
    // The terminal was closed.
  }
}

/** Runs a script with the terminal on its stdin, if that is allowed. Never rejects. */
async function shell(
  script: string,
  tty: Pick<Tty, "isStdin">,
  args: readonly string[] = [],
): Promise<{ success: boolean; stdout?: Uint8Array<ArrayBuffer> }> {
  try {
    return await shellCommand(script, tty, args)?.output() ?? { success: false };
  } catch {
    return { success: false };
  }
}

function shellCommand(
  script: string,
  { isStdin }: Pick<Tty, "isStdin">,
  args: readonly string[],
): Deno.Command | undefined {
  const { state } = Deno.permissions.querySync({ name: "run", command: "sh" });
  if (state !== "granted") return undefined;
  return new Deno.Command("sh", {
    args: ["-c", isStdin ? script : `exec <${TTY_PATH}; ${script}`, "sh", ...args],
    stdin: isStdin ? "inherit" : "null",
    stderr: "null",
  });
}

async function inTime(left: Promise<void>): Promise<void> {
  await withTimeout(left, { ms: LEAVE_MS, clock: systemClock });
}

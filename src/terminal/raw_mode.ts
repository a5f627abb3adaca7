/**
 * Raw mode of the terminal on stdin: keys arrive one by one, without an echo. Leaving it never blocks.
 *
 * @module
 */
import { systemClock, withTimeout } from "../base/clock.ts";

/** Time that leaving raw mode may take, in milliseconds. A terminal that takes no output may take longer, and is left alone. */
const LEAVE_MS = 1_000;

/** Settings of the terminal as stty(1) prints them. */
const SETTINGS = /^[0-9a-zA-Z:=;_-]+$/;

/**
 * Sets the settings $1. Those of GNU wait for the output of the terminal unless they are told not to, and others do not know
 * the word for that.
 */
const RESTORE_SCRIPT = 'stty -drain "$1" 2>/dev/null || stty "$1"';

/** A terminal in raw mode, or on its way there. */
export interface RawMode extends Disposable {
  /** Begins to leave raw mode; does nothing the second time. Resolves when it was left, or that takes too long. */
  leave(): Promise<void>;
}

/**
 * Sets the terminal on stdin to raw mode; Ctrl-C and Ctrl-Z still send signals.
 *
 * `setRaw(false)` waits in the kernel until nobody writes to the terminal, and the process cannot be ended meanwhile. So another
 * process restores the settings: stty(1), if it may be run. If not, `setRaw(false)` does, unless `isStuck` tells that a write
 * hangs; in that case Deno restores the settings if the process ends by `Deno.exit`.
 */
export function enterRawMode({ isStuck = () => false }: { isStuck?: () => boolean } = {}): RawMode {
  let isOver = false;
  let left: Promise<void> | undefined;
  const saved = readSettings().then((settings) => {
    if (!isOver) Deno.stdin.setRaw(true, { cbreak: true });
    return settings;
  });
  saved.catch(() => {});
  const leave = async () => {
    const settings = await saved;
    if (settings !== undefined && await restore(settings)) return;
    if (!isStuck()) Deno.stdin.setRaw(false);
  };
  const leaveOnce = () => {
    isOver = true;
    // The terminal may have been closed.
    return left ??= inTime(leave().catch(() => {}));
  };
  return { leave: leaveOnce, [Symbol.dispose]: () => void leaveOnce() };
}

/** Reads the settings of the terminal; undefined if stty cannot be run. */
async function readSettings(): Promise<string | undefined> {
  const { success, stdout } = await shell("stty -g", { stdout: "piped" });
  const settings = success ? new TextDecoder().decode(stdout).trim() : "";
  return SETTINGS.test(settings) ? settings : undefined;
}

/** Restores settings; returns whether that succeeded. */
async function restore(settings: string): Promise<boolean> {
  return (await shell(RESTORE_SCRIPT, { args: [settings] })).success;
}

/** Runs a script with the terminal on its stdin, if that is allowed. Never rejects. */
async function shell(
  script: string,
  { args = [], stdout = "null" }: { args?: readonly string[]; stdout?: "piped" | "null" },
): Promise<{ success: boolean; stdout?: Uint8Array<ArrayBuffer> }> {
  const failed = { success: false };
  if (Deno.build.os === "windows") return failed;
  const { state } = Deno.permissions.querySync({ name: "run", command: "sh" });
  if (state !== "granted") return failed;
  try {
    const command = new Deno.Command("sh", {
      args: ["-c", script, "sh", ...args],
      stdin: "inherit",
      stdout,
      stderr: "null",
    });
    const output = await command.output();
    const { success } = output;
    return stdout === "piped" ? { success, stdout: output.stdout } : { success };
  } catch {
    return failed;
  }
}

async function inTime(left: Promise<void>): Promise<void> {
  await withTimeout(left, { ms: LEAVE_MS, clock: systemClock });
}

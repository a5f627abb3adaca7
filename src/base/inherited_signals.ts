/**
 * Signals that this process was started to ignore: they stay ignored, except SIGCHLD.
 *
 * @module
 */

/** The signals that matter here, with their numbers on Linux. */
const NUMBERS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGTSTP: 20,
} as const;
type InheritedSignal = keyof typeof NUMBERS;

/** The signals that were ignored at the start, read before Deno changes any of them; undefined if nobody may know. */
const IGNORED: ReadonlySet<string> | undefined = readIgnored();

/** Signals that Deno handles from the first listener on, whatever it listens to. */
const CHANGED_BY_DENO = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

let hasKept = false;
let hasRestored = false;

/** Returns whether this process was started to ignore a signal, as nohup does with SIGHUP; false if that is unknown. */
export function wasIgnored(signal: Deno.Signal): boolean {
  return IGNORED?.has(signal) ?? false;
}

/**
 * Keeps the signals ignored that were ignored at the start. Call it before the first signal listener is added: that listener
 * makes Deno end the process by SIGHUP, SIGINT and SIGTERM, even if they were ignored.
 */
export function keepIgnoredSignals(): void {
  if (hasKept || Deno.build.os === "windows") return;
  hasKept = true;
  for (const signal of CHANGED_BY_DENO) {
    if (wasIgnored(signal)) Deno.addSignalListener(signal, ignore);
  }
}

/**
 * Ends the ignoring of SIGCHLD. A process that ignores it never learns how its children ended, and Linux and macOS hand this on
 * to a program that is started. Call it before the first child is started.
 */
export function restoreChildSignal(): void {
  if (hasRestored || Deno.build.os === "windows") return;
  hasRestored = true;
  if (IGNORED?.has("SIGCHLD") === false) return;
  keepIgnoredSignals();
  // Deno's handler stays when its listener goes, so that the ends of children cost nothing.
  Deno.addSignalListener("SIGCHLD", ignore);
  Deno.removeSignalListener("SIGCHLD", ignore);
}

function ignore(): void {}

/** Reads which signals are ignored. Only Linux reports that, and only with all permissions. */
function readIgnored(): ReadonlySet<string> | undefined {
  const path = "/proc/self/status";
  if (Deno.build.os !== "linux") return undefined;
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return undefined;
  try {
    const [, hex] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync(path)) ?? [];
    if (hex === undefined) return undefined;
    const mask = BigInt(`0x${hex}`);
    const signals = Object.keys(NUMBERS) as InheritedSignal[];
    return new Set(signals.filter((signal) => mask >> BigInt(NUMBERS[signal] - 1) & 1n));
  } catch {
    return undefined;
  }
}

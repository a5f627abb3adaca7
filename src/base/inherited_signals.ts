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
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGTSTP: 20,
  SIGXCPU: 24,
} as const;
type InheritedSignal = keyof typeof NUMBERS;

/** What /proc says of the start, read before Deno changes anything; undefined if it may not be read. */
const AT_START: ReadonlySet<string> | undefined = readProcStatus();
let ignored: { readonly signals: ReadonlySet<string> | undefined } | undefined;

/** Signals that Deno handles from the first listener on, whatever it listens to. */
const CHANGED_BY_DENO = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

let hasKept = false;
let hasRestored = false;

/** Returns whether this process was started to ignore a signal, as nohup does with SIGHUP; false if that is unknown. */
export function wasIgnored(signal: Deno.Signal): boolean {
  return ignoredSignals()?.has(signal) ?? false;
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
  if (ignoredSignals()?.has("SIGCHLD") === false) return;
  keepIgnoredSignals();
  // Deno's handler stays when its listener goes, so that the ends of children cost nothing.
  Deno.addSignalListener("SIGCHLD", ignore);
  Deno.removeSignalListener("SIGCHLD", ignore);
}

function ignore(): void {}

/** Returns the signals that were ignored at the start, as far as that can be known; undefined if it is unknown. */
function ignoredSignals(): ReadonlySet<string> | undefined {
  ignored ??= { signals: AT_START ?? askPs() };
  return ignored.signals;
}

/** Only Linux has this file, and Deno demands all permissions for it. */
function readProcStatus(): ReadonlySet<string> | undefined {
  const path = "/proc/self/status";
  if (Deno.build.os !== "linux") return undefined;
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return undefined;
  try {
    return parseMask(/^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync(path))?.[1]);
  } catch {
    return undefined;
  }
}

/** Asks ps(1) of Linux, which may read what Deno may not. */
function askPs(): ReadonlySet<string> | undefined {
  if (Deno.build.os !== "linux") return undefined;
  if (Deno.permissions.querySync({ name: "run", command: "ps" }).state !== "granted") {
    return undefined;
  }
  try {
    const args = ["-o", "ignored=", "-p", `${Deno.pid}`];
    const options = { args, stdin: "null", stderr: "null" } as const;
    const { stdout } = new Deno.Command("ps", options).outputSync();
    return parseMask(/^\s*([0-9a-f]{8,})\s*$/.exec(new TextDecoder().decode(stdout))?.[1]);
  } catch {
    // There is no ps, or its end is unknown because SIGCHLD is ignored.
    return undefined;
  }
}

function parseMask(hex: string | undefined): ReadonlySet<string> | undefined {
  if (hex === undefined) return undefined;
  const mask = BigInt(`0x${hex}`);
  const signals = Object.keys(NUMBERS) as InheritedSignal[];
  return new Set(signals.filter((signal) => mask >> BigInt(NUMBERS[signal] - 1) & 1n));
}

/**
 * Notification of a person that a run has ended: on the desktop if there is one, else by the terminal.
 *
 * @module
 */
import { onAbort } from "../../base/abort.ts";
import { readEnv } from "../../base/env.ts";
import { findProgram } from "../../base/programs.ts";
import { signalGroup } from "../../launchers/process_group.ts";
import { sanitize } from "../../terminal/sanitize.ts";

/** A notification: two lines of text, which may come from anywhere. */
export interface Notification {
  /** What it is about, in a few words. */
  readonly heading: string;
  /** More about it. */
  readonly body: string;
}

/** Options of {@linkcode notify}. */
export interface NotifyOptions {
  /** Ends the program that shows it. */
  readonly kill: AbortSignal;
  /** Writes to a terminal; absent if there is none. */
  readonly write?: (text: string) => Promise<void>;
}

/** Returns the value of a variable. */
type Env = (name: string) => string | undefined;

/** The time that a program has to show it, in milliseconds. */
const PROGRAM_MS = 5_000;
/** The most characters of a line. */
const MAX_TEXT = 200;
const BELL = "\x07";
/** AppleScript that takes the texts as arguments, and so as nothing but texts. */
const APPLE_SCRIPT = [
  "on run argv",
  "display notification (item 2 of argv) with title (item 1 of argv)",
  "end run",
];

/**
 * Shows a notification, by `notify-send` or `osascript` where there is a desktop, else by a sequence of the terminal or its bell.
 * Shows nothing where there is neither. Never rejects.
 */
export async function notify(
  { heading, body }: Notification,
  { kill, write }: NotifyOptions,
): Promise<void> {
  const safe = { heading: oneLine(heading), body: oneLine(body) };
  const command = desktopCommand(safe, { env: readEnv, has: hasProgram });
  if (command !== undefined && await succeeds(command, kill)) return;
  try {
    if (!kill.aborted) await write?.(terminalSequence(safe, readEnv));
  } catch {
    // The terminal is gone, and so is the person.
  }
}

/** Returns the command that shows a notification on the desktop; undefined if there is no desktop, or no program for it. */
export function desktopCommand(
  { heading, body }: Notification,
  { env, has, os = Deno.build.os }: {
    env: Env;
    has: (program: string) => boolean;
    os?: typeof Deno.build.os;
  },
): string[] | undefined {
  if (os === "darwin" && has("osascript")) {
    const script = APPLE_SCRIPT.flatMap((line) => ["-e", line]);
    return ["osascript", ...script, heading, body];
  }
  const isDesktop = ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"].some(env);
  if (!isDesktop || !has("notify-send")) return undefined;
  return ["notify-send", "--app-name=executor", "--", heading, escapeMarkup(body)];
}

/** Returns what makes a terminal show a notification, if it is known to do that, or ring its bell. */
export function terminalSequence({ heading, body }: Notification, env: Env): string {
  const [term, program] = [env("TERM") ?? "", env("TERM_PROGRAM") ?? ""];
  // They would show the sequence of the terminal around them as text, or drop it.
  if (/^(tmux|screen)/.test(term) || env("TMUX") || env("STY")) return BELL;
  // A semicolon separates the parts of a sequence.
  const [title, text] = [heading, body].map((part) => part.replaceAll(";", ","));
  if (/^(foot|rxvt)/.test(term)) return `\x1b]777;notify;${title};${text}\x1b\\`;
  const isKnown = ["iTerm.app", "WezTerm", "ghostty"].includes(program) || term === "xterm-kitty";
  return isKnown ? `\x1b]9;${title}: ${text}\x1b\\` : BELL;
}

function oneLine(text: string): string {
  const safe = sanitize(text);
  if (safe.length <= MAX_TEXT) return safe;
  return `${safe.slice(0, MAX_TEXT - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Escapes what servers of notifications read as markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Returns whether there is a program that may be run without asking for it. */
function hasProgram(command: string): boolean {
  const mayRun = Deno.permissions.querySync({ name: "run", command }).state === "granted";
  return mayRun && findProgram(command).kind === "found";
}

/** Runs a program; resolves to whether it has exited with 0 in time. If it has not, nothing is left of its process group. */
async function succeeds([program = "", ...args]: string[], kill: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([kill, AbortSignal.timeout(PROGRAM_MS)]);
  const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
  try {
    const child = new Deno.Command(program, { args, ...streams, detached: true }).spawn();
    using _end = onAbort(signal, () => signalGroup(child.pid, "SIGKILL"));
    return (await child.status).success;
  } catch {
    return false;
  }
}

/**
 * Start of a program as the leader of its own session and process group.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import { restoreChildSignal } from "../../base/inherited_signals.ts";
import { readFormat } from "../../base/program_format.ts";
import { findProgram } from "../../base/programs.ts";
import { LaunchError, type WorkerCommand } from "../launcher.ts";
import { findFormatFault } from "../program_fault.ts";

/** The file of a program that was started before. */
interface KnownProgram {
  readonly path: string;
  /** The interpreter, if it is a script. */
  readonly interpreter?: string;
  /** Changes when one of the files does. */
  readonly stamp: string;
}

/** How many programs are remembered. */
const MAX_KNOWN = 100;

const PIPES = { stdout: "piped", stderr: "piped" } as const;

/**
 * Starts programs. Deno's own way to a new group, `detached`, forks this process, which takes longer the more memory it has;
 * a plain spawn of setsid(1), which then becomes the program, takes half the time (rows `spawn` and `spawn-journal` of
 * bench/). But only the first way reports why a program cannot be started. So each program is started in that way once, and
 * through setsid as long as its file stays the same.
 */
export class GroupSpawner {
  readonly #known = new Map<string, KnownProgram>();
  /** The path of setsid(1); undefined where there is none, as on macOS. */
  #setsid: string | undefined;
  #hasLooked = false;

  /** Starts a program; throws what `Deno.Command` throws. Its group may come into being a moment later. */
  spawn(command: WorkerCommand): Deno.ChildProcess {
    restoreChildSignal();
    const setsid = this.#findSetsid();
    if (setsid === undefined) return spawnDetached(command);
    const key = programKey(command);
    const path = this.#unchanged(key);
    if (path === undefined) {
      refuseForeign(command);
      const child = spawnDetached(command);
      this.#remember(key, command);
      return child;
    }
    try {
      const { args, env, cwd, stdin = "null" } = command;
      const options = { args: [path, ...args], env, cwd, stdin, ...PIPES };
      return new Deno.Command(setsid, options).spawn();
    } catch {
      // This way reports the reason.
      return spawnDetached(command);
    }
  }

  #findSetsid(): string | undefined {
    if (!this.#hasLooked && Deno.build.os === "linux") {
      this.#setsid = findForSure("setsid", readEnv("PATH"));
    }
    this.#hasLooked = true;
    return this.#setsid;
  }

  #unchanged(key: string): string | undefined {
    const known = this.#known.get(key);
    return known !== undefined && stampOf(known) === known.stamp ? known.path : undefined;
  }

  #remember(key: string, { command, env, cwd }: WorkerCommand): void {
    const path = fileOf({ command, env, cwd });
    if (path === undefined) return;
    const format = readFormat(path);
    const interpreter = format?.kind === "script" ? format.interpreter : undefined;
    const stamp = stampOf({ path, interpreter });
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (stamp !== undefined) this.#known.set(key, { path, interpreter, stamp });
  }
}

function spawnDetached(
  { command, args, env, cwd, stdin = "null" }: WorkerCommand,
): Deno.ChildProcess {
  const options = { args: [...args], env, cwd, stdin, detached: true, ...PIPES };
  return new Deno.Command(command, options).spawn();
}

/** Returns all that decides which file a command stands for. */
function programKey({ command, env, cwd }: WorkerCommand): string {
  return command.includes("/") ? `${cwd ?? ""}\0${command}` : `${env?.PATH ?? ""}\0${command}`;
}

/** Resolves a path as the worker's working directory does; returns undefined if that directory is relative itself. */
function absolute(path: string, cwd: string | undefined): string | undefined {
  if (path.startsWith("/")) return path;
  if (cwd !== undefined) return cwd.startsWith("/") ? `${cwd}/${path}` : undefined;
  try {
    return `${Deno.cwd()}/${path}`;
  } catch {
    // It is gone, or its name is not UTF-8.
    return undefined;
  }
}

/** Returns the file that a command stands for; undefined if the worker may find another one. */
function fileOf({ command, env, cwd }: Pick<WorkerCommand, "command" | "env" | "cwd">) {
  if (command.includes("/")) return absolute(command, cwd);
  return findForSure(command, env?.PATH ?? readEnv("PATH"));
}

/**
 * Refuses a program that would be started as something else than it is.
 *
 * @throws {LaunchError} If it is one.
 */
function refuseForeign(command: WorkerCommand): void {
  const path = fileOf(command);
  const fault = path === undefined ? undefined : findFormatFault(path, command.command);
  if (fault !== undefined) throw new LaunchError(fault, { permanent: true });
}

/** Finds a program; returns undefined if the worker may find another one. */
function findForSure(name: string, path = ""): string | undefined {
  const folders = path.split(":");
  // A relative folder is another one in the worker's directory.
  const relative = folders.findIndex((folder) => !folder.startsWith("/"));
  const reliable = relative === -1 ? folders : folders.slice(0, relative);
  if (reliable.length === 0) return undefined;
  const program = findProgram(name, reliable.join(":"));
  // A program that only some may execute is perhaps passed over.
  const isForAll = program.kind === "found" && ((program.mode ?? 0) & 0o111) === 0o111;
  return isForAll ? program.path : undefined;
}

function stampOf(
  { path, interpreter }: Pick<KnownProgram, "path" | "interpreter">,
): string | undefined {
  const stamp = fileStamp(path);
  if (stamp === undefined || interpreter === undefined) return stamp;
  const other = fileStamp(interpreter);
  return other === undefined ? undefined : `${stamp} ${other}`;
}

function fileStamp(path: string): string | undefined {
  try {
    const { dev, ino, mode, size, mtime } = Deno.statSync(path);
    return `${dev} ${ino} ${mode} ${size} ${mtime?.getTime()}`;
  } catch {
    return undefined;
  }
}

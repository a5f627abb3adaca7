/**
 * Start of a program as the leader of its own session and process group.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import { restoreChildSignal } from "../../base/inherited_signals.ts";
import { findProgram } from "../../base/programs.ts";
import type { WorkerCommand } from "../launcher.ts";

/** The file of a program that was started before. */
interface KnownProgram {
  readonly path: string;
  /** Changes when the file does. */
  readonly stamp: string;
}

/** How many programs are remembered. */
const MAX_KNOWN = 100;

const PIPES = { stdin: "null", stdout: "piped", stderr: "piped" } as const;

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
      const child = spawnDetached(command);
      this.#remember(key, command);
      return child;
    }
    try {
      const { args, env, cwd } = command;
      return new Deno.Command(setsid, { args: [path, ...args], env, cwd, ...PIPES }).spawn();
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
    return known !== undefined && stampOf(known.path) === known.stamp ? known.path : undefined;
  }

  #remember(key: string, { command, env, cwd }: WorkerCommand): void {
    const path = command.includes("/")
      ? absolute(command, cwd)
      : findForSure(command, env?.PATH ?? readEnv("PATH"));
    const stamp = path === undefined ? undefined : stampOf(path);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (path !== undefined && stamp !== undefined) this.#known.set(key, { path, stamp });
  }
}

function spawnDetached({ command, args, env, cwd }: WorkerCommand): Deno.ChildProcess {
  return new Deno.Command(command, { args: [...args], env, cwd, detached: true, ...PIPES }).spawn();
}

/** Returns all that decides which file a command stands for. */
function programKey({ command, env, cwd }: WorkerCommand): string {
  return command.includes("/") ? `${cwd ?? ""}\0${command}` : `${env?.PATH ?? ""}\0${command}`;
}

/** Resolves a path as the worker's working directory does; returns undefined if that directory is relative itself. */
function absolute(path: string, cwd: string | undefined): string | undefined {
  if (path.startsWith("/")) return path;
  return cwd === undefined || cwd.startsWith("/") ? `${cwd ?? Deno.cwd()}/${path}` : undefined;
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

function stampOf(path: string): string | undefined {
  try {
    const { dev, ino, mode, size, mtime } = Deno.statSync(path);
    return `${dev} ${ino} ${mode} ${size} ${mtime?.getTime()}`;
  } catch {
    return undefined;
  }
}

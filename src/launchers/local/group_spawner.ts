/**
 * The start of a program as the leader of its own session and process group.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import type { WorkerCommand } from "../launcher.ts";

/** A program that was started before: where it is, and which file that was. */
interface KnownProgram {
  readonly path: string;
  readonly stamp: string;
}

/** More programs than that are not remembered at once. */
const MAX_KNOWN = 100;

const PIPES = { stdin: "null", stdout: "piped", stderr: "piped" } as const;

/**
 * Starts programs. Deno's own way to a new group, `detached`, forks this process, which takes ever longer as its memory
 * grows; a plain spawn of setsid(1), which then becomes the program, takes half as long. (Rows spawn-journal and spawn of
 * bench/.) But only the first way tells why a program cannot be started: each is started so once, and then as fast as can
 * be for as long as its file stays the same.
 */
export class GroupSpawner {
  readonly #known = new Map<string, KnownProgram>();
  /** Where setsid(1) is; nothing where there is none, as on macOS. */
  #setsid: string | undefined;
  #hasLooked = false;

  /** Starts a program; throws what Deno does when that cannot be. It may take a moment until its group is there. */
  spawn(command: WorkerCommand): Deno.ChildProcess {
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
      // It knows better why.
      return spawnDetached(command);
    }
  }

  #findSetsid(): string | undefined {
    if (!this.#hasLooked && Deno.build.os === "linux" && mayRead()) {
      this.#setsid = findProgram("setsid", readEnv("PATH"));
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
      : findProgram(command, env?.PATH ?? readEnv("PATH"));
    const stamp = path === undefined ? undefined : stampOf(path);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (path !== undefined && stamp !== undefined) this.#known.set(key, { path, stamp });
  }
}

function spawnDetached({ command, args, env, cwd }: WorkerCommand): Deno.ChildProcess {
  return new Deno.Command(command, { args: [...args], env, cwd, detached: true, ...PIPES }).spawn();
}

/** What decides which file a command is. */
function programKey({ command, env, cwd }: WorkerCommand): string {
  return command.includes("/") ? `${cwd ?? ""}\0${command}` : `${env?.PATH ?? ""}\0${command}`;
}

/** A path as the worker's working directory has it; nothing where that is not plain. */
function absolute(path: string, cwd: string | undefined): string | undefined {
  if (path.startsWith("/")) return path;
  return cwd === undefined || cwd.startsWith("/") ? `${cwd ?? Deno.cwd()}/${path}` : undefined;
}

/** Looks for a program as Deno does; nothing where one cannot be sure to find the same. */
function findProgram(name: string, path = ""): string | undefined {
  for (const folder of path.split(":")) {
    if (!folder.startsWith("/")) return undefined;
    const file = stat(`${folder}/${name}`);
    const mode = file?.isFile ? (file.mode ?? 0) & 0o111 : 0;
    if (mode === 0o111) return `${folder}/${name}`;
    // Some may execute it, and it is hard to say who.
    if (mode !== 0) return undefined;
  }
  return undefined;
}

function stampOf(path: string): string | undefined {
  const file = stat(path);
  return file && `${file.dev} ${file.ino} ${file.mode} ${file.size} ${file.mtime?.getTime()}`;
}

function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function mayRead(): boolean {
  return Deno.permissions.querySync({ name: "read" }).state === "granted";
}

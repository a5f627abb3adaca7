/**
 * Start of a program as the leader of its own session and process group.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import { originalFileLimit } from "../../base/open_files.ts";
import { restoreChildSignal } from "../../base/inherited_signals.ts";
import { readFormat } from "../../base/program_format.ts";
import { findProgram } from "../../base/programs.ts";
import { LaunchError, type WorkerCommand } from "../launcher.ts";
import { findFormatFault, findProgramFault } from "../program_fault.ts";
import { installStarter, starterArguments } from "./session_starter.ts";

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

/** A program that makes a session and then becomes another program, in place of what Deno does. */
interface SessionProgram {
  readonly file: string;
  /** Whether it is the session starter, which may also start the first program of a run. */
  readonly isStarter: boolean;
  /** Changes when the file does. */
  readonly stamp: string | undefined;
  /** Returns its arguments for a program to be started. */
  readonly argumentsFor: (program: { path: string; args: readonly string[] }) => string[];
}

/**
 * Starts programs. Deno's own way to a new group, `detached`, forks this process, which takes longer the more memory it
 * has. A plain spawn of a small program, which makes a session and then becomes the worker's program, takes less than half
 * the time: the session starter, or setsid(1) where that cannot be (rows `spawn` and `spawn-journal` of bench/). But only
 * Deno's way reports why a program cannot be started. So each program is started in Deno's way once, and from then on in
 * the fast way as long as its file stays the same. If workers must have another limit of open files than this process,
 * which only the session starter can give them, it starts all programs that seem to be in order.
 */
export class GroupSpawner {
  readonly #known = new Map<string, KnownProgram>();
  #session: SessionProgram | undefined;
  #hasLooked = false;

  /** Starts a program; throws what `Deno.Command` throws. Its group may come into being a moment later. */
  spawn(command: WorkerCommand): Deno.ChildProcess {
    restoreChildSignal();
    const session = this.#findSession();
    if (session === undefined) return spawnDetached(command);
    const key = programKey(command);
    const path = this.#unchanged(key) ??
      (session.isStarter ? this.#learn(key, command) : undefined);
    if (path === undefined) {
      refuseForeign(command);
      const child = spawnDetached(command);
      this.#remember(key, command);
      return child;
    }
    try {
      const { args, env, cwd, stdin = "null" } = command;
      const options = { args: session.argumentsFor({ path, args }), env, cwd, stdin, ...PIPES };
      return new Deno.Command(session.file, options).spawn();
    } catch (error) {
      // Any other reason is the command's, and this way reports it.
      if (isRefused(error, command)) this.#replaceStarter();
      return spawnDetached(command);
    }
  }

  #findSession(): SessionProgram | undefined {
    const session = this.#session;
    // An empty file would run as a script that does nothing and exits with 0.
    if (session !== undefined && fileStamp(session.file) !== session.stamp) this.#hasLooked = false;
    const limit = originalFileLimit();
    if (!this.#hasLooked && Deno.build.os === "linux") {
      const file = installStarter();
      this.#session = file === undefined ? findSetsid() : starter(file, limit);
    }
    this.#hasLooked = true;
    return this.#session;
  }

  /** Does without the session starter, which cannot be run. Nothing else gives workers a limit of their own. */
  #replaceStarter(): void {
    this.#session = findSetsid();
  }

  /** Returns the path of a program that was not started before, if it need not be started in Deno's way. */
  #learn(key: string, command: WorkerCommand): string | undefined {
    if (findProgramFault(command) !== undefined) return undefined;
    this.#remember(key, command);
    const path = this.#known.get(key)?.path;
    if (path !== undefined && isForEveryone(path)) return path;
    this.#known.delete(key);
    return undefined;
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

/** Returns whether an error says that the session starter may not be run, as its file system forbids it, for example. */
function isRefused(error: unknown, { cwd }: WorkerCommand): boolean {
  if (!(error instanceof Deno.errors.PermissionDenied)) return false;
  try {
    // A folder that may not be entered is refused with the same error.
    if (cwd !== undefined) Deno.statSync(`${cwd}/.`);
    return true;
  } catch {
    return false;
  }
}

function starter(file: string, softLimit: number | undefined): SessionProgram {
  const argumentsFor: SessionProgram["argumentsFor"] = ({ path, args }) =>
    starterArguments({ path, args, softLimit });
  return { file, isStarter: true, stamp: fileStamp(file), argumentsFor };
}

function findSetsid(): SessionProgram | undefined {
  const file = findForSure("setsid", readEnv("PATH"));
  if (file === undefined) return undefined;
  const argumentsFor: SessionProgram["argumentsFor"] = ({ path, args }) => [path, ...args];
  return { file, isStarter: false, stamp: fileStamp(file), argumentsFor };
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

/** Returns whether anybody may execute a file, and its file system lets them. */
function isForEveryone(path: string): boolean {
  try {
    const { mode } = Deno.statSync(path);
    return ((mode ?? 0) & 0o111) === 0o111 && !forbidsPrograms(Deno.realPathSync(path));
  } catch {
    return false;
  }
}

/** Returns whether the file system of a path is mounted so that nothing can be executed there. */
function forbidsPrograms(path: string): boolean {
  // proc_pid_mountinfo(5): id parent device root folder options …
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo").split("\n").map((line) => {
    const [, , , , folder = "", options = ""] = line.split(" ");
    const name = folder.replace(
      /\\([0-7]{3})/g,
      (_, octal) => String.fromCharCode(parseInt(octal, 8)),
    );
    return { name, options };
  });
  const above = mounts.filter(({ name }) => name === "/" || `${path}/`.startsWith(`${name}/`));
  // Of two in the same place, the last one is on top.
  const nearest = above.reduce(
    (best, mount) => mount.name.length >= best.name.length ? mount : best,
    {
      name: "",
      options: "",
    },
  );
  return nearest.options.split(",").includes("noexec");
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

/**
 * Runs of the command in the background that tests talk to through their sockets.
 *
 * @module
 */
import { type LiveRun, liveRuns } from "../../src/reporters/control/registration.ts";
import { RunConnection } from "../../src/reporters/control/run_connection.ts";
import { cliCommand, cliCommandLine, type CliResult, runCli } from "./cli.ts";
import { processesInEnvironment, signalIfThere, until } from "./processes.ts";
import { shellLine } from "./pty.ts";

/** A folder of its own for the sockets and the state of runs: other tests have runs, too. */
export class ControlPlace implements AsyncDisposable {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly #children: Deno.ChildProcess[] = [];

  constructor() {
    // Its path must be short, as the paths of sockets must be.
    this.folder = Deno.makeTempDirSync({ dir: "/tmp", prefix: "x" });
    this.env = {
      TMPDIR: this.folder,
      XDG_STATE_HOME: `${this.folder}/state`,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    };
  }

  /** The folder of the sockets. */
  get sockets(): string {
    return `${this.folder}/executor-${Deno.uid()}`;
  }

  /** Starts a run, and resolves when it can be reached. */
  async start(
    args: readonly string[],
    { name = "it" }: { name?: string } = {},
  ): Promise<StartedRun> {
    const child = this.spawn(["run", "--name", name, ...args]);
    await until(async () => await this.find(name) !== undefined, `${name} can be reached`);
    return { child, live: (await this.find(name))! };
  }

  /** Starts the command. */
  spawn(args: string[], options: Deno.CommandOptions = {}): Deno.ChildProcess {
    const child = cliCommand(args, {
      stdout: "null",
      stderr: "null",
      ...options,
      env: { ...this.env, ...options.env },
    }).spawn();
    this.#children.push(child);
    return child;
  }

  /** Returns the run of a name that lives. */
  async find(name: string): Promise<LiveRun | undefined> {
    return (await liveRuns(this.sockets)).find((run) => run.name === name);
  }

  /** Runs the command to its end. */
  async cli(...args: string[]): Promise<CliResult> {
    return await runCli(args, { env: this.env });
  }

  /** Returns a line for a shell that runs the command in this place, on a screen that was cleared. */
  line(...args: string[]): string {
    const { command, args: words } = cliCommandLine(args);
    const env = Object.entries(this.env).map(([name, value]) => `${name}=${value}`);
    return `clear; ${shellLine(["env", ...env, command, ...words])}`;
  }

  /** Ends the commands, waits for runs in the background, which must end by themselves, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) signalIfThere(child, "SIGTERM");
    await Promise.all(this.#children.map((child) => child.status));
    try {
      // They may still write to the folder.
      if (Deno.build.os === "linux") {
        await until(() => processesInEnvironment(this.folder).length === 0, "all runs have ended");
      }
    } finally {
      await Deno.remove(this.folder, { recursive: true });
    }
  }
}

/** A run that can be reached. */
export interface StartedRun {
  readonly child: Deno.ChildProcess;
  readonly live: LiveRun;
}

/** Connects to a run. */
export async function connectTo({ live }: StartedRun): Promise<RunConnection> {
  return await RunConnection.open(live.socket);
}

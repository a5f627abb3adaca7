/**
 * A private folder for the sockets of ssh connections.
 *
 * @module
 */
import { explainSpawnError } from "../spawn_errors.ts";

/** Removes the folder at the end of its stdin, which comes with the end of the executor, however that ends. */
const SCRIPT = `trap '' HUP INT TERM; cat >/dev/null; rm -rf -- "$1"`;

/** A folder that only its owner can open; it is removed even if the executor is killed. */
export class ControlFolder implements AsyncDisposable {
  /** Its path, which is short, as the paths of sockets must be. */
  readonly path: string;
  readonly #remover: Deno.ChildProcess;

  private constructor(path: string, remover: Deno.ChildProcess) {
    this.path = path;
    this.#remover = remover;
  }

  /**
   * Makes a folder and starts the process that removes it.
   *
   * @throws {LaunchError} If that process cannot be started.
   */
  static make(): ControlFolder {
    const path = Deno.makeTempDirSync({ dir: "/tmp", prefix: "executor-" });
    try {
      const remover = new Deno.Command("sh", {
        args: ["-c", SCRIPT, "executor-ssh", path],
        cwd: "/",
        detached: true,
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
      return new ControlFolder(path, remover);
    } catch (error) {
      Deno.removeSync(path);
      throw explainSpawnError(error, { command: "sh", subject: "sh" });
    }
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remover.stdin.close().catch(() => {});
    await this.#remover.status;
  }
}

/**
 * Where the sockets of connections are.
 *
 * @module
 */
import { explainSpawn } from "../spawn_error.ts";

/** Waits for the end of its stdin, which comes with that of this process, however it ends. */
const SCRIPT = `trap '' HUP INT TERM; cat >/dev/null; rm -rf -- "$1"`;

/** A folder that nobody else may look into, removed with its owner even when that is killed. */
export class ControlFolder implements AsyncDisposable {
  /** Its path: a short one, as those of sockets must be. */
  readonly path: string;
  readonly #remover: Deno.ChildProcess;

  /** Makes it. */
  constructor() {
    this.path = Deno.makeTempDirSync({ dir: "/tmp", prefix: "executor-" });
    try {
      this.#remover = new Deno.Command("sh", {
        args: ["-c", SCRIPT, "executor-ssh", this.path],
        cwd: "/",
        detached: true,
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
    } catch (error) {
      Deno.removeSync(this.path);
      throw explainSpawn(error, "sh");
    }
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remover.stdin.close().catch(() => {});
    await this.#remover.status;
  }
}

/**
 * The reaper: a small process that ends the workers after the executor itself was killed by SIGKILL.
 *
 * @module
 */
import type { LaunchRun } from "../launcher.ts";
import { FIND_BY_ENVIRONMENT, TERMINATE } from "../termination_script.ts";

/**
 * Reads lines `+ group` and `- group` from stdin. A line `.` dismisses it; if stdin ends without one, the executor is gone,
 * and the groups are ended.
 *
 * A worker that was started but not announced yet is found by the run's id in its environment, where there is a /proc. Two
 * gaps remain: the moment between fork and exec, and systems without /proc, where a worker survives that is started within
 * microseconds of the executor's end. A worker that is found may not lead its group yet (see {@linkcode GroupSpawner}); it
 * is then signalled alone.
 */
const SCRIPT = `${TERMINATE}${FIND_BY_ENVIRONMENT}
trap '' HUP INT TERM
run=$1 executor_grace=$2 groups=' ' found=' '
while read -r op group; do
  case $op in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;; esac ;;
    .) exit 0 ;;
  esac
done
for leader in $(executor_find "EXECUTOR_RUN_ID=$run"); do
  found="$found$leader "
  case $groups in *" $leader "*) ;; *) groups="$groups$leader " ;; esac
done
executor_signal() {
  left=' '
  for group in $groups; do
    kill -s "$1" -- "-$group" || signal_found "$1" "$group" || continue
    left="$left$group "
  done
  groups=$left
}
signal_found() {
  case $found in *" $2 "*) kill -s "$1" "$2" ;; *) return 1 ;; esac
}
executor_is_alive() {
  # By now each leads its group, or its number may be that of another process.
  found=' '
  executor_signal 0
  [ "$groups" != ' ' ]
}
executor_terminate
`;

/**
 * Milliseconds until a new group is announced to the reaper, so that a range that is over by then costs nothing. In the
 * meantime, the reaper finds the worker by its run's id; without a /proc, groups are announced at once.
 */
const DELAY_MS = Deno.build.os === "linux" ? 10 : 0;

/** Keeps a reaper up to date. The reaper has a session of its own and outlives this process if it has to. */
export class Reaper implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  /** Groups that have come or gone since the last announcement. */
  readonly #unannounced = new Map<number, "+" | "-">();
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#stdin = process.stdin.getWriter();
    // If the reaper is gone, the work goes on without it.
    this.#stdin.closed.catch(() => {});
  }

  /** Starts a reaper, with the grace period rounded up to seconds; throws if there is no POSIX shell. */
  static start({ runId, gracePeriod }: Pick<LaunchRun, "runId" | "gracePeriod">): Reaper {
    const grace = `${Math.ceil(gracePeriod / 1000)}`;
    const process = new Deno.Command("sh", {
      args: ["-c", SCRIPT, "executor-reaper", runId, grace],
      cwd: "/",
      // A reaper within another run, of a worker that is an executor, must not be ended as a worker of that run.
      env: { EXECUTOR_RUN_ID: "" },
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new Reaper(process);
  }

  /** Adds a group that is to end with this process, and the id of its attempt. */
  add(group: number, _attemptId?: string): void {
    this.#unannounced.set(group, "+");
    this.#announceSoon();
  }

  /** Removes a group that is gone; one that was never announced is not mentioned at all. */
  remove(group: number): void {
    if (this.#unannounced.get(group) === "+") this.#unannounced.delete(group);
    else this.#unannounced.set(group, "-");
    this.#announceSoon();
  }

  /** Dismisses the reaper; resolves when it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#write(".\n");
    await this.#stdin.close().catch(() => {});
    await this.#process.status;
  }

  #announceSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const lines = Array.from(this.#unannounced, ([group, sign]) => `${sign} ${group}\n`);
      this.#unannounced.clear();
      if (lines.length > 0) this.#write(lines.join(""));
    }, DELAY_MS);
  }

  #write(text: string): void {
    this.#stdin.write(this.#encoder.encode(text)).catch(() => {});
  }
}

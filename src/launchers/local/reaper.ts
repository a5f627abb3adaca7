/**
 * The reaper: a small process that ends the workers after the executor itself was killed by SIGKILL.
 *
 * @module
 */
import { ticksSinceStart } from "../../base/proc.ts";
import type { LaunchRun } from "../launcher.ts";
import { SEARCH } from "../search_script.ts";
import { TERMINATE } from "../termination_script.ts";

/**
 * Reads lines `+ group attempt-id`, `- group` and `@ ticks` from stdin. A line `.` dismisses it; if stdin ends without one,
 * the executor is gone, and the workers are ended.
 *
 * A worker that was started but not announced yet is found by the run's id in its environment, where there is a /proc. It is
 * told from a process that an attempt left which has ended: that one started before the time of the last line `@`, in ticks
 * since the start of the system. Two gaps remain: the moment between fork and exec, and systems without /proc, where a worker
 * survives that is started within microseconds of the executor's end. A worker that is found may not lead its group yet (see
 * {@linkcode GroupSpawner}); it is then signalled alone.
 */
const SCRIPT = `${TERMINATE}${SEARCH}
trap '' HUP INT TERM
run=$1 executor_grace=$2 groups=' ' since=0
while read -r op group id; do
  case $op in
    +) groups="$groups$group=$id " ;;
    -) case $groups in *" $group="*) rest=\${groups#*" $group="} groups="\${groups%%" $group="*} \${rest#* }" ;; esac ;;
    @) since=$group ;;
    .) exit 0 ;;
  esac
done
executor_open_proc
executor_leaders=' ' executor_marks=
add_mark() { executor_marks="\${executor_marks:+$executor_marks
}$1"; }
for group in $groups; do
  executor_leaders="$executor_leaders\${group%%=*} "
  [ -z "\${group#*=}" ] || add_mark "EXECUTOR_ATTEMPT_ID=\${group#*=}"
done
set --
for pid in $(executor_find "EXECUTOR_RUN_ID=$run"); do
  executor_stat "$pid" && [ "$executor_start" -ge "$since" ] || continue
  executor_known="$executor_known $pid:$executor_start"
  set -- "$@" "/proc/$pid/environ"
done
[ $# = 0 ] || for id in $(cat "$@" | tr '\\000' '\\n' | grep '^EXECUTOR_ATTEMPT_ID=[0-9A-Za-z.-]*$'); do add_mark "$id"; done
executor_signal() { executor_signal_found "$1"; }
executor_is_alive() { executor_found_is_alive; }
executor_terminate
`;

/**
 * Milliseconds until a new group is announced to the reaper, so that a range that is over by then costs nothing. In the
 * meantime, the reaper finds the worker by its run's id; without a /proc, groups are announced at once.
 */
const DELAY_MS = Deno.build.os === "linux" ? 10 : 0;

/** What the script may take for the id of an attempt. */
const ATTEMPT_ID = /^[\w.-]+$/;

/** Keeps a reaper up to date. The reaper has a session of its own and outlives this process if it has to. */
export class Reaper implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  /** Groups that have come or gone since the last announcement: the line about each. */
  readonly #unannounced = new Map<number, string>();
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
      env: { EXECUTOR_RUN_ID: "", EXECUTOR_ATTEMPT_ID: "" },
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new Reaper(process);
  }

  /** Adds a group that is to end with this process, and the id of its attempt. */
  add(group: number, attemptId = ""): void {
    this.#unannounced.set(group, `+ ${group} ${ATTEMPT_ID.test(attemptId) ? attemptId : ""}\n`);
    this.#announceSoon();
  }

  /** Removes a group that is gone; one that was never announced is not mentioned at all. */
  remove(group: number): void {
    if (this.#unannounced.get(group)?.startsWith("+")) this.#unannounced.delete(group);
    else this.#unannounced.set(group, `- ${group}\n`);
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
      const lines = Array.from(this.#unannounced.values());
      this.#unannounced.clear();
      // Even a range that is over left what it left before this moment.
      const ticks = ticksSinceStart();
      if (ticks !== undefined) lines.push(`@ ${ticks}\n`);
      if (lines.length > 0) this.#write(lines.join(""));
    }, DELAY_MS);
  }

  #write(text: string): void {
    this.#stdin.write(this.#encoder.encode(text)).catch(() => {});
  }
}

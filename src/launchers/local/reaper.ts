/**
 * Ends the workers of an executor that can no longer do it itself: one that was killed by SIGKILL.
 *
 * @module
 */
import type { LaunchRun } from "../launcher.ts";

/**
 * Reads `+ group` and `- group` from stdin. At `.` all is well; at the end of stdin without it, the executor is gone:
 * SIGTERM, the grace period, SIGKILL.
 *
 * A worker that was forked but not yet told of is found by the run's id in its environment, where there is a /proc. What
 * is left is the moment between fork and exec, and systems without /proc: there, a worker that is killed with its
 * executor within microseconds of its start is not ended. One that is found may not lead its group yet, as
 * {@linkcode GroupSpawner} has it, and is then signalled itself.
 */
const SCRIPT = `
trap '' HUP INT TERM
run=$1 grace=$2 groups=' ' found=' '
while read -r op group; do
  case $op in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;; esac ;;
    .) exit 0 ;;
  esac
done
for file in $(grep -l "EXECUTOR_RUN_ID=$run" /proc/[0-9]*/environ); do
  leader=\${file#/proc/} leader=\${leader%/environ} found="$found$leader "
  case $groups in *" $leader "*) ;; *) groups="$groups$leader " ;; esac
done
signal() {
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
signal TERM
# One that was stopped with the executor, by Ctrl-Z, must go on to end in order.
signal CONT
# Their numbers may be those of others soon.
found=' '
while [ "$grace" -gt 0 ] && [ "$groups" != ' ' ]; do
  sleep 1
  grace=$((grace - 1))
  signal 0
done
signal KILL
`;

/**
 * So many milliseconds after a group has come, the reaper knows of it: a range that is over by then costs nothing. One that
 * is younger is found by its run's id; where there is no /proc, it is told at once.
 */
const NEWS_MS = Deno.build.os === "linux" ? 10 : 0;

/** A small process in a session of its own that outlives this one, if need be by the grace period. */
export class Reaper implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  /** Groups that have come or gone, of which it was not told yet. */
  readonly #news = new Map<number, "+" | "-">();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts it; throws when there is no POSIX shell. Its grace is rounded up to seconds. */
  constructor({ runId, gracePeriod }: Pick<LaunchRun, "runId" | "gracePeriod">) {
    const grace = `${Math.ceil(gracePeriod / 1000)}`;
    this.#process = new Deno.Command("sh", {
      args: ["-c", SCRIPT, "executor-reaper", runId, grace],
      cwd: "/",
      // One that is part of another run, as of a worker that is an executor, is not to be ended as its worker.
      env: { EXECUTOR_RUN_ID: "" },
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    // A reaper that is gone can be told nothing; the work goes on without.
    this.#stdin.closed.catch(() => {});
  }

  /** Tells it of a group that is to end with this process. */
  add(group: number): void {
    this.#news.set(group, "+");
    this.#tellSoon();
  }

  /** Tells it that a group is gone; of one that it has not been told of, it hears nothing at all. */
  remove(group: number): void {
    if (this.#news.get(group) === "+") this.#news.delete(group);
    else this.#news.set(group, "-");
    this.#tellSoon();
  }

  /** Sends it home; resolves when it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#tell(".\n");
    await this.#stdin.close().catch(() => {});
    await this.#process.status;
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const lines = Array.from(this.#news, ([group, sign]) => `${sign} ${group}\n`);
      this.#news.clear();
      if (lines.length > 0) this.#tell(lines.join(""));
    }, NEWS_MS);
  }

  #tell(line: string): void {
    this.#stdin.write(this.#encoder.encode(line)).catch(() => {});
  }
}

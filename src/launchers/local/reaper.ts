/**
 * The reaper: a small process that ends the workers after the executor itself was killed by SIGKILL.
 *
 * @module
 */
import { awakeClock, systemClock, withTimeout } from "../../base/clock.ts";
import { readEnv } from "../../base/env.ts";
import { readStat, seesProcesses } from "../../base/proc.ts";
import { findProgram } from "../../base/programs.ts";
import type { LaunchRun } from "../launcher.ts";
import { REAPER_OF } from "../../model/names.ts";
import { SEARCH } from "../search_script.ts";
import { TERMINATE } from "../termination_script.ts";
import { installStarter, starterArguments } from "./session_starter.ts";

/**
 * Reads lines from stdin. `+ GROUP ID` announces a process group and the id of its attempt. `+ xPID ID` announces an attempt whose
 * group is gone, and whose other processes are being ended. `- GROUP` and `- xPID` take that back. `h N` tells how many hooks are
 * about to start. `@ TICKS` is the time of the announcement, since the start of the system. `?` asks for an answer. `.` dismisses
 * the reaper. If stdin ends without that, the executor is gone, and the reaper ends the workers. Then nobody reads its answers:
 * SIGPIPE must not end it. Neither must signals that an engine sends to all processes of a job.
 *
 * The reaper finds a worker that was not announced yet by the run's id in its environment, where there is a /proc. It looks twice,
 * as a process does not have its environment before its program has started. It does not end what an ended attempt has left. A
 * process counts as left if it started before the last `@`, or another one of its attempt did, or the leader of its session has
 * ended. A process without the id of an attempt is ended only if a hook is about to start. Two gaps remain: an execve(2) that takes
 * longer than the 50 ms between the looks, and systems without /proc, where a worker survives that is started within microseconds
 * of the executor's end. A worker that is found may not lead its group yet (see {@linkcode GroupSpawner}); it is then signalled
 * alone. If no process can be started any more, the groups are killed at once, and nothing else is found.
 */
export const REAPER_SCRIPT = `${TERMINATE}${SEARCH}
trap '' HUP INT QUIT TERM USR1 USR2 PIPE
PATH=$PATH:/usr/bin:/bin
run=$1 executor_grace=$2 place=$3 ours=$4 since=0 hooks=0 groups= count=0 most=1000
# The list of groups needs no process: at the end, it may be that none can be started. From time to time, those that were taken
# back are dropped.
add_group() {
  eval "group_$group=\$id"
  groups="$groups $group" count=$((count + 1))
  [ "$count" -gt "$most" ] || return 0
  set -- $groups
  groups= count=0
  for group do
    ! eval "[ -n \\"\\\${group_$group+set}\\" ]" || { groups="$groups $group" count=$((count + 1)); }
  done
  most=$((2 * count + 1000))
}
while read -r op group id; do
  case $op$group$id in *[!0-9A-Za-z_.?@+-]*) continue ;; esac
  case $op in
    +) add_group ;;
    -) unset "group_$group" ;;
    h) hooks=$group ;;
    @) since=$group ;;
    '?') echo ;;
    .) exit 0 ;;
  esac
done
executor_leaders=' ' executor_marks=
# A shell such as dash exits if it cannot start a process.
trap 'executor_signal_leaders KILL' EXIT
add_mark() { executor_marks="\${executor_marks:+$executor_marks
}$1"; }
for group in $groups; do
  eval "[ -n \\"\\\${group_$group+set}\\" ] && id=\\\$group_$group" || continue
  # A group that is gone has no number.
  case $group in x*) ;; *) executor_leaders="$executor_leaders$group " ;; esac
  [ -z "$id" ] || add_mark "EXECUTOR_ATTEMPT_ID=$id"
done
executor_open_proc
ids_of() { cat "$@" 2>/dev/null | tr '\\000' '\\n' | grep "^EXECUTOR_ATTEMPT_ID=$run[.][0-9A-Za-z.-]*$"; }
new= older= older_files=
found=$(executor_find "EXECUTOR_RUN_ID=$run") seen=' '
sleep 0.05 2>/dev/null || sleep 1
for pid in $found $(executor_find "EXECUTOR_RUN_ID=$run"); do
  case $seen in *" $pid "*) continue ;; esac
  seen="$seen$pid "
  [ -z "$place" ] || grep -qswF -e "$place" "/proc/$pid/environ" || continue
  executor_stat "$pid" || continue
  # All that is in an announced group or session ends in any case.
  case $executor_leaders in *" $executor_group "*|*" $executor_session "*) continue ;; esac
  if [ "$executor_start" -ge "$since" ]; then new="$new $pid:$executor_start:$executor_session"
  else older_files="$older_files /proc/$pid/environ"; fi
done
[ -z "$new" ] || [ -z "$older_files" ] || older=" $(echo $(ids_of $older_files)) "
for found in $new; do
  pid=\${found%%:*} session=\${found##*:}
  # What an ended attempt has left may start others: then something of the attempt is older, or the leader of the session has
  # ended. A worker that has just begun is still in the session of the executor.
  case $session in 0|"$ours") ;; *) executor_stat "$session" || continue ;; esac
  id=$(ids_of "/proc/$pid/environ")
  # A hook, and what it has started, have no id, or that of the attempt in which the executor itself runs.
  if [ -z "$id" ]; then [ "$hooks" != 0 ] || continue
  else
    case $older in *" $id "*) continue ;; esac
    add_mark "$id"
  fi
  executor_known="$executor_known \${found%:*}"
done
executor_signal() { executor_signal_found "$1"; }
executor_is_alive() { executor_found_is_alive; }
executor_terminate
trap - EXIT
`;

/** How long a reaper that is dismissed may take to end, in milliseconds. */
const DISMISS_MS = 1_000;
/** How long one that is killed may take to end before it is given up, in milliseconds. */
const KILL_MS = 1_000;

/** How long its pipe may take to be closed after its end, in milliseconds. */
const PIPE_MS = 100;

/** What a reaper needs to know of a run. */
export interface ReapedRun extends Pick<LaunchRun, "runId" | "gracePeriod"> {
  /**
   * A variable that all workers of this process have, as `NAME=value`, if others of the same run on this machine do not have
   * it: those are none of its concern.
   */
  readonly place?: string;
}

/** One reaper. It has a session of its own, and outlives this process if it has to. */
export class Reaper {
  readonly pid: number;
  /** Resolves when it has ended, to what ended it, such as "was ended by SIGKILL". Never rejects. */
  readonly ended: Promise<string>;

  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  /** When it was asked for the answer that it has not given yet. */
  #askedAt: number | undefined;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.pid = process.pid;
    this.#stdin = process.stdin.getWriter();
    // If the reaper is gone, the work goes on without it.
    this.#stdin.closed.catch(() => {});
    this.ended = this.#awaitEnd(this.#readAnswers().catch(() => {}));
  }

  /** Starts a reaper, with the grace period rounded up to seconds; throws if there is no POSIX shell. */
  static start({ runId, gracePeriod, place = "" }: ReapedRun): Reaper {
    const grace = `${Math.ceil(gracePeriod / 1000)}`;
    const values = [runId, grace, place, `${readOwnSession()}`];
    const process = spawnShell(["-c", REAPER_SCRIPT, "executor-reaper", ...values]);
    return new Reaper(process);
  }

  /** Tells it lines; resolves when its pipe has taken them, which one that is stopped may never do. Never rejects. */
  async tell(lines: string): Promise<void> {
    await this.#stdin.write(this.#encoder.encode(lines)).catch(() => {});
  }

  /** Asks it for an answer, unless it still has to give one. */
  ask(): void {
    if (this.#askedAt !== undefined) return;
    this.#askedAt = awakeClock.now();
    this.tell("?\n");
  }

  /** For how many milliseconds it has owed an answer. */
  get silence(): number {
    return this.#askedAt === undefined ? 0 : awakeClock.now() - this.#askedAt;
  }

  /** Dismisses it. Resolves to whether it has ended in time: one that is stopped does not read. */
  async dismiss(): Promise<boolean> {
    this.tell(".\n");
    this.#stdin.close().catch(() => {});
    return await this.#endsWithin(DISMISS_MS);
  }

  /** Kills it. Resolves to whether it has ended: a process that waits in the kernel cannot be killed. */
  async kill(): Promise<boolean> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended in the meantime.
    }
    this.#stdin.close().catch(() => {});
    const hasEnded = await this.#endsWithin(KILL_MS);
    if (!hasEnded) this.#process.unref();
    return hasEnded;
  }

  async #awaitEnd(answersRead: Promise<void>): Promise<string> {
    const status = await this.#process.status.catch(() => undefined);
    // Its pipe is closed with it, unless a process that it has started lives for a moment longer.
    await withTimeout(answersRead, { ms: PIPE_MS, clock: systemClock });
    await this.#stdin.close().catch(() => {});
    if (status === undefined) return "ended";
    const { code, signal } = status;
    return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  }

  async #endsWithin(ms: number): Promise<boolean> {
    return await withTimeout(this.ended, { ms, clock: systemClock }) !== undefined;
  }

  async #readAnswers(): Promise<void> {
    for await (const _ of this.#process.stdout) this.#askedAt = undefined;
  }
}

/** Reads the session of this process; 0 if that is not known. */
function readOwnSession(): number {
  try {
    return seesProcesses() ? readStat(`${Deno.pid}`)?.session ?? 0 : 0;
  } catch {
    // Too few descriptors.
    return 0;
  }
}

/** Starts a shell in a session of its own: by the session starter, which takes less time than a fork. (Row start of bench/.) */
function spawnShell(args: readonly string[]): Deno.ChildProcess {
  const options = {
    cwd: "/",
    // It keeps groups as variables: none may come from elsewhere. A reaper within another run, of a worker that is an
    // executor, must not be ended as a worker of that run either: it ends others after the end of that executor.
    clearEnv: true,
    env: {
      PATH: readEnv("PATH") ?? "",
      EXECUTOR_RUN_ID: "",
      EXECUTOR_ATTEMPT_ID: "",
      [REAPER_OF]: readEnv("EXECUTOR_ATTEMPT_ID") ?? "",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  } as const;
  const starter = installStarter();
  const shell = starter === undefined ? undefined : findProgram("sh", readEnv("PATH") ?? "");
  if (starter !== undefined && shell?.kind === "found" && shell.path.startsWith("/")) {
    try {
      const command = starterArguments({ path: shell.path, args });
      return new Deno.Command(starter, { ...options, args: command }).spawn();
    } catch {
      // Its file system forbids to run it, for example.
    }
  }
  return new Deno.Command("sh", { ...options, args: [...args], detached: true }).spawn();
}

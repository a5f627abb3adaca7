/**
 * The agent: a POSIX shell script that stands between a cluster engine and the worker, on the machine where that runs.
 *
 * It gives a remote worker what a local one has: a process group, signals, an exit code or the name of a signal (a code that
 * means one counts as it), and an end, after the grace period, when the executor is gone.
 *
 * @module
 */
import { quote, quoteInLine, SET_NEWLINE } from "../../base/shell.ts";
import type { WorkerCommand } from "../launcher.ts";
import { SEARCH } from "../search_script.ts";
import { TERMINATE } from "../termination_script.ts";

/** The first frame of an agent, before it has read anything. The mark 0x1e comes before this and every other frame. */
export const GREETING = "executor-agent";

/**
 * The command that an engine runs. It has no line break and no expansion, so that it passes through any login shell; all
 * else comes in the first line of its stdin, see {@linkcode agentLine}.
 */
export const BOOTSTRAP: readonly string[] = [
  "sh",
  "-c",
  `printf "\\036${GREETING}\\n" && IFS= read -r agent_script && eval "$agent_script"`,
];

/**
 * One pipe brings everything that happens to one reader, in order: the words of the executor, the seconds, the worker's
 * process id and its end. Words that begin with `+` do not come from the executor.
 *
 * - The worker is a foreground command of the left side: in the background, a shell would let it ignore SIGINT. The exit code
 *   of a worker that a signal ended is 128 and the number of the signal; only the messages of the shell, which differ, could
 *   tell that from a worker that exits with such a code.
 * - A worker without a process id never began: setsid itself could not be run with such arguments. Neither did a worker
 *   whose interpreter is missing.
 * - `env` sets the worker's variables, at the very last: some mean something to a shell, or cannot be set by it. For that
 *   moment, a list of processes shows them.
 * - A second is the next tick, which may come at once. So the lease is over with the tick after its last one, and the grace
 *   period is counted with one more second.
 * - A process of its own gives each answer: if stdout is full, the lease must run out all the same.
 * - An engine that ends a job by SIGTERM may send it to every process. The left side takes note, the others ignore it. As the
 *   worker may get it first, the agent waits for a moment (`agent_settle`) before it believes that a worker failed by itself.
 * - What the worker left in groups and sessions of its own ends with it if the worker is ended or has failed: its range may
 *   be tried again, even on another node. A worker that exits with 0 may leave something there.
 * - A worker that is suspended is killed, and not woken up: its range may run again by the time that its agent notices.
 * - What was killed takes a moment to be gone, so the end of a killed worker is reported after a short wait for its group.
 * - If no process can be started any more, a shell such as dash exits, and no more seconds come. Then nobody keeps the lease. So the
 *   group of the worker is killed, which needs no process.
 * - The clock and the reader notice if another shell is killed, and the worker is killed then. The clock cannot write to a reader that
 *   is gone. When the left side is gone, the clock tells the reader so; that comes after all that the left side has said. The reader
 *   looks for the clock when the executor says something. Once the executor is gone, it does so each second, and without a clock these
 *   seconds count. A reader that is done ends the clock. Without a copier, the lease runs out.
 * - A look at what the worker uses (`agent_look`) starts no process: `read` takes it from /proc. It sees the worker, all that
 *   descends from it, and what an earlier look has seen, as that may have lost its parent. At the end, the kernel tells the left
 *   side the time of the worker, with the children that it has waited for.
 */
const SCRIPT = `${TERMINATE}${SEARCH}
executor_open_proc
agent_measures=$executor_sees
[ -e "/proc/self/task/$$/children" ] || agent_measures=
agent_say() { printf '\\036%s %s\\n' "$agent_nonce" "$*"; }
agent_node=\${agent_node:-$(hostname 2>/dev/null || uname -n)}
cd -- "$agent_cwd" 2>/dev/null || {
  agent_what=cwd
  if [ -d "$agent_cwd" ]; then agent_what=cwd2; elif [ -e "$agent_cwd" ]; then agent_what=cwd1; fi
  agent_say CANNOT "$agent_what" "$agent_node"
  exit 0
}
agent_find() {
  agent_file=$1 agent_found=1 agent_rest=$2:
  case $1 in */*)
    [ -e "$1" ] || return 1
    [ ! -d "$1" ] || return 3
    [ -f "$1" ] && [ -x "$1" ] || return 2
    return 0 ;;
  esac
  while [ -n "$agent_rest" ]; do
    agent_file=\${agent_rest%%:*} agent_rest=\${agent_rest#*:}
    agent_file=\${agent_file:-.}/$1
    [ -f "$agent_file" ] || continue
    [ -x "$agent_file" ] && return 0
    agent_found=2
  done
  return $agent_found
}
agent_find setsid "$PATH" || { agent_say CANNOT setsid "$agent_node"; exit 0; }
agent_find "$agent_command" "$agent_path" || { agent_say CANNOT "command$?" "$agent_node"; exit 0; }
trap : HUP INT QUIT TERM USR1 USR2
exec 5<&0 3>&1 6>&2
{
  agent_asked=-
  trap : HUP INT QUIT USR1 USR2
  trap agent_asked=engine TERM
  exec 4>&1 2>/dev/null
  agent_waiter=
  [ -z "$executor_sees" ] || read -r agent_waiter agent_rest </proc/self/stat
  ( trap '' HUP INT QUIT TERM USR1 USR2 PIPE
    exec 3>&- 4>&- 5<&- 6>&-
    executor_is_alive() { executor_found_is_alive; }
    agent_end_all() {
      agent_children=
      read -r agent_children <"/proc/$agent_waiter/task/$agent_waiter/children"
      executor_leaders=" $agent_children "
      executor_signal_found KILL
      executor_await_end
    }
    trap 'echo +STUCK || agent_end_all' EXIT
    agent_tick() { if [ -z "$agent_waiter" ] || kill -0 "$agent_waiter"; then echo +TICK; else echo +ORPHAN; fi; }
    while sleep 1 || sleep 1 || sleep 1 && agent_tick; do :; done ) & echo "+CLOCK $!"
  ( trap '' HUP INT QUIT TERM USR1 USR2 PIPE
    exec 3>&- 4>&- 6>&-
    while read -r agent_word && echo "$agent_word"; do :; done
    while echo +EOF && sleep 1; do :; done ) <&5 &
  setsid sh -c '
    printf "\\036%s %s %s\\n" "$0" "$1" "$$" >&3
    echo "+PID $$" >&4
    shift
    exec "$@" </dev/null >&3 2>&6 3>&- 4>&- 5<&- 6>&-
  ' "$agent_nonce" "START $agent_node $agent_id:" "$@"
  agent_code=$?
  [ -z "$agent_measures" ] || { executor_stat self; set -- 1 2 \${executor_text##*) }; echo "+USED $((\${16} + \${17}))"; }
  [ "$agent_code" = 0 ] || [ -z "$agent_settle" ] || sleep "$agent_settle"
  echo "+DONE $agent_code $agent_asked"
} | {
  trap '' HUP INT QUIT TERM USR1 USR2 PIPE
  exec 5<&-
  agent_pid= agent_clock= agent_second= agent_early= agent_why=- agent_left=$agent_lease agent_held= agent_code= agent_killed= agent_all=
  agent_members= agent_used= executor_leaders=
  trap 'executor_signal_leaders KILL' EXIT
  executor_signal() {
    [ "$1" != KILL ] || agent_killed=1
    [ -n "$agent_pid" ] || { agent_early="$agent_early $1"; return; }
    case $1 in STOP|CONT) ;; *) agent_all=1 ;; esac
    executor_signal_found "$1"
  }
  agent_end() {
    [ "$agent_why" = - ] || return 0
    agent_why=$1
    if [ -n "$agent_held" ]; then executor_grace=0; executor_check_grace; else executor_ask_to_end; fi
  }
  agent_has_clock() { [ -n "$agent_clock" ] && kill -0 "$agent_clock"; }
  agent_end_at_once() {
    agent_clock= executor_grace=0
    if [ "$agent_why" = - ]; then agent_end lease; else executor_check_grace; fi
  }
  executor_is_alive() {
    [ -n "$agent_all" ] || kill -0 "-$agent_pid" || return 1
    executor_found_is_alive || return 1
    [ -n "$agent_all$executor_inside" ] || [ -z "$executor_sees" ]
  }
  agent_lacks_interpreter() {
    read -r agent_first agent_second agent_others <"$agent_file"
    case $agent_first in '#!') ;; '#!'*) agent_second=\${agent_first#??} ;; *) return 1 ;; esac
    [ ! -e "$agent_second" ]
  }
  agent_cannot() {
    case $agent_why$agent_code in -126|-127) ;; *) return 1 ;; esac
    if [ -n "$agent_pid" ]; then
      agent_lacks_interpreter || return 1
      agent_what=interpreter
    elif setsid true; then agent_what=args; else agent_what=setsid; fi
    agent_say CANNOT $agent_what "$agent_node" "$agent_second" >&3
  }
  agent_exit() {
    if [ "$agent_code" -gt 128 ]; then agent_signal_name=$(kill -l $((agent_code - 128))); else agent_signal_name=; fi
    case $agent_signal_name in ''|[!A-Z]*) set -- code "$agent_code" ;; *) set -- signal "$agent_signal_name" ;; esac
    agent_group=gone
    if [ -n "$agent_killed" ]; then executor_await_end; else ! executor_is_alive; fi || agent_group=alive
    agent_say EXIT "$@" $agent_why $agent_group $agent_used >&3
  }
  agent_look() {
    agent_ticks=0 agent_rss=0 agent_peak=0 agent_seen=' '
    set -- "$agent_pid:" $agent_members
    agent_members=
    while [ $# -gt 0 ]; do
      agent_one=\${1%:*} agent_start=\${1#*:}
      shift
      case $agent_seen in *" $agent_one "*) continue ;; esac
      agent_count "$agent_one" "$agent_start" || continue
      for agent_file in "/proc/$agent_one/task"/*/children; do
        agent_children=
        read -r agent_children <"$agent_file"
        for agent_one in $agent_children; do set -- "$@" "$agent_one:"; done
      done
    done
    case $agent_seen in *" $agent_pid "*) ;; *) return 1 ;; esac
  }
  agent_count() {
    executor_stat "$1"
    set -- "$1" "$2" \${executor_text##*) }
    [ $# -gt 22 ] || return 1
    case $2 in ''|"\${22}") ;; *) return 1 ;; esac
    agent_seen="$agent_seen$1 " agent_members="$agent_members $1:\${22}"
    agent_ticks=$((agent_ticks + \${14} + \${15} + \${16} + \${17}))
    while read -r agent_name agent_kilobytes agent_unit; do
      case $agent_name in
        VmHWM:) [ "$agent_kilobytes" -le "$agent_peak" ] || agent_peak=$agent_kilobytes ;;
        VmRSS:) agent_rss=$((agent_rss + agent_kilobytes)); break ;;
      esac
    done <"/proc/$1/status"
  }
  agent_ended() {
    [ -n "$agent_code" ] && ! executor_is_alive || return 1
    agent_say GONE >&3
  }
  while read -r agent_word agent_rest; do
    case $agent_word in
      +CLOCK) agent_clock=$agent_rest ;;
      +PID) agent_pid=$agent_rest executor_leaders=" $agent_pid "; for agent_word in $agent_early; do executor_signal "$agent_word"; done ;;
      +TICK|+ORPHAN)
        if [ "$agent_word$agent_code" = +ORPHAN ]; then
          executor_signal KILL
          executor_await_end
          break
        elif [ "$agent_why" != - ]; then
          executor_pass_second
          [ "$executor_grace" -gt -2 ] || [ -z "$agent_code" ] || break
        elif [ -z "$agent_held" ]; then
          agent_left=$((agent_left - 1))
          [ "$agent_left" -ge 0 ] || agent_end lease
        fi ;;
      +STUCK) agent_end_at_once ;;
      +EOF)
        agent_end gone
        if [ -z "$agent_clock" ]; then
          executor_pass_second
          [ "$executor_grace" -gt -2 ] || break
        else agent_has_clock || agent_end_at_once; fi ;;
      PING)
        if agent_has_clock; then
          agent_left=$agent_lease
          agent_say PONG >&3 &
        else agent_end_at_once; fi ;;
      USE)
        if [ -z "$agent_measures" ]; then :
        elif agent_look; then agent_say USE $agent_ticks $agent_rss $agent_peak >&3 &
        else agent_say USE >&3 & fi ;;
      STOP) agent_held=1; executor_signal STOP ;;
      CONT) agent_held= agent_left=$agent_lease; executor_signal CONT ;;
      TERM|KILL|HUP|INT|QUIT|USR1|USR2) executor_signal "$agent_word" ;;
      +USED) agent_used=$agent_rest ;;
      +DONE)
        agent_code=\${agent_rest% *}
        [ "$agent_why" != - ] || agent_why=\${agent_rest#* }
        ! agent_cannot || break
        [ "$agent_code" = 0 ] || agent_all=1
        agent_exit
        [ $agent_group = alive ] || break ;;
    esac
    [ -z "$agent_code" ] || ! agent_ended || break
  done
  [ -z "$agent_code" ] || { trap - EXIT; [ -z "$agent_clock" ] || kill -s KILL "$agent_clock"; }
} 4>&- 6>&- 2>/dev/null
`;

/**
 * The facts about a worker that only the engine's environment on the node holds. Each is a word of POSIX shell, such as
 * `"$NODE_NAME"`, which the agent expands.
 */
export interface AgentEngine {
  /** The node's name; that of hostname(1) if left out or empty. */
  readonly node?: string;
  /** The engine's name for the worker. */
  readonly id?: string;
  /** For how many seconds a SIGTERM that the engine sends to the whole job may reach the worker before the agent. */
  readonly settle?: string;
}

/** Options of {@linkcode agentLine}. */
export interface AgentOptions {
  /** A word that nothing else prints; every frame but the greeting begins with it. */
  readonly nonce: string;
  /** The worker's directory. */
  readonly cwd: string;
  /** Milliseconds from asking the worker to end to killing it, if the executor is gone. */
  readonly gracePeriod: number;
  /** Milliseconds without a word of the executor after which it counts as gone. */
  readonly lease: number;
  readonly engine?: AgentEngine;
}

/** Returns the first line of an agent's stdin, with its line break. */
export function agentLine(
  { command, args, env = {} }: WorkerCommand,
  { nonce, cwd, gracePeriod, lease, engine = {} }: AgentOptions,
): Uint8Array {
  const argv = [
    ...["env", "--", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    // env would take such a command for one more variable.
    ...(command.includes("=") ? ["/bin/sh", "-c", 'exec "$@"', "sh"] : []),
    ...[command, ...args],
  ];
  const { EXECUTOR_ATTEMPT_ID: id = "" } = env;
  const mark = id === "" ? "" : `EXECUTOR_ATTEMPT_ID=${id}`;
  const path = env.PATH === undefined ? '"$PATH"' : quoteInLine(env.PATH);
  const line = [
    SET_NEWLINE,
    `agent_nonce=${quote(nonce)} agent_cwd=${quoteInLine(cwd)}`,
    `agent_node=${engine.node ?? ""} agent_id=${engine.id ?? ""}`,
    `agent_settle=${engine.settle ?? ""}`,
    `executor_grace=${Math.ceil(gracePeriod / 1000) + 1} agent_lease=${Math.ceil(lease / 1000)}`,
    `agent_command=${quoteInLine(command)} agent_path=${path}`,
    `executor_marks=${quoteInLine(mark)}`,
    `set -- ${argv.map(quoteInLine).join(" ")}`,
    `eval ${quoteInLine(SCRIPT)}`,
  ].join("; ");
  return new TextEncoder().encode(`${line}\n`);
}

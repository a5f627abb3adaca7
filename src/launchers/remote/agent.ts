/**
 * The agent: a POSIX shell script that stands between an engine and the worker on the machine where it runs.
 *
 * It gives to every engine what a local process has: a process group, signals, an exit code or the name of a signal (a
 * code that means one counts as it), and an end, with a grace, when nobody is there any more.
 *
 * @module
 */
import type { WorkerCommand } from "../launcher.ts";

/** What an agent says first, before it has read anything; the mark 0x1e comes before all that it says. */
export const GREETING = "executor-agent";

/**
 * What an engine runs: no line break, no expansion, so that it passes through any login shell. All else comes in the first
 * line of its stdin.
 */
export const BOOTSTRAP: readonly string[] = [
  "sh",
  "-c",
  `printf "\\036${GREETING}\\n" && IFS= read -r agent_script && eval "$agent_script"`,
];

/**
 * One pipe brings everything that happens to one reader, in order: the words of the executor, the seconds, the worker's
 * number and its end. Its words begin with `+` where they are not the executor's.
 *
 * - The worker is a foreground command of the left side: in the background, a shell would let it ignore SIGINT. A shell
 *   gives 128 and the number of the signal for one that a signal has ended; only its words, which differ, would tell
 *   that from a worker that exits with such a code.
 * - A worker without a number was never begun: setsid itself could not be run with such arguments. Neither was one whose
 *   interpreter is not there.
 * - `env` sets the worker's variables, at the very last: some of them mean something to a shell, or cannot be set by it.
 *   For that moment, a list of processes shows them.
 * - A second is the next tick, which may come at once: the lease is over with the tick after its last one, not before it.
 * - Answers are given by a process of their own: a stdout that is full must not keep the lease from running out.
 * - An engine that ends a job by TERM sends it to everybody: the left side takes note, the others ignore it. It may come to
 *   the worker first, so that one that failed is not believed at once.
 */
const SCRIPT = `
agent_say() { printf '\\036%s %s\\n' "$agent_nonce" "$*"; }
agent_node=\${SLURMD_NODENAME:-$(hostname 2>/dev/null || uname -n)}
cd -- "$agent_cwd" 2>/dev/null || { agent_say CANNOT cwd "$agent_node"; exit 0; }
agent_find() {
  agent_file=$1 agent_found=1 agent_rest=$2:
  case $1 in */*)
    [ -e "$1" ] || return 1
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
  ( trap '' HUP INT QUIT TERM USR1 USR2 PIPE
    exec 3>&- 4>&- 5<&- 6>&-
    while sleep 1 && echo +TICK; do :; done ) & agent_ticker=$!
  ( trap '' HUP INT QUIT TERM USR1 USR2 PIPE
    exec 3>&- 4>&- 6>&-
    while read -r agent_word && echo "$agent_word"; do :; done
    echo +EOF ) <&5 & agent_copier=$!
  setsid sh -c '
    printf "\\036%s %s %s\\n" "$0" "$1" "$$" >&3
    echo "+PID $$" >&4
    shift
    exec "$@" </dev/null >&3 2>&6 3>&- 4>&- 5<&- 6>&-
  ' "$agent_nonce" "START $agent_node \${SLURM_JOB_ID:+$SLURM_JOB_ID.$SLURM_STEP_ID}:" "$@"
  agent_code=$?
  [ "$agent_code" = 0 ] || [ -z "$SLURM_JOB_ID" ] || sleep 0.2
  echo "+DONE $agent_code $agent_asked"
  kill "$agent_ticker" "$agent_copier"
} | {
  trap '' HUP INT QUIT TERM USR1 USR2 PIPE
  exec 5<&-
  agent_pid= agent_early= agent_why=- agent_left=$agent_lease agent_held= agent_code=
  agent_signal() {
    if [ -n "$agent_pid" ]; then kill -s "$1" -- "-$agent_pid"; else agent_early="$agent_early $1"; fi
  }
  agent_end() {
    [ "$agent_why" = - ] || return 0
    agent_why=$1
    agent_signal TERM
    agent_signal CONT
  }
  agent_alive() {
    kill -0 "-$agent_pid" || return 1
    [ -r /proc/self/stat ] || return 0
    for agent_stat in /proc/[0-9]*/stat; do
      read -r agent_line <"$agent_stat" || continue
      case \${agent_line##*) } in [ZX]*) ;; ?' '*' '"$agent_pid "*) return 0 ;; esac
    done
    return 1
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
    agent_say CANNOT $agent_what "$agent_node" >&3
  }
  agent_exit() {
    if [ "$agent_code" -gt 128 ]; then agent_signal_name=$(kill -l $((agent_code - 128))); else agent_signal_name=; fi
    case $agent_signal_name in ''|[!A-Z]*) set -- code "$agent_code" ;; *) set -- signal "$agent_signal_name" ;; esac
    if agent_alive; then agent_group=alive; else agent_group=gone; fi
    agent_say EXIT "$@" $agent_why $agent_group >&3
  }
  agent_ended() {
    [ -n "$agent_code" ] && ! agent_alive || return 1
    agent_say GONE >&3
  }
  while read -r agent_word agent_rest; do
    case $agent_word in
      +PID) agent_pid=$agent_rest; for agent_word in $agent_early; do agent_signal "$agent_word"; done ;;
      +TICK)
        if [ "$agent_why" != - ]; then
          agent_grace=$((agent_grace - 1))
          [ "$agent_grace" -ge 0 ] || agent_signal KILL
          [ "$agent_grace" -ge -2 ] || [ -z "$agent_code" ] || break
        elif [ -z "$agent_held" ]; then
          agent_left=$((agent_left - 1))
          [ "$agent_left" -ge 0 ] || agent_end lease
        fi ;;
      +EOF) agent_end gone ;;
      PING) agent_left=$agent_lease; agent_say PONG >&3 & ;;
      STOP) agent_held=1; agent_signal STOP ;;
      CONT) agent_held= agent_left=$agent_lease; agent_signal CONT ;;
      TERM|KILL|HUP|INT|QUIT|USR1|USR2) agent_signal "$agent_word" ;;
      +DONE)
        agent_code=\${agent_rest% *}
        [ "$agent_why" != - ] || agent_why=\${agent_rest#* }
        ! agent_cannot || break
        agent_exit
        [ $agent_group = alive ] || break ;;
    esac
    [ -z "$agent_code" ] || ! agent_ended || break
  done
} 4>&- 6>&- 2>/dev/null
`;

/** What an agent is told first. */
export interface AgentOptions {
  /** A word that nothing else prints. */
  nonce: string;
  /** Where the worker runs. */
  cwd: string;
  /** Milliseconds from asking the worker to end to killing it, when the executor is gone. */
  gracePeriod: number;
  /** Milliseconds without a word of the executor after which it counts as gone. */
  lease: number;
}

/** The first line of an agent's stdin, its newline included. */
export function agentLine(
  { command, args, env = {} }: WorkerCommand,
  { nonce, cwd, gracePeriod, lease }: AgentOptions,
): Uint8Array {
  const argv = [
    ...["env", "--", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    // What it would take for one more variable.
    ...(command.includes("=") ? ["/bin/sh", "-c", 'exec "$@"', "sh"] : []),
    ...[command, ...args],
  ];
  const line = [
    // A line break can stand in no line: it is put in from a variable.
    `agent_nl=$(printf "\\nx") agent_nl=\${agent_nl%x}`,
    `agent_nonce=${nonce} agent_cwd=${quote(cwd)}`,
    `agent_grace=${Math.ceil(gracePeriod / 1000)} agent_lease=${Math.ceil(lease / 1000)}`,
    `agent_command=${quote(command)} agent_path=${
      env.PATH === undefined ? '"$PATH"' : quote(env.PATH)
    }`,
    `set -- ${argv.map(quote).join(" ")}`,
    `eval ${quote(SCRIPT)}`,
  ].join("; ");
  return new TextEncoder().encode(`${line}\n`);
}

/** A word that a POSIX shell reads as this text. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll("\n", `'"$agent_nl"'`)}'`;
}

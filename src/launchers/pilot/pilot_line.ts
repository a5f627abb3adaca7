/**
 * Start of a pilot on a node: the line that makes a shell there look for Deno, and run the code that follows the line.
 *
 * Nothing is installed on the node, and this start writes no file there.
 *
 * @module
 */
import { ownProgram } from "../../base/programs.ts";
import { OLDEST_DENO } from "../../base/runtime.ts";
import { quote, quoteInLine, SET_NEWLINE } from "../../base/shell.ts";
import type { AgentEngine } from "../remote/agent.ts";
import { START_MS } from "./frames.ts";

/** Stands for the version of a program that does not tell it: it fails, or is for another machine. */
export const UNUSABLE = "unusable";
/** Stands for the version of a program that has not told it in time: it hangs, or a file server is slow. */
export const LATE = "late";

/** How long a program may take to tell its version, in milliseconds: a file server may have many nodes to serve. */
const PATIENCE_MS = 20_000;

/**
 * Reads the code from stdin and runs it. Its arguments are the nonce, the node, the engine's id, the number of bytes, and the
 * variables that were set for Deno itself: `NAME=VALUE` or, if there was none before, `NAME`. They must be as before when the
 * first worker starts. If the code does not come for long, its executor is gone.
 */
const LOADER = `
const [nonce, node, id, size, ...variables] = Deno.args;
for (const variable of variables) {
  const end = variable.indexOf("=");
  if (end < 0) Deno.env.delete(variable);
  else Deno.env.set(variable.slice(0, end), variable.slice(end + 1));
}
const late = setTimeout(() => Deno.exit(1), ${START_MS});
const code = new Uint8Array(Number(size));
for (let length = 0; length < code.length;) {
  const count = await Deno.stdin.read(code.subarray(length));
  if (count === null) Deno.exit(1);
  length += count;
}
const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
const { runPilot } = await import(url);
URL.revokeObjectURL(url);
Deno.stdout.writeSync(new TextEncoder().encode(\`\\x1e\${nonce} PILOT \${node} \${id || "-"}\\n\`));
clearTimeout(late);
await runPilot();
`.trim();

/**
 * Takes the first of the programs in `$@` that is a Deno which is new enough.
 *
 * - As in the agent, one pipe brings everything that happens to one reader: what the program prints, its end, and the end of
 *   the time that it has. A program that does not end is killed with its group. The shell of the left side redirects itself,
 *   as dash would keep the former files open.
 * - The code is waiting in stdin: nothing but Deno may read that.
 * - With a folder for its cache that cannot be, Deno writes nothing and puts no `node` of its own into the PATH. With
 *   `--ext=js`, it has nothing to write.
 */
const SCRIPT = `
executor_ask() {
  {
    exec </dev/null 2>/dev/null
    sleep "$executor_patience" & executor_sleep=$!
    echo "+SLEEP $executor_sleep"
    ( \${executor_setsid:+setsid} sh -c 'echo "+PID $$"; exec "$0" --version' "$1"
      echo "+END $?" ) &
    wait "$executor_sleep"
    echo +LATE
  } | {
    executor_pid= executor_sleep= executor_version=${UNUSABLE}
    while read -r executor_word executor_rest; do
      case $executor_word in
        +PID) executor_pid=$executor_rest ;;
        +SLEEP) executor_sleep=$executor_rest ;;
        +LATE) executor_version=${LATE}; break ;;
        +END) [ "$executor_rest" != 127 ] || executor_version=nothing; break ;;
        deno) case $executor_rest in [0-9]*.[0-9]*) executor_version=\${executor_rest%% *}; break ;; esac ;;
      esac
    done
    echo "$executor_version"
    [ -z "$executor_pid" ] || kill -KILL "\${executor_setsid:+-}$executor_pid"
    [ -z "$executor_sleep" ] || kill "$executor_sleep"
  } 2>/dev/null
}
executor_is_new() {
  executor_major=\${1%%.*} executor_minor=\${1#*.}
  executor_minor=\${executor_minor%%[!0-9]*}
  case $1 in *.*) ;; *) return 1 ;; esac
  case $executor_major in *[!0-9]*) return 1 ;; esac
  [ "$executor_major" -gt "$2" ] || { [ "$executor_major" -eq "$2" ] && [ "$executor_minor" -ge "$3" ]; }
}
executor_node=\${executor_node:-$(hostname 2>/dev/null || uname -n)}
executor_setsid=$(command -v setsid) executor_found=nothing
pwd -P >/dev/null 2>&1 || cd /
for executor_deno do
  executor_version=$(executor_ask "$executor_deno")
  [ "$executor_found" != nothing ] || executor_found=$executor_version
  executor_is_new "$executor_version" $executor_oldest || continue
  set -- "DENO_DIR\${DENO_DIR+=$DENO_DIR}" "DENO_NO_UPDATE_CHECK\${DENO_NO_UPDATE_CHECK+=$DENO_NO_UPDATE_CHECK}"
  DENO_DIR=/dev/null DENO_NO_UPDATE_CHECK=1
  export DENO_DIR DENO_NO_UPDATE_CHECK
  exec "$executor_deno" eval --ext=js --quiet --no-config --no-lock --no-npm --no-remote "$executor_loader" \\
    "$executor_nonce" "$executor_node" "$executor_id" "$executor_size" "$@"
done
printf '\\036%s NODENO %s %s\\n' "$executor_nonce" "$executor_node" "$executor_found"
exit 0
`;

/** Options of {@linkcode pilotLine}. */
export interface PilotLineOptions {
  /** A word that nothing else prints; the answer begins with it. */
  readonly nonce: string;
  /** How many bytes of code follow the line. */
  readonly codeBytes: number;
  /** The absolute path of the Deno to use. If left out, `deno` on the PATH of the node and then `ownDeno` are tried. */
  readonly deno?: string;
  /**
   * The path of the Deno that runs the executor: where nodes share its file system, it is there, too.
   *
   * @default The path of this process, if that is Deno itself and may be known.
   */
  readonly ownDeno?: string;
  readonly engine?: Pick<AgentEngine, "node" | "id">;
  /**
   * Milliseconds in which a program must tell its version.
   *
   * @default {20000}
   */
  readonly patience?: number;
}

/**
 * Returns the line that the executor writes after the greeting of an agent, with its line break. The code of the pilot must
 * follow. The shell becomes the pilot, or says that there is no Deno and exits: see {@linkcode parsePilotAnswer}.
 */
export function pilotLine(
  { nonce, codeBytes, deno, ownDeno = findOwnDeno(), engine = {}, patience = PATIENCE_MS }:
    PilotLineOptions,
): Uint8Array {
  const programs = deno === undefined ? ["deno", ...(ownDeno ? [ownDeno] : [])] : [deno];
  const line = [
    SET_NEWLINE,
    `executor_nonce=${quote(nonce)} executor_size=${codeBytes} executor_patience=${
      Math.ceil(patience / 1000)
    }`,
    `executor_node=${engine.node ?? ""} executor_id=${engine.id ?? ""}`,
    `executor_oldest='${OLDEST_DENO.replace(".", " ")}' executor_loader=${quoteInLine(LOADER)}`,
    `set -- ${programs.map(quoteInLine).join(" ")}`,
    `eval ${quoteInLine(SCRIPT)}`,
  ].join("; ");
  return new TextEncoder().encode(`${line}\n`);
}

function findOwnDeno(): string | undefined {
  return Deno.build.standalone ? undefined : ownProgram();
}

/** What a node answers to the line of a pilot. */
export type PilotAnswer =
  /** The pilot runs: from the end of this line on, it writes frames only. */
  | { readonly kind: "pilot"; readonly node: string; readonly id?: string }
  /**
   * There is no Deno of use. `found` is the version of one that is too old, {@linkcode UNUSABLE} or {@linkcode LATE} for a program
   * that does not tell its version, or undefined if there is nothing.
   */
  | { readonly kind: "no-deno"; readonly node: string; readonly found?: string };

/**
 * Parses an answer, without its mark and its line break: `NONCE PILOT node id` or `NONCE NODENO node found`. Returns undefined
 * if it is something else.
 */
export function parsePilotAnswer(text: string): PilotAnswer | undefined {
  const [, kind, node, last] = /^\S+ (PILOT|NODENO) (.+) (\S+)$/.exec(text) ?? [];
  if (kind === undefined || node === undefined) return undefined;
  if (kind === "PILOT") return { kind: "pilot", node, id: last === "-" ? undefined : last };
  return { kind: "no-deno", node, found: last === "nothing" ? undefined : last };
}

/**
 * Look at the processes of this machine through a shell, where this process may not read /proc itself or there is none.
 *
 * @module
 */
import { SEARCH } from "../search_script.ts";
import type { SeenProcess } from "./seen_process.ts";

/** Prints a line of fields for each process of this user: those of {@linkcode SeenProcess} in order, and the attempt's id. */
const LOOK = `${SEARCH}
executor_open_proc || exit 1
executor_look
executor_ids=$(
  for file in $(grep -lsF EXECUTOR_ATTEMPT_ID= /proc/[0-9]*/environ); do
    pid=\${file#/proc/} pid=\${pid%/environ}
    tr '\\000' '\\n' 2>/dev/null <"$file" | sed -n "s/^EXECUTOR_ATTEMPT_ID=/id $pid /p"
  done
)
printf '%s\\n' $executor_table
printf '%s\\n' "$executor_ids"
`;

/** Signals a process `pid:start`, unless its number is that of another one by now. */
const SIGNAL = `${SEARCH}
executor_nested=' '
executor_signal_one "$1" "$2"
`;

/** Looks: on Linux in /proc, on macOS through ps(1). Returns undefined if the processes cannot be seen in this way either. */
export function lookByShell(): SeenProcess[] | undefined {
  return Deno.build.os === "darwin" ? lookByPs() : lookInProc();
}

/** Signals a process that such a look found, if it is still the same. */
export function signalByShell({ pid, start }: SeenProcess, signal: Deno.Signal): void {
  if (Deno.build.os !== "darwin") {
    run("sh", ["-c", SIGNAL, "sh", signal.replace("SIG", ""), `${pid}:${start}`]);
    return;
  }
  const same = lookByPs([`${pid}`])?.some((process) => process.start === start);
  if (same) Deno.kill(pid, signal);
}

function lookInProc(): SeenProcess[] | undefined {
  const output = run("sh", ["-c", LOOK]);
  if (output === undefined) return undefined;
  const lines = output.split("\n");
  const ids = new Map<number, string>();
  for (const line of lines) {
    const [, pid, id] = /^id (\d+) (.*)$/.exec(line) ?? [];
    if (id !== undefined) ids.set(Number(pid), id);
  }
  return lines.filter((line) => /^\d+:/.test(line)).map((line) => {
    const [pid, parent, group, session, owner, start] = line.split(":");
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      start: Number(start),
      isForeign: owner !== "ours",
      attemptId: ids.get(Number(pid)),
    };
  });
}

/** Looks through ps(1), which knows neither environments nor, on macOS, the numbers of sessions. */
export function lookByPs(pids?: readonly string[]): SeenProcess[] | undefined {
  const which = pids === undefined ? ["-ax"] : ["-p", pids.join(",")];
  const output = run("ps", [...which, "-o", "pid=,ppid=,pgid=,uid=,stat=,lstart="]);
  const ours = run("id", ["-u"])?.trim();
  return output?.split("\n").flatMap((line) => {
    const [pid, parent, group, owner, state, ...start] = line.trim().split(/\s+/);
    if (start.length === 0 || state?.startsWith("Z")) return [];
    return [{
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: 0,
      start: Date.parse(start.join(" ")),
      isForeign: owner !== ours,
      attemptId: undefined,
    }];
  });
}

function run(command: string, args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command(command, {
      args,
      env: { LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}

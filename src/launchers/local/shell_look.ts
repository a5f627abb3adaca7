/**
 * Look at the processes of this machine through a shell, where this process may not read /proc itself or there is none.
 *
 * @module
 */
import { OUTER_IDS, outerIdsOf, REAPER_OF } from "../../model/names.ts";
import { SEARCH } from "../search_script.ts";
import { outputOf } from "./output_of.ts";
import { readPs } from "./ps.ts";
import { NO_ATTEMPTS, type SeenProcess } from "./seen_process.ts";

/**
 * Prints a line of fields for each process that this user may signal, those of {@linkcode SeenProcess} in order, and then a line for
 * each variable that names attempts.
 */
const LOOK = `${SEARCH}
executor_open_proc || exit 1
executor_look || exit 1
executor_grep -lsF EXECUTOR_ATTEMPT_ID= /proc/[0-9]*/environ || exit 1
executor_ids=$(
  for file in $executor_lines; do
    pid=\${file#/proc/} pid=\${pid%/environ}
    tr '\\000' '\\n' 2>/dev/null <"$file" | sed -n "s/^EXECUTOR_ATTEMPT_ID=/id $pid /p; s/^${OUTER_IDS}=/outer $pid /p; s/^${REAPER_OF}=/reaper $pid /p"
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
    outputOf("sh", ["-c", SIGNAL, "sh", signal.replace("SIG", ""), `${pid}:${start}`]);
    return;
  }
  const same = lookByPs([pid])?.some((process) => process.start === start);
  if (same) Deno.kill(pid, signal);
}

function lookInProc(): SeenProcess[] | undefined {
  const output = outputOf("sh", ["-c", LOOK]);
  if (output === undefined) return undefined;
  const lines = output.split("\n");
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, key, value] = /^((?:id|outer|reaper) \d+) (.*)$/.exec(line) ?? [];
    if (key !== undefined) values.set(key, value!);
  }
  return lines.filter((line) => /^\d+:/.test(line)).map((line) => {
    const [pid, parent, group, session, start] = line.split(":");
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      start: Number(start),
      isForeign: false,
      attemptId: values.get(`id ${pid}`),
      outerIds: outerIdsOf(values.get(`outer ${pid}`) ?? ""),
      reaperOf: values.get(`reaper ${pid}`),
    };
  });
}

/** Looks through ps(1), which knows neither sessions nor attempts. */
export function lookByPs(pids?: readonly number[]): SeenProcess[] | undefined {
  const ours = outputOf("id", ["-u"])?.trim();
  return readPs(pids)?.filter(({ isZombie }) => !isZombie).map((process) => {
    const { pid, parent, group, start, owner } = process;
    const isForeign = ours !== "0" && owner !== ours;
    return { pid, parent, group, session: 0, start, isForeign, ...NO_ATTEMPTS };
  });
}

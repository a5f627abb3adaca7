/**
 * Orphans on a host: ends the workers that earlier runs have left there.
 *
 * @module
 */
import { quote, quoteInLine, SET_NEWLINE } from "../../base/shell.ts";
import { FIND_BY_ENVIRONMENT, TERMINATE } from "../termination_script.ts";

/** The last line that the script prints. */
export const REAPED = "executor-reaped\n";

/** Workers are found by their run's id in their environment; without /proc, none is found. */
const SCRIPT = `${TERMINATE}${FIND_BY_ENVIRONMENT}
groups() {
  for pid in $(executor_find "$marks"); do
    read -r line 2>/dev/null <"/proc/$pid/stat" || continue
    line=\${line##*) }
    case $line in [ZX]*) continue ;; esac
    line=\${line#* } line=\${line#* }
    echo "\${line%% *}"
  done | sort -u
}
executor_signal() { for group in $(groups); do kill -s "$1" -- "-$group" 2>/dev/null; done; }
executor_is_alive() { [ -n "$(groups)" ]; }
executor_terminate
printf %s ${quote(REAPED)}
`;

/** The command that ends them; the script that it runs comes as the first line of its stdin. */
export const REAP_COMMAND = `exec sh -c ${quote('IFS= read -r code && eval "$code"')}`;

/** Returns that line. */
export function reapLine(runIds: readonly string[], gracePeriod: number): string {
  const marks = runIds.map((runId) => `EXECUTOR_RUN_ID=${runId}`).join("\n");
  return [
    SET_NEWLINE,
    `executor_grace=${Math.ceil(gracePeriod / 1000)} marks=${quoteInLine(marks)}`,
    `eval ${quoteInLine(SCRIPT)}\n`,
  ].join("; ");
}

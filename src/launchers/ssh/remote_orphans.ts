/**
 * Orphans on a host: ends the workers that earlier runs have left there.
 *
 * @module
 */
import { quote, quoteInLine, SET_NEWLINE } from "../../base/shell.ts";
import { SEARCH } from "../search_script.ts";
import { TERMINATE } from "../termination_script.ts";

/** The last line that the script prints, if it has seen the processes, and none of these workers is left. */
export const REAPED = "executor-reaped\n";

/**
 * Workers are found by the id of their attempt in their environment; without /proc, none is found. What is in the group of such
 * a process ends with it.
 */
const SCRIPT = `${TERMINATE}${SEARCH}
executor_open_proc
executor_leaders=' '
pids=$(executor_find "$executor_marks") || executor_sees=
for pid in $pids; do
  [ "$pid" != "$$" ] && executor_stat "$pid" && executor_leaders="$executor_leaders$executor_group "
done
executor_signal() { executor_signal_found "$1"; }
executor_is_alive() { executor_found_is_alive; }
executor_terminate && [ -n "$executor_sees" ] && printf %s ${quote(REAPED)}
`;

/** The command that ends them; the script that it runs comes as the first line of its stdin. */
export const REAP_COMMAND = `exec sh -c ${quote('IFS= read -r code && eval "$code"')}`;

/** Returns that line, which ends what is left of these attempts. */
export function reapLine(attemptIds: readonly string[], gracePeriod: number): string {
  const marks = attemptIds.map((id) => `EXECUTOR_ATTEMPT_ID=${id}`).join("\n");
  return [
    SET_NEWLINE,
    `executor_grace=${Math.ceil(gracePeriod / 1000)} executor_marks=${quoteInLine(marks)}`,
    `eval ${quoteInLine(SCRIPT)}\n`,
  ].join("; ");
}

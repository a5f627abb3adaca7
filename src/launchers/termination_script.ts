/**
 * The end of processes, the only implementation in POSIX shell: SIGTERM, SIGCONT, the grace period, SIGKILL.
 *
 * {@linkcode Termination} is its counterpart in TypeScript.
 *
 * @module
 */

/**
 * Shell functions that end processes. The script that holds them sets `executor_grace`, in seconds, and defines
 *
 * - `executor_signal NAME`, which signals the processes,
 * - `executor_is_alive`, which succeeds if any of them is alive.
 *
 * `executor_terminate` sees the processes to their end; it succeeds if none is left. A script that must not block calls
 * `executor_ask_to_end` and, after each second, `executor_pass_second`; `executor_await_end` waits for a second at most
 * until the processes are gone: one that was killed takes a moment.
 */
export const TERMINATE = `
executor_ask_to_end() {
  executor_signal TERM
  executor_signal CONT
  executor_check_grace
}
executor_check_grace() { [ "$executor_grace" -gt 0 ] || executor_signal KILL; }
executor_pass_second() {
  executor_grace=$((executor_grace - 1))
  executor_check_grace
}
executor_await_end() {
  executor_looks=20
  while executor_is_alive; do
    [ "$executor_looks" -gt 0 ] || return 1
    executor_looks=$((executor_looks - 1))
    sleep 0.05 2>/dev/null || { sleep 1; executor_looks=0; }
  done
}
executor_terminate() {
  executor_ask_to_end
  while [ "$executor_grace" -gt 0 ] && executor_is_alive; do
    sleep 1
    executor_pass_second
  done
  executor_await_end
}
`;

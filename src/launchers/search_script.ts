/**
 * Search for the processes of attempts in POSIX shell: those of their groups and sessions, those that carry their id in the
 * environment, and the descendants of all of these. The workers of an executor that is itself a worker carry both ids: that of the
 * outer attempt is a word `outer=ID`, see `OUTER_IDS` of `model/names.ts`.
 *
 * `local/attempt_processes.ts` is its counterpart in TypeScript.
 *
 * @module
 */

/**
 * Shell functions that find processes in /proc and signal them. A script that holds them runs `executor_open_proc` first, not
 * in a subshell, and sets
 *
 * - `executor_leaders`: the numbers of the groups, each with a space before and after it,
 * - `executor_marks`: variables `EXECUTOR_ATTEMPT_ID=…` of the environment, with line breaks between them.
 *
 * `/proc` is read by `cat`, and searched for marks by `grep`. A program that cannot be started or is killed is tried three times
 * in a row; then it has failed. Without any `grep`, no mark is found, and that is no failure.
 *
 * `executor_search` finds the processes. It fails where /proc does not show them, or `cat` has failed. After three searches in a
 * row that failed, `executor_sees` is empty, and all later ones fail. After a search, `executor_inside` is not empty if one is
 * alive in a group, and `executor_others` has the others as words `pid:start`, as only both identify a process. Groups that are
 * gone are dropped. If `grep` has failed, `executor_doubt` is not empty: there may be others with a mark, and those that were
 * found may be workers of another executor. The first search must come before the first signal: a process whose parent has ended
 * cannot be told from others any more.
 *
 * `executor_signal_found NAME` searches, and signals the groups and the others. Those that a later search finds get the same
 * signals. Only SIGKILL reaches the workers of an executor that is itself a worker: it ends them when it is asked to end, and if it
 * is killed, its reaper ends them. The other signals reach them once no process with one of the marks and no such reaper is left. A
 * signal that is withheld in doubt is sent by the next search that is not in doubt. `executor_found_is_alive` succeeds if any
 * process is alive, or may be: a search has failed, or is in doubt.
 *
 * `executor_find MARKS` prints the numbers of the processes that carry one of the marks. It fails if `grep` has failed or is not
 * there. A mark is matched as a word: it is not found in `EXECUTOR_ATTEMPT_ID=…10` if it ends in 1. A process in the middle of
 * execve(2) has no environment for a moment, and is missed then. `executor_grep ARGUMENTS` sets `executor_lines` to what `grep`
 * prints, and fails if `grep` has failed.
 */
export const SEARCH = `
executor_open_proc() {
  executor_sees= executor_failed= executor_known= executor_said= executor_others= executor_inside=
  executor_doubt= executor_owed= executor_uid=$(id -u)
  { read -r executor_line executor_text </proc/self/stat; } 2>/dev/null && [ "$executor_line" = "$$" ] && executor_sees=1
}
executor_read() {
  for executor_try in 1 2 3; do
    executor_lines=$("$@" 2>/dev/null; [ $? -gt 2 ] || echo read)
    case $executor_lines in *read) executor_lines=\${executor_lines%read}; return 0 ;; esac
  done
  executor_lines=
  return 1
}
executor_grep() { executor_read grep "$@" || ! command -v grep >/dev/null; }
executor_marks_as() { for executor_line in $executor_marks; do echo "$1=\${executor_line#*=}"; done; }
executor_grep_marks() { printf '%s\\n' "$1" | grep -lswF -f - /proc/[0-9]*/environ; }
executor_find() {
  [ -n "$1" ] || return 0
  # The marks of thousands of attempts are too long for an argument.
  executor_read executor_grep_marks "$1" || return 1
  for executor_file in $executor_lines; do
    executor_file=\${executor_file%/environ}
    ! executor_may_signal "$executor_file" || echo "\${executor_file#/proc/}"
  done
}
executor_may_signal() { [ -O "$1" ] || [ "$executor_uid" = 0 ]; }
executor_stat() {
  executor_text=
  while IFS= read -r executor_line || [ -n "$executor_line" ]; do
    executor_text="$executor_text $executor_line"
  done 2>/dev/null <"/proc/$1/stat" || return 1
  executor_parse "$executor_text"
}
executor_parse() {
  set -- \${1##*) }
  # A zombie with more than one thread is alive: only its main thread has ended.
  case $1 in ''|X*) return 1 ;; Z*) [ "\${18}" -gt 1 ] || return 1 ;; esac
  executor_parent=$2 executor_group=$3 executor_session=$4 executor_start=\${20}
}
executor_look() {
  executor_table= executor_ifs=$IFS
  executor_read cat /proc/[0-9]*/stat || return 1
  set -f
  IFS='
'
  for executor_one in $executor_lines; do
    IFS=$executor_ifs
    executor_pid=\${executor_one%% *}
    case $executor_pid in ''|*[!0-9]*) continue ;; esac
    executor_may_signal "/proc/$executor_pid" || continue
    case $executor_one in
      *') '*) executor_parse "$executor_one" ;;
      *) executor_stat "$executor_pid" ;;
    esac || continue
    executor_table="$executor_table $executor_pid:$executor_parent:$executor_group:$executor_session:$executor_start"
  done
  IFS=$executor_ifs
  set +f
  # At least this shell is there. If not, the list of /proc could not be read.
  [ -n "$executor_table" ]
}
executor_search() {
  [ -n "$executor_sees" ] || return 1
  executor_look || {
    executor_failed=$executor_failed.
    [ "$executor_failed" != ... ] || executor_sees=
    return 1
  }
  executor_failed= executor_doubt=
  executor_marked=$(executor_find "$executor_marks") || ! command -v grep >/dev/null || executor_doubt=1
  executor_marked=" $(echo $executor_marked) "
  executor_found=$(executor_find "$(executor_marks_as outer)") || ! command -v grep >/dev/null || executor_doubt=1
  executor_pids="$executor_marked$(echo $executor_found) "
  executor_before=$executor_known executor_others= executor_inside= executor_seen=' ' executor_more=1
  while [ -n "$executor_more" ]; do
    executor_more= executor_rest=$executor_table executor_table=
    for executor_one in $executor_rest; do
      executor_pid=\${executor_one%%:*} executor_start=\${executor_one##*:}
      executor_line=\${executor_one#*:} executor_parent=\${executor_line%%:*}
      executor_line=\${executor_line#*:} executor_group=\${executor_line%%:*}
      executor_line=\${executor_line#*:} executor_session=\${executor_line%%:*}
      if executor_belongs && [ "$executor_pid" != "$$" ]; then executor_take; executor_more=1
      else executor_table="$executor_table $executor_one"; fi
    done
  done
  executor_leaders=$executor_seen executor_known=$executor_others
  executor_find_nested
  executor_hand_on
  return 0
}
executor_belongs() {
  case $executor_leaders in *" $executor_group "*|*" $executor_session "*) return 0 ;; esac
  case $executor_pids in *" $executor_pid "*|*" $executor_parent "*) return 0 ;; esac
  case "$executor_before " in *" $executor_pid:$executor_start "*) return 0 ;; esac
  return 1
}
executor_take() {
  executor_pids="$executor_pids$executor_pid "
  case $executor_leaders in
    *" $executor_group "*) executor_inside=1; executor_see "$executor_group"; return 0 ;;
    *" $executor_session "*) executor_see "$executor_session" ;;
  esac
  executor_others="$executor_others $executor_pid:$executor_start"
}
executor_see() { case $executor_seen in *" $1 "*) ;; *) executor_seen="$executor_seen$1 " ;; esac; }
executor_find_nested() {
  executor_nested=' '
  [ -n "$executor_others" ] || return 0
  executor_files= executor_free=$executor_marked
  if [ "$executor_marked" = '  ' ] && [ -n "$executor_found" ]; then
    executor_reapers=$(executor_find "$(executor_marks_as EXECUTOR_REAPER_OF)") || executor_doubt=1
    [ -n "$executor_reapers" ] || executor_free=" $(echo $executor_found) "
  fi
  for executor_one in $executor_others; do
    executor_pid=\${executor_one%:*}
    case $executor_free in *" $executor_pid "*) ;; *) executor_files="$executor_files /proc/$executor_pid/environ" ;; esac
  done
  set -- $executor_files
  [ $# -gt 0 ] && [ -n "$executor_marks" ] || return 0
  # In doubt, nobody can tell: all of them may be workers of another executor, or have a mark.
  [ -z "$executor_doubt" ] && executor_grep -lsF EXECUTOR_ATTEMPT_ID= "$@" || executor_doubt=1 executor_lines=$*
  for executor_file in $executor_lines; do
    executor_pid=\${executor_file#/proc/}
    executor_nested="$executor_nested\${executor_pid%/environ} "
  done
}
executor_hand_on() {
  for executor_word in $executor_others; do
    case "$executor_before " in *" $executor_word "*) continue ;; esac
    for executor_name in $executor_said; do executor_signal_one "$executor_name" "$executor_word"; done
  done
  [ -z "$executor_doubt" ] || return 0
  executor_rest=$executor_owed executor_owed=
  for executor_word in $executor_rest; do executor_signal_one "\${executor_word%%:*}" "\${executor_word#*:}"; done
}
executor_signal_one() {
  [ "$1" = KILL ] || case $executor_nested in *" \${2%:*} "*)
    executor_owed="$executor_owed $1:$2"
    return 0 ;;
  esac
  executor_stat "\${2%:*}" && [ "$executor_start" = "\${2#*:}" ] && kill -s "$1" "\${2%:*}" 2>/dev/null
}
executor_signal_found() {
  # A search takes time, and what is killed in the meantime is found by its mark or was found before.
  [ "$1" != KILL ] || executor_signal_leaders KILL
  [ "$1" = CONT ] || executor_search
  executor_signal_leaders "$1"
  executor_signal_others "$1"
}
executor_signal_leaders() {
  for executor_one in $executor_leaders; do kill -s "$1" -- "-$executor_one" 2>/dev/null; done
}
executor_signal_others() {
  [ "$1" != KILL ] || executor_said= executor_owed=
  executor_said="$executor_said $1"
  for executor_word in $executor_others; do executor_signal_one "$1" "$executor_word"; done
}
executor_found_is_alive() {
  if executor_search; then
    [ -n "$executor_inside$executor_others$executor_doubt" ]
    return
  fi
  # Nobody knows: a group may be alive, too.
  [ -z "$executor_sees" ] || { executor_inside=1; return 0; }
  executor_seen=' '
  for executor_one in $executor_leaders; do
    kill -s 0 -- "-$executor_one" 2>/dev/null && executor_seen="$executor_seen$executor_one "
  done
  executor_leaders=$executor_seen
  [ "$executor_leaders" != ' ' ]
}
`;

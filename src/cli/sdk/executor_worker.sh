# Takes ranges from executor, in a worker written in bash. One file, no dependencies.
#
#     . ./executor_worker.sh
#
#     load                                   # once for each process
#     while next_range "$@"; do
#       for ((i = start; i < end; i++)); do
#         work "$i" || fail
#         progress $((i + 1 - start))
#       done
#     done
#
# next_range sets start, end, and in a job of strings the array items. A range is done when next_range is called again,
# unless fail was called. If the script exits before that, the range has failed. A script with an EXIT trap of its own must
# see to that itself: it calls fail, or exits with another code than 0.
#
# The same file runs in three ways:
#
#     executor run --resident -n 1000 -c 10 -- bash work.sh     one process takes many ranges
#     executor run -n 1000 -c 10 -- bash work.sh {start} {end}  a process for each range
#     bash work.sh 0 10                                         by hand
#
# `executor sdk bash > executor_worker.sh` writes this file again.

_executor_id='' _executor_state=new _executor_shell=$BASHPID

_executor_resident=${EXECUTOR_RESIDENT-}
if [ "$_executor_resident" = 1 ]; then
  # What the worker calls gets an empty stdin: it must not read the ranges. It is no resident worker either.
  exec {_executor_input}<&0 </dev/null
  EXECUTOR_RESIDENT="taken by $$"
elif [ -z "$(trap -p EXIT)" ]; then
  trap _executor_leave EXIT
fi

# If fail is called in a subshell, it writes the id of the range to this pipe.
{ exec {_executor_failures}<> <(:); } 2>/dev/null || _executor_failures=''

# A script that leaves the loop may well end with 0.
_executor_leave() {
  if [ $? != 0 ]; then return; fi
  _executor_collect
  case $_executor_state in open | failed) exit 1 ;; esac
}

# Takes what has failed in subshells.
_executor_collect() {
  local failed
  if [ -z "$_executor_failures" ]; then return; fi
  while read -r -t 0 -u "$_executor_failures"; do
    # The script may have used the number of the pipe for another file.
    IFS= read -r -u "$_executor_failures" failed || { _executor_failures='' && return 0; }
    if [ "$failed" = "$_executor_id" ] && [ "$_executor_state" = open ]; then fail; fi
  done
}

# Takes the next range. Returns 1 when there are no more.
next_range() {
  _executor_shell=$BASHPID
  _executor_collect
  if [ "$_executor_state" = open ]; then _executor_answer SUCCESS; fi
  if [ "$_executor_resident" = 1 ]; then
    if [ "$_executor_state" = failed ]; then _executor_answer FAILED; fi
    _executor_read
    return
  fi
  if [ "$_executor_state" != new ]; then
    # With a process for each range, its exit code says that it has failed.
    if [ "$_executor_state" = failed ]; then exit 1; fi
    return 1
  fi
  _executor_state=open items=()
  if [ -n "${EXECUTOR_START-}" ] && [ -n "${EXECUTOR_END-}" ]; then
    start=$EXECUTOR_START end=$EXECUTOR_END
    _executor_take_items "$@"
  elif [ $# = 2 ] && [[ $1$2 =~ ^[0-9]+$ ]]; then
    start=$1 end=$2
  elif [ $# -gt 0 ]; then
    start=0 end=$# items=("$@")
  else
    echo "${0##*/}: give two numbers, START and END, or items" >&2
    exit 1
  fi
}

# Sets items, in a job of strings.
_executor_take_items() {
  local count=${EXECUTOR_ITEM_COUNT-0}
  # EXECUTOR_ITEM is set for one item that is not long.
  if [ "$count" = 1 ] && [ -n "${EXECUTOR_ITEM+set}" ]; then
    items=("$EXECUTOR_ITEM")
  elif [ "$count" = $# ]; then
    items=("$@")
  elif [ "$count" != 0 ] && [ ! -p /dev/fd/0 ]; then
    # The items do not come on stdin either.
    echo "${0##*/}: the range has $count items, but the command line has other words ($#): call next_range with the items" >&2
    exit 1
  fi
}

# Reports that so many items of the range are done. Does nothing after fail.
progress() {
  if [ "$BASHPID" = "$_executor_shell" ]; then _executor_collect; fi
  [ "$_executor_state" = failed ] || printf 'PROGRESS: %d\n' "$1"
}

# Shows what the worker is doing now.
message() {
  local IFS=' '
  # Both end a line for the executor, and what follows could be a signal.
  printf 'MESSAGE: %s\n' "${*//[$'\r\n']/ }"
}

# Makes the range a failed one, whatever else it does. The worker goes on with the next one.
fail() {
  if [ "$_executor_state" != open ]; then return; fi
  if [ "$BASHPID" != "$_executor_shell" ]; then
    _executor_state=failed
    # Without the pipe, the worker ends. The script may have used its number for another file.
    if [ -p "/dev/fd/$_executor_failures" ]; then echo "$_executor_id" >&"$_executor_failures"; else kill "$$"; fi
    return
  fi
  # A resident worker answers at the end of the range, as what it prints after that belongs to the next one.
  if [ "$_executor_resident" != 1 ]; then _executor_answer FAILED; fi
  _executor_state=failed
}

_executor_answer() {
  printf 'STATUS: %s%s\n' "$1" "${_executor_id:+ $_executor_id}"
  _executor_state=done
}

# Sets REPLY to an item. A shell has no NUL, and leaves it out.
_executor_unescape() {
  local rest=$1 text= part nul='\0'
  # An escaped backslash begins no escape.
  while [[ $rest == *'\\'* ]]; do
    part=${rest%%'\\'*} rest=${rest#*'\\'}
    text+=${part//"$nul"/}'\\'
  done
  printf -v REPLY '%b' "$text${rest//"$nul"/}"
}

_executor_read() {
  local line is_first=no
  if [ "$_executor_state" = new ]; then is_first=yes; fi
  while IFS= read -r line <&"$_executor_input"; do
    case $line in
      'RANGE: '*)
        IFS=' ' read -r _executor_id start end <<<"${line#RANGE: }"
        items=()
        ;;
      'ITEM: '*)
        _executor_unescape "${line#ITEM: }"
        items+=("$REPLY")
        ;;
      'GO: '*)
        _executor_state=open
        # The time that the worker took to get ready is no time of the range.
        if [ $is_first = yes ]; then printf 'STATUS: RUNNING %s\n' "$_executor_id"; fi
        return 0
        ;;
    esac
  done
  return 1
}

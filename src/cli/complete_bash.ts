/**
 * Completion script for bash.
 *
 * @module
 */
import { type Completable, LIST_HOSTS, LIST_RUNS, type Values } from "./completable.ts";

/** Returns the script. It needs no bash-completion, but completes the command after `--` better with it. */
export function bashScript(commands: readonly Completable[]): string {
  return `# Completion of executor in bash. Made by: executor completions bash

_executor_hosts() {
  ${LIST_HOSTS}
}

_executor_runs() {
  ${LIST_RUNS}
}

# Offers words that begin with the value; drops the part that readline does not replace.
_executor_offer() {
  local each
  while IFS= read -r each; do
    COMPREPLY+=("\${each:skip}")
  done
}

_executor_words() {
  _executor_offer < <(compgen -W "$1" -- "$value")
}

_executor_files() {
  compopt -o filenames 2>/dev/null
  _executor_offer < <(compgen "$@" -- "$value")
}

_executor_journals() {
  _executor_files -f -X '!*.jsonl'
  [ \${#COMPREPLY[@]} -gt 0 ] || return 0
  _executor_offer < <(compgen -d -- "$value")
}

# A list such as n1:8,n2:8, of which the last host is completed.
_executor_host_list() {
  local before= each
  [[ $value != *,* ]] || before=\${value%,*},
  compopt -o nospace 2>/dev/null
  while IFS= read -r each; do
    each=$before$each
    [[ $each != "$value"* ]] || COMPREPLY+=("\${each:skip}")
  done < <(_executor_hosts)
}

_executor() {
  COMPREPLY=()
  # Readline splits words at = and :, which belong to them before --.
  local words=() each at dashes=-1
  for ((at = 0; at <= COMP_CWORD; at++)); do
    each=\${COMP_WORDS[at]}
    if ((dashes < 0 && at > 1)) && [[ $each =~ ^[:=]+$ || \${COMP_WORDS[at - 1]} =~ ^[:=]+$ ]]; then
      words[\${#words[@]} - 1]+=$each
      continue
    fi
    [[ $each != -- ]] || ((dashes >= 0 || at == COMP_CWORD)) || dashes=$at
    words+=("$each")
  done
  local last=$((\${#words[@]} - 1))
  local value=\${words[last]} previous=\${words[last > 0 ? last - 1 : 0]} command=\${words[1]-}
  local typed=\${COMP_WORDS[COMP_CWORD]}
  [[ ! $typed =~ ^[:=]+$ ]] || typed=
  if ((last < 2)); then
    local skip=0
    _executor_words "${commands.map(({ name }) => name).join(" ")} --help --version"
    return
  fi
  if ((dashes >= 0)); then
    _executor_command "$dashes"
    return
  fi
  if [[ $value == --*=* ]]; then
    previous=\${value%%=*}
    value=\${value#*=}
  fi
  local skip=$((\${#value} - \${#typed}))
  ((skip >= 0)) || skip=0
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}

# Completes the command after --, whose first word has the index $1 + 1.
_executor_command() {
  local value=\${COMP_WORDS[COMP_CWORD]} skip=0 at
  for ((at = $1; at < COMP_CWORD; at++)); do
    if [[ \${COMP_WORDS[at]} == ::: ]]; then
      _executor_files -f
      return
    fi
  done
  if ((COMP_CWORD == $1 + 1)); then
    _executor_files -c
    _executor_files -f
  elif declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset $(($1 + 1))
  elif declare -F _command_offset >/dev/null; then
    _command_offset $(($1 + 1))
  else
    _executor_files -f
  fi
}

complete -F _executor executor
`;
}

function commandCase({ name, options, argument, hasCommand }: Completable): string {
  const valued = options.flatMap(({ flags, values, isOptional }) =>
    values === undefined || isOptional
      ? []
      : [`        ${flags.join(" | ")}) ${offer(values)} && return ;;`]
  );
  const flags = options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith("--")));
  const words = [...flags, ...(hasCommand ? ["--"] : [])].join(" ");
  return `    ${name})
      case $previous in
${valued.length === 0 ? "        '') ;;" : valued.join("\n")}
      esac
      if [[ $value == -* ]]; then
        _executor_words "${words}"
      else
        ${argument === undefined ? (hasCommand ? '_executor_words "--"' : ":") : offer(argument)}
      fi
      ;;`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case "words":
      return `_executor_words "${values.words.join(" ")}"`;
    case "files":
      return "_executor_files -f";
    case "directories":
      return "_executor_files -d";
    case "journals":
      return "_executor_journals";
    case "hosts":
      return "_executor_host_list";
    case "runs":
      return '_executor_words "$(_executor_runs)"';
    case "free":
      return ":";
  }
}

/**
 * Completion script for zsh.
 *
 * @module
 */
import {
  type Completable,
  type CompletableOption,
  LIST_HOSTS,
  LIST_RUNS,
  type Values,
} from "./completable.ts";

/** Returns the script, which can be a file in `$fpath` or be evaluated. */
export function zshScript(commands: readonly Completable[]): string {
  const names = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  return `#compdef executor
# Completion of executor in zsh. Made by: executor completions zsh

_executor_hosts() {
  ${LIST_HOSTS}
}

_executor_runs() {
  local names=(\${(f)"$(
    ${LIST_RUNS}
  )"})
  compadd -- $names
}

# The last host of a list such as n1:8,n2:8.
_executor_host_list() {
  compset -P '*,'
  compadd -S ':' -- \${(f)"$(_executor_hosts)"}
}

_executor_journals() {
  _files -g '*.jsonl'
}

_executor() {
  local -a commands=(
${names.join("\n")}
    '--help:Show help.'
    '--version:Show the version.'
  )
  local -i dashes=\${words[(i)--]}
  if (( dashes < CURRENT )); then
    if (( \${words[(i):::]} < CURRENT )); then
      _files
    else
      words=("\${(@)words[dashes + 1,-1]}")
      (( CURRENT -= dashes ))
      _normal
    fi
    return
  fi
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${commands.map(commandCase).join("\n")}
  esac
}

if [ "$funcstack[1]" = _executor ]; then
  _executor "$@"
else
  compdef _executor executor
fi
`;
}

function commandCase({ name, options, argument }: Completable): string {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...(argument === undefined ? [] : [`:argument:${action(argument)}`]),
  ];
  return `    ${name})
      _arguments \\
${specs.map((spec) => `        ${quote(spec)}`).join(" \\\n")}
      ;;`;
}

function optionSpecs(
  { flags, help, values, isOptional, isRepeatable }: CompletableOption,
): string[] {
  const others = isRepeatable ? "*" : `(${flags.join(" ")})`;
  const text = help.replaceAll(/[[\]\\]/g, (character) => `\\${character}`);
  return flags.map((flag) => {
    if (values === undefined || isOptional) return `${others}${flag}[${text}]`;
    const joint = flag.startsWith("--") ? "=" : "+";
    return `${others}${flag}${joint}[${text}]:value:${action(values)}`;
  });
}

function action(values: Values): string {
  switch (values.kind) {
    case "words":
      return `(${values.words.join(" ")})`;
    case "files":
      return "_files";
    case "directories":
      return "_files -/";
    case "journals":
      return "_executor_journals";
    case "hosts":
      return "_executor_host_list";
    case "runs":
      return "_executor_runs";
    case "free":
      return " ";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Completion script for fish.
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

/** Returns the script. */
export function fishScript(commands: readonly Completable[]): string {
  const withCommand = commands.filter(({ hasCommand }) => hasCommand).map(({ name }) => name);
  return `# Completion of executor in fish. Made by: executor completions fish

function __executor_hosts
  sh -c ${quote(LIST_HOSTS)}
end

function __executor_runs
  sh -c ${quote(LIST_RUNS)}
end

# The last host of a list such as n1:8,n2:8.
function __executor_host_list
  set -l before (string match -r '^.*,' -- (commandline -ct | string replace -r '^--[a-z-]+=' ''))
  for each in (__executor_hosts)
    echo "$before$each:"
  end
end

function __executor_journals
  __fish_complete_suffix .jsonl
end

# Whether a command of executor is typed, and not yet what comes after --.
function __executor_in
  set -l words (commandline -opc)
  test (count $words) -ge 2; and test $words[2] = $argv[1]; and not contains -- -- $words
end

# Whether the command after -- is typed.
function __executor_in_command
  set -l words (commandline -opc)
  test (count $words) -ge 3; and contains -- $words[2] ${withCommand.join(" ")}
  and contains -- -- $words
end

# Completes the command after --; after ::: there are files.
function __executor_command
  set -l words (commandline -opc)
  set -l at (contains -i -- -- $words)
  set -e words[1..$at]
  if contains -- ::: $words
    __fish_complete_path (commandline -ct)
  else
    complete -C "$(string join ' ' -- (string escape -- $words) (commandline -ct))"
  end
end

complete -c executor -f
complete -c executor -n __fish_use_subcommand -l help -s h -d 'Show help.'
complete -c executor -n __fish_use_subcommand -l version -s V -d 'Show the version.'
complete -c executor -n __executor_in_command -a '(__executor_command)'
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ name, summary, options, argument }: Completable): string[] {
  return [
    `complete -c executor -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ...(argument === undefined
      ? []
      : [`complete -c executor -n ${quote(`__executor_in ${name}`)} ${offer(argument, "-k")}`]),
    ...options.map((option) => optionLine(name, option)),
  ];
}

function optionLine(name: string, { flags, help, values, isOptional }: CompletableOption): string {
  const names = flags.map((flag) =>
    flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
  ).join(" ");
  const value = values === undefined || isOptional ? "" : ` ${offer(values, "-x")}`;
  return `complete -c executor -n ${quote(`__executor_in ${name}`)} ${names}${value} -d ${
    quote(help)
  }`;
}

/** Returns the flags that offer values; with files, fish offers them itself. */
function offer(values: Values, flag: string): string {
  switch (values.kind) {
    case "words":
      return `${flag} -a ${quote(values.words.join(" "))}`;
    case "files":
      return "-r -F";
    case "directories":
      return `${flag} -a '(__fish_complete_directories (commandline -ct))'`;
    case "journals":
      return `${flag} -a '(__executor_journals)'`;
    case "hosts":
      return `${flag} -a '(__executor_host_list)'`;
    case "runs":
      return `${flag} -a '(__executor_runs)'`;
    case "free":
      return flag;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

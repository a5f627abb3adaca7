/**
 * The end of what earlier runs have left on a machine.
 *
 * @module
 */

/**
 * Gets the grace in seconds, then the ids of the runs. Workers are known by them, in their environment; without /proc,
 * nothing is found.
 */
const SCRIPT = `
grace=$1; shift
groups() {
  for run; do
    for file in $(grep -ls "EXECUTOR_RUN_ID=$run" /proc/[0-9]*/environ); do
      read -r line 2>/dev/null <"\${file%environ}stat" || continue
      line=\${line##*) } line=\${line#* } line=\${line#* }
      echo "\${line%% *}"
    done
  done
}
signal() { for group in $(groups "$@" | sort -u); do kill -s "$name" -- "-$group" 2>/dev/null; done; }
name=TERM; signal "$@"
name=CONT; signal "$@"
while [ -n "$(groups "$@")" ] && [ "$grace" -gt 0 ]; do sleep 1; grace=$((grace - 1)); done
name=KILL; signal "$@"
echo swept
`;

/** The command that ends them, for a shell; when it is through, it prints a last line \`swept\`. */
export function reapOrphansCommand(runIds: readonly string[], gracePeriod: number): string {
  const words = [`${Math.ceil(gracePeriod / 1000)}`, ...runIds].map((word) => `'${word}'`);
  // The login shell may be none that knows POSIX's words.
  return `exec sh -c 'IFS= read -r code && eval "$code"' sweep ${words.join(" ")}`;
}

/** What it reads first. */
export function reapOrphansLine(): string {
  return `n=$(printf "\\nx") n=\${n%x}; eval '${
    SCRIPT.replaceAll("'", `'\\''`).replaceAll("\n", `'"$n"'`)
  }'\n`;
}

/**
 * Options of GNU parallel, xargs, make and rush: those that stand for options of `run`, and what to use in place of others.
 *
 * @module
 */
import type { Synonym } from "./argv.ts";
import { UsageError } from "./errors.ts";

/** An option of another program that stands for options of `run`. */
export interface FamiliarSynonym extends Synonym {
  /** How it is written. */
  readonly shown: string;
  /** What it stands for. */
  readonly meaning: string;
}

const PROGRESS = withoutValue(
  "--eta, --progress",
  "without it: grid and lines show progress and the time left",
  [],
);
const JOBS = withValue("-P, --max-procs <n>", "`-j`", "--workers");
const SHUFFLE = withoutValue("--shuf, --shuffle", "`--order shuffle`", ["--order=shuffle"]);
const HALT = halt("--halt, --halt-on-error <when>");

/** The options of other programs that say what the items are, and work here, too, by their flags. */
export const ITEM_SYNONYMS: Readonly<Record<string, FamiliarSynonym>> = {
  "--arg-file": withValue("--arg-file <file>", "`-a`", "--items"),
  "--max-args": withValue("--max-args <n>", "`--per-process`", "--per-process"),
  "--no-run-if-empty": withoutValue(
    "--no-run-if-empty",
    "without it: nothing is run for an empty list",
    [],
  ),
};

/** The options of other programs that work here, too, by their flags. */
export const SYNONYMS: Readonly<Record<string, FamiliarSynonym>> = {
  ...ITEM_SYNONYMS,
  "--bar": withoutValue(
    "--bar",
    "`--reporter auto`: a grid in a terminal, lines elsewhere",
    ["--reporter=auto"],
  ),
  "--memfree": withValue("--memfree <size>", "`--memory-free`", "--memory-free"),
  "--load-average": withValue("--load-average <n>", "`--load`", "--load"),
  "--shuf": SHUFFLE,
  "--shuffle": SHUFFLE,
  "--eta": PROGRESS,
  "--progress": PROGRESS,
  "--halt": HALT,
  "--halt-on-error": HALT,
  "-P": JOBS,
  "--max-procs": JOBS,
};

/** The rows of the options of other programs that work here: how they are written, and what they stand for. */
export const SYNONYM_ROWS: readonly (readonly [shown: string, meaning: string])[] = Array.from(
  new Map(Object.values(SYNONYMS).map(({ shown, meaning }) => [shown, meaning])),
);

function withoutValue(
  shown: string,
  meaning: string,
  options: readonly string[],
): FamiliarSynonym {
  return { shown, meaning, hasValue: false, toOptions: () => options };
}

function withValue(shown: string, meaning: string, option: string): FamiliarSynonym {
  return { shown, meaning, hasValue: true, toOptions: (value) => [`${option}=${value}`] };
}

function halt(shown: string): FamiliarSynonym {
  return {
    shown,
    meaning:
      "`--halt-on`: `now,fail=1` is `1:kill`, `soon,fail=1` is `1:drain`, `never` is nothing",
    hasValue: true,
    toOptions: toHaltOn,
  };
}

/** Translates when GNU parallel halts. */
function toHaltOn(value: string, flag: string): string[] {
  if (value === "never" || value === "0") return [];
  const [, when, failures] = /^(now|soon),fail=(\d+)$/.exec(value) ?? [];
  if (failures !== undefined && Number(failures) > 0) {
    return [`--halt-on=${failures}:${when === "now" ? "kill" : "drain"}`];
  }
  throw new UsageError(
    `${flag} must be now,fail=N, soon,fail=N or never, with a number of failed ranges from 1 on: current value is "${value}"` +
      reasonOf(value),
  );
}

function reasonOf(value: string): string {
  if (/^\d+$/.test(value)) return " (as in soon,fail=1 or now,fail=1)";
  if (value.endsWith("%")) return " (a share of the ranges cannot be given)";
  if (/,(success|done)=/.test(value)) return " (only failures can be counted)";
  return "";
}

/** Flags of other programs that `run` does not have, each group with what to use in their place. */
export const INSTEAD: readonly (readonly [flags: string, instead: string])[] = [
  ["--quiet --silent", "use --reporter quiet to print nothing but failures"],
  [
    "-s",
    "use --reporter quiet for less output; items are split so that they fit into a command line anyway",
  ],
  [
    "-q --quote",
    "leave it out, as no shell reads the command; for less output, use --reporter quiet",
  ],
  [
    "-v --verbose -t --trace",
    "use --dry-run to see the commands, or --reporter plain for a line per range",
  ],
  ["--just-print --recon", "use --dry-run"],
  [
    "-N --max-replace-args --nrecords -L --max-lines -l",
    "use --per-process N for N items a process",
  ],
  [
    "-X -m --xargs",
    "use --per-process N: with a large N, as many items as fit into a command line",
  ],
  ["-x --exit --max-chars", "leave it out: items are split so that they fit into a command line"],
  [
    "-d --delimiter -D --record-delimiter",
    "items end in a newline, or with -0 in a NUL: use tr to change other ends",
  ],
  ["--infile", "use -a FILE (the same as --items FILE)"],
  ["-C -f --field-delimiter", "use --colsep REGEX"],
  ["-E --eof", "use sed to cut the list, as in sed '/^END$/,$d' list"],
  ["-e --stop-on-error", "use --halt-on 1:kill"],
  ["--fail-fast --exitfirst", "use --halt-on 1:drain, or 1:kill to end what runs, too"],
  [
    "--n_jobs --n-jobs --processes --max_workers --max-workers --cores",
    "use -j N (the same as --workers N)",
  ],
  ["--backend --prefer --require", "leave it out: workers are processes"],
  [
    "--batch_size --batch-size --chunksize --pre_dispatch --pre-dispatch",
    "use -c N for numbers, or --per-process N for the items of a list",
  ],
  ["-i", "leave it out: {} is the item; for another text, use -I TEXT"],
  ["-p --interactive", "use --dry-run to see the commands before they run"],
  ["--open-tty -o --tty", "leave it out: workers have no terminal, and their stdin is empty"],
  ["--process-slot-var", "workers have their number in EXECUTOR_WORKER, and as {worker}"],
  [
    "--pipe --spreadstdin --pipepart --pipe-part --block --round-robin --cat --fifo --recstart --recend",
    "use --stdin to give the items of a range to the stdin of its worker",
  ],
  ["--line-buffer --linebuffer --immediate-output --lb --ungroup -u", "use --output live"],
  ["--group --output-sync -O", "use --output ordered"],
  [
    "--files --output-as-files --outputasfiles",
    "use --results DIR: it has the files stdout and stderr of each range",
  ],
  ["--res", "use --results DIR"],
  ["--tagstring --ctag --ctagstring", "use --tag TEXT"],
  [
    "--resume-failed --retry-failed --continue",
    "use --journal FILE --resume: it runs what is not done, failures too",
  ],
  ["--succ-cmd-file", "use --journal FILE"],
  ["--retry-interval", "use --retry-delay TIME"],
  ["--keep-going --ignore-errors", "leave it out: a failure stops nothing without --halt-on"],
  ["--sshlogin -S", "use --launcher ssh --hosts HOST:WORKERS,…"],
  [
    "--sshloginfile --slf",
    "use --launcher ssh --hosts @FILE, with HOST:WORKERS in each line of the file",
  ],
  [
    "--transferfile --transfer --tf --return --cleanup --trc --basefile --bf",
    "with --launcher ssh, let the workers read and write a shared file system",
  ],
  ["--onall --nonall", "use --launcher ssh with a host per run"],
  [
    "--workdir --wd --cwd --chdir --directory",
    "use cd before the command, or in it: sh -c 'cd DIR && …'",
  ],
  ["--env", "use env before the command: -- env NAME=VALUE program"],
  [
    "--memsuspend",
    "use --memory-free SIZE: starts wait for memory, and workers that run are not suspended",
  ],
  [
    "--noswap",
    "use --memory-free SIZE: starts wait while the machine has less memory than that left",
  ],
  ["--limit", "use -j N; a run that goes on can be paused with the key p"],
  ["--skip-first-line", "use tail: tail -n +2 list | executor run --items - …"],
  ["--total-jobs", "leave it out: the total is known as soon as the list is read"],
  ["--tmux --tmuxpane", "use --show-log, or the key l in the grid"],
  ["--semaphore --id --fg --bg --wait", "use flock or sem: a run waits for all of its own workers"],
  [
    "--termseq --term-seq --cleanup-time",
    "use --grace-period TIME: SIGTERM, and after that time SIGKILL",
  ],
  [
    "--compress --compress-program --tmpdir --tempdir",
    "set TMPDIR: output that waits is kept there",
  ],
  ["--shell-quote --shellquote", "use --dry-run: it quotes the commands for a shell"],
  [
    "--plus --rpl --trim",
    "use sh -c for what no placeholder can do: sh -c 'echo \"${1%.*}\"' sh {item}",
  ],
  ["--out-file", "use --output ordered > FILE"],
  ["--jl", "use --joblog FILE"],
  ["--xapply", "use --link"],
  ["--no-keep-order", "leave it out: without --output ordered, there is no order"],
  ["--filter", "use grep or awk: seq 9 | awk '$1 > 3' | executor run --items - …"],
  [
    "--block-size --block-timeout --bt --regexp --remove-rec-sep --removerecsep --rrs --tee",
    "use --stdin, which gives a worker the lines of its items",
  ],
  ["--group-by --shard --bin", "use sort and split, and then an item for each of the files"],
  ["--arg-sep --arg-file-sep", "items come after :::, or from --items FILE"],
  [
    "--dirnamereplace --dnr --basenamereplace --bnr --basenameextensionreplace --bner --extensionreplace --er --seqreplace --slotreplace --parens",
    "use -I TEXT for the item; {item.dir}, {item.base} and {item.stem} are its parts",
  ],
  ["--latest-line --ll", "leave it out: the grid shows the last message of each worker"],
  ["--color-failed --cf", "leave it out: failures are red"],
  ["--number-of-cpus --number-of-cores --number-of-sockets --number-of-threads", "use nproc"],
  [
    "--use-cores-instead-of-threads --use-cpus-instead-of-cores --use-sockets-instead-of-threads",
    "use -j N, or a share such as -j 50%",
  ],
  ["--profile -J --plain", "use an alias or a function of the shell: there are no profiles"],
  ["--ssh --rsync-opts --controlmaster -M", "use --ssh-config FILE"],
  ["--sshdelay --ssh-delay", "use --delay TIME"],
  ["--hostgroups --hgrp --filter-hosts", "use --hosts with the hosts of this run"],
  ["--show-limits --max-line-length-allowed", "use getconf ARG_MAX"],
  [
    "--sql --sql-and-worker --sql-master --sql-worker --session",
    "use --journal FILE for a record that can be resumed",
  ],
  ["--semaphore-name --semaphore-timeout --st", "use flock or sem"],
  ["--shebang --shebang-wrap --hashbang --embed", "use a script that calls executor run"],
  ["--template --tmpl", "use sed or envsubst before the run"],
  ["--record-env", "leave it out: workers on this machine get the whole environment"],
  ["--minversion", "use executor --version"],
  ["--shell-completion", "use executor completions SHELL"],
  [
    "--will-cite --citation --no-notice --gnu --round",
    "leave it out: it has no effect here",
  ],
];

const INSTEAD_OF = new Map(INSTEAD.flatMap(([flags, instead]) => {
  return flags.split(" ").map((flag) => [flag, instead] as const);
}));

/** Returns what to use in place of an option of another program, as the end of a sentence. */
export function insteadOf(flag: string): string | undefined {
  return INSTEAD_OF.get(flag);
}

const INSTEAD_IN_RESUME: Readonly<Record<string, string>> = {
  "-n": "leave it out, as the journal has the number of items",
  "--total": "leave it out, as the journal has the number of items",
  "--journal": "name the journal alone, as in executor resume run.jsonl",
  "--resume": "leave it out, as resume means that",
  "--no-journal": "leave it out, as a resumed run is recorded in its journal",
};

/** Returns the same for an option that `run` has, and `resume` has not, too. */
export function insteadInResume(flag: string): string | undefined {
  return INSTEAD_IN_RESUME[flag] ?? insteadOf(flag);
}

import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { normalizeArgv } from "../../src/cli/argv.ts";
import { INSTEAD, SYNONYMS } from "../../src/cli/familiar.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import { RESUME_SYNTAX } from "../../src/cli/resume.ts";
import { RUN_SYNTAX } from "../../src/cli/run.ts";
import { countWorkers } from "../../src/cli/worker_count.ts";
import type { AnyOption } from "../../src/model/option.ts";
import { runBash, runCli } from "../helpers/cli.ts";

const FLAGS = Object.values<AnyOption>(RUN_OPTIONS).flatMap(({ flag, aliases = [] }) => [
  ...flag.split(/ (?=[<[])/)[0]!.split(", "),
  ...aliases,
]);
const EXPLAINED = INSTEAD.flatMap(([flags]) => flags.split(" "));

/**
 * The options that people know from other programs, as they write them: after "as", what they are read as; otherwise what
 * the error names in their place.
 */
const FAMILIAR: readonly (readonly [program: string, line: string, answer: string])[] = [
  ["xargs", "-P 4", "as --workers=4"],
  ["xargs", "-P4", "as --workers=4"],
  ["xargs", "--max-procs=4", "as --workers=4"],
  ["xargs", "-I% --null -a list", "as --replace=% --null --items=list"],
  ["xargs", "-0", "as --null"],
  ["xargs", "--arg-file=list", "as --items=list"],
  ["xargs", "--max-args=2", "as --per-process=2"],
  ["xargs", "--replace=@", "as --replace=@"],
  ["xargs", "--no-run-if-empty", "as"],
  ["xargs", "-r", "use --no-run-if-empty"],
  ["xargs", "--replace", "as in -I @@; {} stands for the item without it"],
  ["xargs", "-i", "{} is the item; for another text, use -I TEXT"],
  ["xargs", "-L 1", "use --per-process N"],
  ["xargs", "-d ,", "use tr to change other ends"],
  ["xargs", "--delimiter=,", "use tr to change other ends"],
  ["xargs", "-t", "use --dry-run"],
  ["xargs", "--verbose", "use --dry-run"],
  ["xargs", "-p", "use --dry-run"],
  ["xargs", "--interactive", "use --dry-run"],
  ["xargs", "-x", "leave it out"],
  ["xargs", "--exit", "leave it out"],
  ["xargs", "-s 4096", "items are split so that they fit"],
  ["xargs", "--max-chars=4096", "items are split so that they fit"],
  ["xargs", "-E END", "use sed"],
  ["xargs", "--process-slot-var=V", "EXECUTOR_WORKER"],
  ["xargs", "--open-tty", "leave it out"],
  ["xargs", "--show-limits", "use getconf ARG_MAX"],
  ["parallel", "-j 50%", "as --workers=50%"],
  ["parallel", "--jobs 2", "as --workers=2"],
  ["parallel", "-k", "as --keep-order"],
  ["parallel", "--keep-order", "as --keep-order"],
  ["parallel", "--header : --csv", "as --header --csv"],
  ["parallel", "--header=: --csv", "as --header --csv"],
  ["parallel", "--csv --header :", "as --csv --header"],
  ["parallel", "--colsep ,", "as --colsep=,"],
  ["parallel", "--eta --progress --bar", "as --reporter=auto"],
  ["parallel", "--halt soon,fail=2", "as --halt-on=2:drain"],
  ["parallel", "--results out", "as --results=out"],
  ["parallel", "--retries 3", "as --retries=3"],
  ["parallel", "--timeout 10s", "as --timeout=10s"],
  ["parallel", "--delay 500ms", "as --delay=500ms"],
  ["parallel", "--joblog log", "as --joblog=log"],
  ["parallel", "--resume --joblog log", "as --resume --joblog=log"],
  ["parallel", "--dry-run", "as --dry-run"],
  ["parallel", "--tag", "as --tag"],
  ["parallel", "--link", "as --link"],
  ["parallel", "-X", "use --per-process N"],
  ["parallel", "-m", "use --per-process N"],
  ["parallel", "-N2", "use --per-process N"],
  ["parallel", "-q", "leave it out"],
  ["parallel", "--quote", "leave it out"],
  ["parallel", "-v", "use --dry-run"],
  ["parallel", "--pipe", "use --stdin"],
  ["parallel", "--pipepart", "use --stdin"],
  ["parallel", "--block 10M", "use --stdin"],
  ["parallel", "-S host", "use --launcher ssh --hosts"],
  ["parallel", "--sshlogin host", "use --launcher ssh --hosts"],
  ["parallel", "--memfree 1G", "as --memory-free=1G"],
  ["parallel", "--memsuspend 1G", "use --memory-free SIZE"],
  ["parallel", "--noswap", "use --memory-free SIZE"],
  ["parallel", "--load 80%", "as --load=80%"],
  ["parallel", "--resume-failed", "use --journal FILE --resume"],
  ["parallel", "--retry-failed", "use --journal FILE --resume"],
  ["parallel", "--shuf", "as --order=shuffle"],
  ["parallel", "-u", "use --output live"],
  ["parallel", "--ungroup", "use --output live"],
  ["parallel", "--line-buffer", "use --output live"],
  ["parallel", "--lb", "use --output live"],
  ["parallel", "--group", "use --output ordered"],
  ["parallel", "--files", "use --results DIR"],
  ["parallel", "--tagstring {}", "use --tag TEXT"],
  ["parallel", "--trim lr", "use sh -c"],
  ["parallel", "--plus", "use sh -c"],
  ["parallel", "--wd dir", "use cd"],
  ["parallel", "--env NAME", "-- env NAME=VALUE program"],
  ["parallel", "--tmux", "use --show-log"],
  ["parallel", "--semaphore", "use flock or sem"],
  ["parallel", "--wait", "use flock or sem"],
  ["parallel", "--fg", "use flock or sem"],
  ["parallel", "--will-cite", "leave it out"],
  ["parallel", "--silent", "use --reporter quiet"],
  ["make", "--quiet", "use --reporter quiet"],
  ["make", "--keep-going", "leave it out"],
  ["make", "--load-average=2", "as --load=2"],
  ["make", "--just-print", "use --dry-run"],
  ["rush", "-e", "use --halt-on 1:kill"],
  ["joblib", "--n_jobs 4", "use -j N"],
  ["joblib", "--n-jobs=4", "use -j N"],
  ["joblib", "--backend loky", "workers are processes"],
  ["joblib", "--prefer threads", "workers are processes"],
  ["joblib", "--batch_size 8", "use -c N for numbers, or --per-process N"],
  ["joblib", "--pre_dispatch 8", "use -c N for numbers, or --per-process N"],
  ["concurrent.futures", "--max-workers 4", "use -j N"],
  ["pytest", "--exitfirst", "use --halt-on 1:drain"],
  ["nextest", "--fail-fast", "use --halt-on 1:drain"],
];

for (const [program, line, answer] of FAMILIAR) {
  const words = line.split(" ");
  if (answer === "as" || answer.startsWith("as -")) {
    Deno.test(`${program} ${line} is read ${answer === "as" ? "as nothing" : answer}`, () => {
      const read = normalizeArgv([...words, "--", "true"], RUN_SYNTAX);
      assertEquals(read.slice(0, -2), answer.split(" ").slice(1));
    });
    continue;
  }
  Deno.test(`${program} ${line} is answered with what to use: ${answer}`, () => {
    const error = assertThrows(() => normalizeArgv([...words, "--", "true"], RUN_SYNTAX), Error);
    assertStringIncludes(error.message, answer);
    assertStringIncludes(
      error.message,
      words[0]!.replace(/^-r$/, "-r 3").replace(/=.*|(?<=^-\w)\d$/, ""),
    );
  });
}

for (
  const [flag, answer] of [
    ["-n", "the journal has the number of items"],
    ["--total", "the journal has the number of items"],
    ["--journal", "name the journal alone"],
    ["--resume", "resume means that"],
    ["--no-journal", "is recorded in its journal"],
    ["-L", "use --per-process N"],
  ] as const
) {
  Deno.test(`resume ${flag} says why there is no such option`, () => {
    const error = assertThrows(() => normalizeArgv(["run.jsonl", flag, "2"], RESUME_SYNTAX), Error);
    assertStringIncludes(error.message, `there is no option ${flag}: `);
    assertStringIncludes(error.message, answer);
  });
}

Deno.test("an option that stands for another one twice names both", () => {
  for (const line of ["--bar --reporter quiet", "--reporter quiet --bar"]) {
    assertThrows(
      () => normalizeArgv([...line.split(" "), "--", "true"], RUN_SYNTAX),
      Error,
      "--reporter must be given once: --bar means --reporter",
    );
  }
});

Deno.test("--header has one word after it, and no other value", () => {
  assertThrows(() => normalizeArgv(["--header=2"], RUN_SYNTAX), Error, "--header has no value");
  assertThrows(
    () => normalizeArgv(["--header", "2", "--", "true"], RUN_SYNTAX),
    Error,
    '"2" comes',
  );
});

Deno.test("no flag is explained twice, and none that there is", () => {
  const all = [...EXPLAINED, ...Object.keys(SYNONYMS)];
  assertEquals(all.filter((flag, at) => all.indexOf(flag) !== at), []);
  assertEquals(all.filter((flag) => FLAGS.includes(flag)), []);
  assertEquals(FLAGS.filter((flag, at) => FLAGS.indexOf(flag) !== at), []);
});

Deno.test("explanations name options that there are", () => {
  const others = [
    "--joblog",
    "--link",
    "--version",
    "-a",
    "-I",
    "--colsep",
    "--no-run-if-empty",
    "--stdin",
    "--tag",
    "--dry-run",
    "--",
  ];
  for (const [flags, instead] of INSTEAD) {
    assertMatch(instead, /^(use|leave|set|items|workers|with) .*[^.]$/, flags);
    for (const flag of instead.match(/(?<![\w-])--?[a-z][\w-]*/g) ?? []) {
      const isOfOther = /use nice|use tail|use sed/.test(instead) || instead.includes("sh -c");
      const isKnown = FLAGS.includes(flag) || others.includes(flag) || isOfOther;
      assert(isKnown, `${flags}: ${flag}`);
    }
  }
});

const COUNTS: [count: number | string, cpus: number, workers: number][] = [
  [3, 8, 3],
  ["50%", 8, 4],
  ["50%", 3, 1],
  ["50%", 1, 1],
  ["100%", 8, 8],
  ["250%", 8, 20],
  ["12.5%", 8, 1],
  ["+0", 8, 8],
  ["+2", 8, 10],
  ["-1", 8, 7],
  ["-8", 8, 1],
  ["-20", 8, 1],
  [`+${"9".repeat(400)}`, 8, Number.MAX_SAFE_INTEGER],
  [`${"9".repeat(400)}%`, 8, Number.MAX_SAFE_INTEGER],
];

for (const [count, cpus, workers] of COUNTS) {
  Deno.test(`-j ${count} with ${cpus} CPUs makes ${workers} workers`, () => {
    assertEquals(countWorkers(count, cpus), workers);
  });
}

Deno.test("a number of workers relative to the CPUs is that of this machine", async () => {
  const cpus = navigator.hardwareConcurrency;
  const { code, stdout } = await runCli(
    ["run", "-j", "+2", "-n", "100", "-c", "1", "--reporter", "jsonl", "--", "true"],
  );
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout.split("\n")[0]!).numWorkers, cpus + 2);
});

Deno.test("a number of workers relative to what ssh hosts have room for is taken of that", async () => {
  const { stdout } = await runCli([
    ...["run", "-j", "50%", "-n", "100", "-c", "1", "--reporter", "jsonl"],
    ...["--launcher", "ssh", "--hosts", "no-such-host.invalid:6", "--launch-retries", "0"],
    ...["--halt", "now,fail=1", "--", "true"],
  ]);
  assertEquals(JSON.parse(stdout.split("\n")[0]!).numWorkers, 3);
});

for (const wrong of ["0", "0%", "x", "1.5", "50", "%", "+", "-", "1e3", "5 0%", "+1%"]) {
  if (wrong === "50") continue;
  Deno.test(`-j '${wrong}' is wrong`, async () => {
    const { code, stderr } = await runCli(["run", `--jobs=${wrong}`, "-n", "1", "--", "true"]);
    assertMatch(stderr, /--workers must be a positive integer .*such as 50%, \+1 or -1: current/);
    assertEquals(code, 2);
  });
}

Deno.test("--halt now,fail=1 ends what runs; soon,fail=1 lets it end; never goes on", async () => {
  const script = (halt: string) =>
    `X -j 2 --halt ${halt} --output ordered --reporter quiet -- sh -c 'sleep {}; echo {}; [ {} != 0.2 ]' ::: 0.2 1.5 0.3`;
  const [now, soon, never] = await Promise.all(
    ["now,fail=1", "soon,fail=1", "never"].map((halt) => runBash(script(halt))),
  );
  assertEquals([now!.code, soon!.code, never!.code], [1, 1, 1]);
  assertEquals(now!.stdout, "0.2\n");
  assertEquals(soon!.stdout, "0.2\n1.5\n");
  assertEquals(never!.stdout, "0.2\n1.5\n0.3\n");
});

Deno.test("--bar shows progress as without it", async () => {
  const { code, stdout } = await runCli(["run", "--bar", "-n", "2", "--", "true"]);
  assertEquals(code, 0);
  assertMatch(stdout, /\b2\/2\b/);
});

Deno.test("-n with a list names --per-process", async () => {
  const { code, stderr } = await runCli(["run", "-n", "2", "--", "echo", ":::", "a", "b"]);
  assertMatch(stderr, /--total cannot be used with a list of items: use --per-process 2 for/);
  assertEquals(code, 2);
});

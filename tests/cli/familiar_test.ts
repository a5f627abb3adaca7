import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { normalizeArgv } from "../../src/cli/argv.ts";
import { INSTEAD, SYNONYMS } from "../../src/cli/familiar.ts";
import { RUN_OPTIONS } from "../../src/cli/options.ts";
import { RUN_SYNTAX } from "../../src/cli/run.ts";
import { countWorkers } from "../../src/cli/worker_count.ts";
import type { AnyOption } from "../../src/model/option.ts";
import { runBash, runCli } from "../helpers/cli.ts";

const FLAGS = Object.values<AnyOption>(RUN_OPTIONS).flatMap(({ flag, aliases = [] }) => [
  ...flag.split(/ (?=[<[])/)[0]!.split(", "),
  ...aliases,
]);
const EXPLAINED = INSTEAD.flatMap(([flags]) => flags.split(" "));

/** The options of GNU parallel, xargs, make and rush that people use most and that are not here. */
const ASKED_FOR =
  "-X -m -N -L -P -q --quiet --silent -v --verbose -t --pipe --pipepart --progress " +
  "--eta --sshlogin -S --memfree --load --nice --resume-failed --retry-failed --shuf --ungroup -u " +
  "--line-buffer --lb --files --max-procs --max-args --group --tagstring --interactive -p --wd " +
  "--env --plus --quote --tmux --will-cite --keep-going --load-average --just-print -d -E -x -s";

for (const flag of ASKED_FOR.split(" ")) {
  Deno.test(`run ${flag} names what to use instead`, () => {
    const error = assertThrows(() => normalizeArgv([flag, "--", "true"], RUN_SYNTAX), Error);
    assertMatch(error.message, new RegExp(`^there is no option ${flag}: \\w`));
  });
}

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

// The doctor with real workers, and the text that a person reads.
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { cliCommand, type CliResult, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import {
  assertNoneLeft,
  killIfThere,
  processesWith,
  uniqueMark,
  until,
} from "../helpers/processes.ts";

function examine(...args: string[]): Promise<CliResult> {
  return runCli(["doctor", ...args]);
}

/** Examines a shell script; none of them may hold a brace. */
function examineScript(script: string, ...options: string[]): Promise<CliResult> {
  return examine(...options, "--", "sh", "-c", script, "{start}", "{end}");
}

/** The range, counted as it should be, with some time for each item. */
const COUNT = (pause: string) =>
  `for n in 1 2 3 4 5 6 7 8 9 10; do sleep ${pause}; echo "PROGRESS: $n"; done; echo STATUS: SUCCESS`;

Deno.test("executor doctor finds nothing wrong with a good worker", async () => {
  const { code, stdout, stderr } = await examineScript(`echo MESSAGE: hi; ${COUNT("0.12")}`);
  assertEquals(code, 0);
  assertNotMatch(stdout, /problem +|^!/m);
  assertMatch(
    stdout,
    /^items 10–19 of 20: SUCCESS after [\d.]+ s; 12 lines on stdout \(12 signals/m,
  );
  assertMatch(stdout, /✓ ok +It printed PROGRESS 10 times, STATUS once, MESSAGE once\n/);
  assertMatch(stdout, /✓ ok +Its output comes while it works/);
  assertMatch(stdout, /✓ ok +Asked to end \(SIGTERM\), it ended after \d+ ms\n/);
  assertMatch(stdout, /\nNo problem: the grid can show what this worker does\.\n$/);
  assertEquals(
    stderr,
    "executor: runs sh once, for 30 s at most\n" +
      "executor: runs it a second time, to ask it to end (SIGTERM)\n",
  );
});

Deno.test("executor doctor runs the second half of the items, and passes that range in every way", async () => {
  const script = 'echo "MESSAGE: $0 $1 $2 $EXECUTOR_START $EXECUTOR_END $EXECUTOR_TOTAL" >&2';
  const args = ["--", "sh", "-c", script, "{start}", "{end}", "{count}/{total}"];
  assertStringIncludes((await examine(...args)).stdout, "│ MESSAGE: 10 20 10/20 10 20 20\n");
  const { stdout } = await examine("-n", "7", ...args);
  assertStringIncludes(stdout, "│ MESSAGE: 3 7 4/7 3 7 7\n");
  assertStringIncludes(stdout, "items 3–6 of 7");
});

Deno.test("executor doctor runs a worker once that asks to be tried again later", async () => {
  await withFolder(async (folder) => {
    const script = `echo >>${folder}/runs; echo "server is busy"; exit 75`;
    const { code, stdout } = await examineScript(script, "--no-stop-test");
    assertEquals([code, await Deno.readTextFile(`${folder}/runs`)], [1, "\n"]);
    assertMatch(stdout, /✗ problem +It exited with code 75/);
  });
});

Deno.test("executor doctor finds a silent worker", async () => {
  const { code, stdout } = await examineScript("true");
  assertMatch(stdout, /✗ problem +It printed nothing on stdout\n/);
  assertStringIncludes(stdout, '      echo "PROGRESS: $n" ');
  assertMatch(stdout, /\n1 problem, 1 note\.\n$/);
  assertEquals(code, 1);
});

Deno.test("executor doctor finds a worker whose output is buffered until it ends", async () => {
  const { code, stdout } = await examineScript(`{ ${COUNT("0.12")}; } | sed ''`, "--no-stop-test");
  assertMatch(
    stdout,
    /✗ problem +All of its 11 signals came in one piece as it ended, after [\d.]+ s/,
  );
  assertStringIncludes(stdout, "      stdbuf -oL program …\n");
  assertEquals(code, 1);
});

testWith("executor doctor finds Python that buffers its output", needs("python3"), async () => {
  const script = "import time\nfor n in range(1, 11):\n  print('PROGRESS:', n)\n  time.sleep(0.12)";
  const python = ["python3", "-c", script, "{start}", "{end}"];
  const { code, stdout } = await examine(
    ...["--no-stop-test", "--", "env", "-u", "PYTHONUNBUFFERED", ...python],
  );
  assertMatch(
    stdout,
    /✗ problem +All of its 10 signals came in one piece as it ended, after [\d.]+ s/,
  );
  assertStringIncludes(stdout, "      python3 -u …\n");
  assertEquals(code, 1);
  const unbuffered = await examine("--no-stop-test", "--", ...python);
  assertMatch(unbuffered.stdout, /✓ ok +Its output comes while it works/);
  assertEquals([unbuffered.code, unbuffered.stderr.split("\n").length], [0, 2]);
});

testWith(
  "executor doctor finds what a worker leaves in a session of its own",
  needs(LINUX, "setsid"),
  async () => {
    const mark = uniqueMark();
    try {
      const ready = `${await Deno.makeTempDir()}/ready`;
      const { stdout } = await examineScript(
        `setsid sh -c 'touch "$0"; kill -STOP $$' ${ready} ${mark} >/dev/null 2>&1 &
        until [ -e ${ready} ]; do sleep 0.01; done`,
      );
      assertMatch(stdout, /A run would warn of this[^]*1 process that a worker left behind/);
    } finally {
      for (const pid of processesWith(mark)) killIfThere(pid);
    }
  },
);

Deno.test("executor doctor finds signals on stderr", async () => {
  const { code, stdout } = await examineScript("echo PROGRESS: 1 >&2; echo PROGRESS: 10 >&2");
  assertMatch(
    stdout,
    /✗ problem +2 lines on stderr look like signals: there, they count as log lines\n/,
  );
  assertStringIncludes(stdout, "    │ PROGRESS: 1\n    │ PROGRESS: 10\n");
  assertEquals(code, 1);
});

Deno.test("executor doctor shows malformed lines and near misses with the reason", async () => {
  const { code, stdout } = await examineScript(
    "echo PROGRESS: 50%; echo PROGRESS: 1.5; echo STATUS: done; echo progress: 3; echo ' MESSAGE: hi'",
  );
  assertMatch(stdout, /✗ problem +The values of 3 lines with a known prefix cannot be read/);
  assertMatch(stdout, / {4}│ PROGRESS: 50%\n {4}PROGRESS counts items, not per cent/);
  assertMatch(stdout, / {4}│ PROGRESS: 1\.5\n {4}PROGRESS counts whole items/);
  assertMatch(stdout, / {4}│ STATUS: done\n {4}There is no such status: use PENDING/);
  assertMatch(stdout, /✗ problem +2 lines on stdout are nearly signals/);
  assertMatch(stdout, / {4}│ progress: 3\n {4}The word must be in capitals/);
  assertMatch(
    stdout,
    / {4}│ {2}MESSAGE: hi\n {4}MESSAGE: must begin its line, but there are blanks/,
  );
  assertEquals(code, 1);
});

Deno.test("executor doctor shows five lines at most, however many there are", async () => {
  const { stdout } = await examineScript("yes PROGRESS: no | head -n 100000");
  assertStringIncludes(stdout, "The values of 100000 lines");
  assertEquals(stdout.match(/ {4}│ PROGRESS: no\n/g)?.length, 2);
  assertStringIncludes(stdout, "    And 99998 more lines.\n");
});

Deno.test("executor doctor distinguishes numbers of items from per cent", async () => {
  const counting = (values: string) => `for n in $(seq ${values}); do echo "PROGRESS: $n"; done`;
  const numbers = await examineScript(counting("$(($0 + 1)) $1"));
  assertMatch(
    numbers.stdout,
    /✗ problem +Its progress goes beyond its range: it reported 11 to 20, of 10/,
  );
  assertStringIncludes(numbers.stdout, "These look like the numbers of the items");
  const percent = await examineScript(counting("10 10 100"));
  assertStringIncludes(percent.stdout, "These look like per cent");
  const all = await examineScript(counting("1 20"));
  assertStringIncludes(all.stdout, "It looks as if it worked on all 20 items");
  assertEquals([numbers.code, percent.code, all.code], [1, 1, 1]);
});

Deno.test("executor doctor finds a worker that ignores SIGTERM, on its second run", async () => {
  const mark = uniqueMark();
  const { code, stdout, stderr } = await examineScript(
    `trap '' TERM; : ${mark}; ${COUNT("0.12")}`,
    ...["--grace-period", "200ms"],
  );
  assertMatch(stdout, /✗ problem +Asked to end \(SIGTERM\), it had to be killed after 200 ms\n/);
  assertStringIncludes(stderr, "runs it a second time");
  assertEquals(code, 1);
  assertNoneLeft(mark);
});

Deno.test("executor doctor finds a worker that ignores SIGTERM and ends by itself", async () => {
  // Long enough that the signal comes well before its end. One sleep takes about as long each time, ten do not.
  const { code, stdout } = await examineScript(
    "trap '' TERM; echo PROGRESS: 1; sleep 4; echo PROGRESS: 10; echo STATUS: SUCCESS",
    ...["--grace-period", "10s"],
  );
  assertMatch(stdout, /✗ problem +Asked to end \(SIGTERM\), it went on and ended by itself/);
  assertEquals(code, 1);
});

Deno.test("executor doctor stops a worker that does not end, which also tests stopping", async () => {
  const { code, stdout, stderr } = await examineScript(
    "echo PROGRESS: 1; sleep 60",
    ...["--timeout", "600ms"],
  );
  assertMatch(stdout, /! note +It did not end by itself and was stopped after (\d+ ms|[\d.]+ s)\n/);
  assertMatch(stdout, /✓ ok +Asked to end \(SIGTERM\), it ended after/);
  assertNotMatch(stderr, /second time/);
  assertEquals(code, 0);
});

for (
  const [name, script, options] of [
    ["times out", "sleep 60", ["--timeout", "600ms"]],
    ["is asked to end in the stop test", "sleep 1.2", []],
  ] as const
) {
  testWith(
    `executor doctor leaves no session of a worker that ${name}`,
    needs(LINUX, "setsid"),
    async () => {
      const mark = uniqueMark();
      const { stdout } = await examineScript(
        `setsid sh -c 'sleep 60; : ${mark}' & echo PROGRESS: 1; ${script}`,
        ...options,
      );
      assertStringIncludes(stdout, "Asked to end (SIGTERM), it ended after");
      // What the first run left when it exited by itself may be meant to stay.
      const left = processesWith(mark);
      const allowed = name === "times out" ? 0 : 1;
      // It leads a group, with its sleep.
      for (const pid of left) Deno.kill(-pid, "SIGKILL");
      assertEquals(left.length, allowed);
    },
  );
}

const ENDS: [name: string, script: string, said: RegExp][] = [
  ["an exit code", "echo oh no >&2; exit 3", /It exited with code 3: [^]*│ oh no\n/],
  ["a lie", "echo STATUS: SUCCESS; exit 3", /It reported SUCCESS, but exited with code 3/],
  ["a signal", "kill -SEGV $$", /It was ended by SIGSEGV: its range is CRASHED/],
  ["a child left behind", "sleep 60 & echo PROGRESS: 10", /It left processes behind/],
  [
    "progress that is short",
    "echo PROGRESS: 9",
    /It ended well with its progress at 9 of 10 items/,
  ],
];

for (const [name, script, said] of ENDS) {
  Deno.test(`executor doctor finds ${name}`, async () => {
    const { code, stdout } = await examineScript(script);
    assertMatch(stdout, said);
    assertEquals(code, 1);
  });
}

Deno.test("executor doctor finds long lines and bytes that are not UTF-8", async () => {
  const { code, stdout } = await examineScript(
    `printf '\\377\\n'; head -c 70000 /dev/zero | tr '\\0' x; echo; ${COUNT("0")}`,
  );
  assertMatch(stdout, /! note +4464 bytes of lines longer than 64 KiB were dropped/);
  assertMatch(stdout, /! note +1 line held bytes that are not UTF-8/);
  assertEquals(code, 0);
});

Deno.test("executor doctor prints no control sequences of a worker", async () => {
  const { stdout, stderr } = await examineScript(
    "printf 'PROGRESS: \\033[2J\\033]0;title\\007many\\n'; printf '\\033[31mSTATUS: SUCCESS\\n'; " +
      "printf 'PROGRESS: 1\\n\\302\\233 31m\\342\\200\\256\\n' >&2; exit 3",
  );
  assertStringIncludes(stdout, "    │ PROGRESS: many\n");
  // deno-lint-ignore no-control-regex -- looks for just these
  assertNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

Deno.test("executor doctor keeps to 80 columns, with and without colour", async () => {
  const script = `echo STATUS: done; echo progress: 3; echo ${"x".repeat(200)} >&2; exit 3`;
  const plain = await examineScript(script);
  for (const line of plain.stdout.split("\n")) assert(Array.from(line).length <= 80, line);
  const coloured = await examineScript(script, "--color", "always");
  assertStringIncludes(coloured.stdout, "\x1b[38;5;131m✗ problem");
});

Deno.test("SIGINT to executor doctor: it prints the findings until then, and re-raises the signal", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = 'echo PROGRESS: 1; touch "$2/ready"; sleep 60';
    const child = cliCommand(["doctor", "--", "sh", "-c", script, "x", "{end}", folder]).spawn();
    const said = Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    await until(() => Array.from(Deno.readDirSync(folder)).length > 0, "the worker is at work");
    child.kill("SIGINT");
    const { signal } = await child.status;
    const [stdout] = await said;
    assertEquals(signal, "SIGINT");
    assertMatch(stdout, /! note +You ended it \(SIGINT\)/);
    assertMatch(stdout, /as far as it was seen\.\n$/);
    assertNoneLeft(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("executor doctor recognizes progress in rewritten lines on stderr, and names the option", async () => {
  const bar = (n: number) =>
    `printf '\\r${n}0%%|###   | ${n}/10 [00:0${n}<00:01,  4.98it/s]' >&2; sleep 0.02`;
  const script = [0, 1, 2, 5, 9].map(bar).join("; ") + "; echo >&2";
  const { code, stdout } = await examineScript(script);
  assertMatch(stdout, /✗ problem +It shows its progress on stderr as tqdm does/);
  assertStringIncludes(stdout, "Read so, its progress went from 0 % to 90 %.");
  assertStringIncludes(stdout, "\n      --progress-pattern tqdm\n");
  assertNotMatch(stdout, /printed nothing|PROGRESS/);
  assertEquals(code, 1);
  const given = await examineScript(script, "--progress-pattern", "tqdm");
  assertMatch(
    given.stdout,
    /✓ ok +--progress-pattern tqdm reads its progress, from 0 % to 90 %\n/,
  );
  assertEquals(given.code, 0);
  const other = await examineScript(script, "--progress-pattern", "curl");
  assertMatch(other.stdout, /✗ problem +--progress-pattern curl reads no line/);
  assertStringIncludes(other.stdout, "\n      --progress-pattern tqdm\n");
});

Deno.test("executor doctor finds a regular expression for progress in a common form", async () => {
  const { code, stdout } = await examineScript('for i in 1 2 3 4; do echo "step $i of 4"; done');
  assertMatch(stdout, /! note +Its lines on stdout may be progress/);
  const [, option = ""] = /--progress-pattern '(.*)'\n/.exec(stdout) ?? [];
  const given = await examineScript(
    'for i in 1 2 3 4; do echo "step $i of 4"; done',
    ...["--progress-pattern", option],
  );
  assertMatch(given.stdout, /✓ ok +--progress-pattern '.*'\s+reads\s+its\s+progress, from 25 %/);
  assertEquals([code, given.code], [1, 0]);
});

Deno.test("executor doctor says nothing of patterns to a worker that prints PROGRESS", async () => {
  const bars = [1, 2, 3].map((n) => `echo '${n}0%|##  | ${n}/10 [00:01<00:01]' >&2`).join("; ");
  const { code, stdout } = await examineScript(`${bars}; ${COUNT("0")}`);
  assertEquals([code, /pattern/.test(stdout)], [0, false]);
});

const SHOW = ["sh", "-c", 'echo "MESSAGE: $*" >&2', "sh"];
const LISTS: [what: string, args: string[], said: string][] = [
  ["words", ["--", ...SHOW, ":::", "data/x.png", "b"], "data/x.png"],
  [
    "parts",
    ["--", ...SHOW, "{item.dir}", "{item.stem}", "{index}", ":::", "data/x.png"],
    "data x 0",
  ],
  ["several", ["--per-process", "2", "--", ...SHOW, ":::", "a", "b", "c"], "a b"],
  ["all", ["--per-process", "9", "--", ...SHOW, "{items}", "{count}", ":::", "a", "b"], "a b 2"],
];

for (const [what, args, said] of LISTS) {
  Deno.test(`executor doctor runs the first range of a list, as run does: ${what}`, async () => {
    const { stdout } = await examine(...args);
    assertStringIncludes(stdout, `│ MESSAGE: ${said}\n`);
    const run = await runCli(["run", "-w", "1", "--show-log", "--events", "/dev/stdout", ...args]);
    assertStringIncludes(run.stdout, `"MESSAGE: ${said}"`);
  });
}

Deno.test("executor doctor takes items from a file and from stdin", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "one item\nanother\n");
    const fromFile = await examine("--items", file, "--", ...SHOW);
    assertStringIncludes(fromFile.stdout, "│ MESSAGE: one item\n");
    assertStringIncludes(fromFile.stdout, "item 0 (one item): ");
    const args = ["doctor", "--items", "-", "-0", "--", ...SHOW, "{item}"];
    const { stdout } = await runCli(args, { input: "a\nb\0c\0" });
    assertStringIncludes(stdout, "│ MESSAGE: a\n");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("executor doctor passes the environment of the range", async () => {
  const script = 'echo "MESSAGE: $EXECUTOR_START $EXECUTOR_END ${EXECUTOR_TOTAL-unset}" >&2';
  const { stdout } = await examine("--", "sh", "-c", script, ":::", "a", "b", "c");
  assertStringIncludes(stdout, "│ MESSAGE: 0 1 3\n");
  const part = await examine("-n", "40", "-c", "5", "--", "sh", "-c", script);
  assertStringIncludes(part.stdout, "│ MESSAGE: 20 25 40\n");
});

Deno.test("executor doctor does not ask a worker of one item for progress", async () => {
  const { code, stdout } = await examine("--", "true", ":::", "a");
  assertMatch(stdout, /! note +It printed nothing on stdout\n/);
  assertEquals(code, 0);
});

const WRONG: [args: string[], said: RegExp][] = [
  [[], /there is no command to run: put the command after --, as in executor doctor/],
  [["true"], /"true" comes before --/],
  [["-n", "0", "--", "true"], /--total must be a positive integer: current value is "0"/],
  [["-n", "-3", "--", "true"], /--total/],
  [["--timeout", "30", "--", "true"], /--timeout must be a duration/],
  [
    ["--grace-period", "0s", "--", "true"],
    /--grace-period must be a duration from 1ms to 10000d: current value is "0s"/,
  ],
  [["--", "echo", "{strat}"], /no placeholder \{strat\}/],
  [["--", "true", ":::"], /the list has no items/],
  [["--", "sh", "{item}"], /there is nothing to do/],
  [["-n", "3", "--", "true", ":::", "a"], /--total cannot be used with a list/],
  [["--progress-pattern", "(", "--", "true"], /--progress-pattern must be a regular expression/],
  [
    ["--progress-pattern", "(?<done>\\d+,?)+%", "--", "true"],
    /--progress-pattern must not match the same text in two ways, as it would block the run: current value is "\(\?<done>\\d\+,\?\)\+%", which takes longer and longer for texts such as "1{9,40}/,
  ],
  [["--", "no-such-program"], /command not found: no-such-program\n/],
  [["--wrong", "--", "true"], /Unknown option "--wrong"|there is no option --wrong/],
];

for (const [args, said] of WRONG) {
  Deno.test(`executor doctor ${args.join(" ")} is wrong usage`, async () => {
    const { code, stdout, stderr } = await examine(...args);
    assertMatch(stderr, said);
    assertStringIncludes(stderr, "Try `executor doctor --help`.\n");
    assertEquals([code, stdout], [2, ""]);
  });
}

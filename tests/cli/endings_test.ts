// What stays on the screen when a run has ended, with every reporter: failures, remarks, and the totals as the last line.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cliCommand, cliCommandLine, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { has } from "../helpers/programs.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";
import { ScreenTerminal } from "../helpers/screen_terminal.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const needsScript = needs(LINUX, "script");

/** Runs the command in a terminal of 80×24, and returns what stays on the screen and above it. */
async function screenOf(args: string[]): Promise<string[]> {
  const { command, args: words } = cliCommandLine(args);
  const text = await inTerminal(shellLine([command, ...words]), {
    ...{ columns: 80, rows: 24, env: { LC_ALL: "C.UTF-8" } },
  });
  using terminal = new ScreenTerminal(80, 24);
  await terminal.write(text);
  return terminal.lines().join("\n").trimEnd().split("\n");
}

/** Runs a command with a reporter. Returns the lines on the stream of that reporter. */
async function linesOf(reporter: string, args: string[]): Promise<string[]> {
  if (reporter === "grid") return await screenOf(["run", ...args]);
  const { stdout, stderr } = await runCli(["run", "--reporter", reporter, ...args]);
  assertEquals(reporter === "quiet" ? stdout : stderr, "");
  return (reporter === "quiet" ? stderr : stdout).trimEnd().split("\n");
}

/** What is said of lines that nobody asked for. */
const HINT = /^workers printed \d+ lines, not shown: --output ordered$/;

for (const reporter of ["grid", "plain", "summary", "quiet"]) {
  const options = reporter === "grid" ? needsScript : needs();

  testWith(
    `${reporter}: after many failures, few logs, then the totals as the last line`,
    options,
    async () => {
      const script = 'seq 30; echo "this is {start}"; [ {start} != 30 ] || exit 0; exit 1';
      const lines = await linesOf(reporter, [
        ..."-n 61 -c 1 -w 4 --journal /dev/null/x".split(" ").slice(0, 6),
        ...["--", "sh", "-c", script],
      ]);
      assert(lines.length < 260, `${lines.length} lines`);
      assertMatch(lines.at(-1)!, /^sh: 1 done · 60 failed of 61 items · /);
      const from = lines.findIndex((line) => /^FAILED item 0 after/.test(line));
      const start = reporter === "grid" ? lines.lastIndexOf(lines[from]!) : from;
      const ending = lines.slice(start).filter((line) => !HINT.test(line));
      const heads = ending.filter((line) => line.startsWith("FAILED"));
      assertEquals(
        heads,
        [...Array(10).keys()].map((item) => `FAILED item ${item} after 1 attempt: exit code 1`),
      );
      assertEquals(ending.filter((line) => line.startsWith("  │ ")).length, 100);
      const more = ending.findIndex((line) => /^… and 50 more /.test(line));
      assertEquals(more, ending.length - 3, "the totals follow");
    },
  );

  testWith(`${reporter}: what Ctrl-C stopped is one count, and no failure`, options, async () => {
    // A program that dash is just starting misses SIGINT (it shares the memory of the shell until then): so the shell becomes it.
    const stop =
      "for i in $(seq 500); do [ $(ls $0 | wc -l) -ge 3 ] && kill -INT $PPID && break; sleep 0.02; done; exec sleep 60";
    await withFolder(async (folder) => {
      // A Python that is just starting may swallow the signal: so it says itself that it is there.
      const python = "import sys, time; open(sys.argv[1], 'w').close(); time.sleep(60)";
      const ready = `${folder}/{start}`;
      const program = has("python3")
        ? ["python3", "-c", python, ready]
        : ["sh", "-c", "touch $0; exec sleep 60", ready];
      const script =
        `[ {start} != 0 ] || { touch ${folder}/0; exec sh -c '${stop}' ${folder}; }; exec "$@"`;
      const lines = await linesOf(reporter, [
        ..."-n 9 -c 1 -w 3 --title Job".split(" "),
        ...["--", "sh", "-c", script, "sh", ...program],
      ]);
      assertEquals(
        lines.filter((line) => /FAILED|CRASHED|Traceback|KeyboardInterrupt/.test(line)),
        [],
      );
      const stopped = /^Job: 0 done · 3 stopped · 6 not started of 9 items · /;
      assertMatch(lines.at(-1)!, stopped);
      const remarks = lines.filter((line) => !HINT.test(line));
      assertEquals(remarks.at(-2), "! stopped by SIGINT");
    });
  });
}

Deno.test("summary writes nothing until the end, and then to stderr if stdout has the output", async () => {
  await withFolder(async (folder) => {
    const script = `echo out; until [ -e ${folder}/go ]; do sleep 0.02; done; exit {start}`;
    const args = [
      "run",
      "-n",
      "2",
      "-c",
      "1",
      "-w",
      "1",
      "--reporter",
      "summary",
      "--title",
      "Job",
    ];
    const child = cliCommand([...args, "--output", "live", "--", "sh", "-c", script]).spawn();
    let stderr = "";
    const reading = child.stderr.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (stderr += text) }));
    let stdout = "";
    const output = child.stdout.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (stdout += text) }));
    await until(() => stdout.includes("out"), "the first range runs");
    assertEquals(stderr, "");
    await Deno.writeTextFile(`${folder}/go`, "");
    await Promise.all([reading, output, child.status]);
    assertMatch(
      stderr,
      /^FAILED item 1 after 1 attempt: exit code 1\n {2}│ out\n\nJob: 1 done · 1 failed of 2 items · .*\n$/,
    );
    assert(!stdout.includes("Job"), stdout);
  });
});

const WELL: [title: string, script: string][] = [
  ["all is done", "X --reporter quiet -- true ::: a b"],
  ["there is nothing to do", "X --reporter quiet -n 0 -- true"],
  [
    "a retry was enough",
    "X --reporter quiet -r 1 --retry-delay 1ms -n 1 -- sh -c '[ {attempt} = 2 ]'",
  ],
  [
    "all was done before",
    "for i in 1 2; do X --reporter quiet -n 2 --journal $D/j --resume -- true; done",
  ],
  ["workers print", "X --reporter quiet -n 2 -- sh -c 'echo out; echo PROGRESS: x' | cat"],
];

for (const [title, script] of WELL) {
  Deno.test(`quiet says nothing if ${title}`, async () => {
    await withFolder(async (folder) => {
      assertEquals(await runBash(`D=${folder}; ${script}`), { code: 0, stdout: "", stderr: "" });
    });
  });
}

const NOT_WELL: [title: string, script: string, code: number, said: RegExp][] = [
  [
    "an item failed",
    "X --reporter quiet -- ls ::: /no-such-one /",
    1,
    /^FAILED item 0 \(\/no-such-one\) after 1 attempt: exit code 2\n {2}│ .*ls: .*no-such-one.*\n\nworkers printed \d+ lines, not shown: --output ordered\nls: 1 done · 1 failed of 2 items · .*\n$/,
  ],
  [
    "the output has stdout",
    "X --reporter quiet --output ordered -- sh -c 'exit 3' ::: a",
    1,
    /^FAILED item 0 \(a\) after 1 attempt: exit code 3\n\nsh: 0 done · 1 failed of 1 item · .*\n$/,
  ],
  [
    "the run took too long",
    "X --reporter quiet --run-timeout 300ms --title Job -n 2 -w 1 -c 1 -- sleep 60",
    1,
    /^! stopped by the run time-out\nJob: 0 done · 1 stopped · 1 not started of 2 items · .*\n$/,
  ],
  [
    "it was halted",
    "X --reporter quiet --halt-on 1 --title Job -n 3 -w 1 -c 1 -- false",
    1,
    /^FAILED item 0 .*\n\n! stopped after 1 failure\nJob: 0 done · 1 failed · 2 not started of 3 items · .*\n$/,
  ],
  [
    "a log was not written, at once and at the end",
    "mkdir $D/l; X --reporter quiet --title Job --log-dir $D/l -n 2 -w 1 -c 1 -- sh -c 'rm -rf $0' $D/l",
    1,
    /^executor: warning: the log [^]*\n! the log [^]*\nJob: 2 done of 2 items · .*\n$/,
  ],
];

for (const [title, script, code, said] of NOT_WELL) {
  Deno.test(`quiet tells on stderr that ${title}`, async () => {
    await withFolder(async (folder) => {
      const result = await runBash(`D=${folder}; ${script}`);
      assertEquals([result.code, result.stdout], [code, ""], result.stderr);
      assertMatch(result.stderr, said);
    });
  });
}

Deno.test("a warning of a run that is well is told under quiet, and nothing else", async () => {
  await withFolder(async (folder) => {
    const { code, stdout, stderr } = await runBash(
      `X --reporter quiet --journal ${folder}/j -n 3 -w 1 -c 1 -- rm -f ${folder}/j`,
    );
    assertEquals([code, stdout], [0, ""]);
    assertMatch(stderr, /^(executor: warning: the journal .*\n)+$/);
  });
});

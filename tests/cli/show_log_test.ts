// --show-log: the log lines of workers, while they work, with every reporter.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { cliCommandLine, runBash, runCli } from "../helpers/cli.ts";
import { withFolder } from "../helpers/journal.ts";
import { inTerminal, shellLine } from "../helpers/pty.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const WORKER = `echo "out $0"; echo "err $0" >&2; echo PROGRESS: 1; printf end`;
const needsScript = needs(LINUX, "script");

for (const reporter of ["plain", "quiet", "jsonl"]) {
  Deno.test(`--show-log prints log lines on stderr with --reporter ${reporter}`, async () => {
    const { code, stderr } = await runCli(
      ["run", "--show-log", "--reporter", reporter, "--", "sh", "-c", WORKER, "{item}", ":::"]
        .concat(["a", "b"]),
    );
    const lines = stderr.trim().split("\n").sort();
    assertEquals(
      [code, lines],
      [
        0,
        ["a", "b"].flatMap((
          item,
        ) => [`${item}\tend`, `${item}\terr ${item}`, `${item}\tout ${item}`]),
      ],
    );
  });
}

Deno.test("without it, no log line is printed", async () => {
  const { stderr } = await runCli([
    "run",
    "-n",
    "1",
    "--reporter",
    "plain",
    "--",
    "sh",
    "-c",
    WORKER,
  ]);
  assertEquals(stderr, "");
});

Deno.test("the tag of a log line is the item, the range, or what --tag says", async () => {
  const cases: [args: string[], line: string][] = [
    [["-n", "1"], "range 0: x\n"],
    [["-n", "4", "-c", "4"], "range 0: x\n"],
    [["-n", "1", "--tag"], "0\tx\n"],
    [["-n", "1", "--tag", "w{worker}"], "w0\tx\n"],
  ];
  for (const [args, line] of cases) {
    const { stderr } = await runCli(
      ["run", ...args, "--show-log", "--reporter", "quiet", "--", "sh", "-c", "echo x"],
    );
    assertEquals(stderr, line);
  }
});

Deno.test("log lines come while the worker works, and have no control sequences", async () => {
  await withFolder(async (folder) => {
    const { code, stdout } = await runBash(
      `X --show-log --reporter quiet -- sh -c \\
        'printf "a\\033[31mb\\033]0;t\\007c\\n"; until grep -q . ${folder}/log; do sleep 0.02; done' \\
        sh ::: "$(printf 'it\\033[2Jem')" 2>${folder}/log; echo $?; cat ${folder}/log`,
    );
    assertEquals([code, stdout], [0, "0\nitem\tabc\n"]);
  });
});

testWith("with a grid, log lines stand above it, each with its item", needsScript, async () => {
  for (const output of ["none", "ordered"]) {
    const args = ["run", "-w", "1", "--show-log", "--reporter", "grid", "--output", output];
    const line = cliCommandLine([...args, "--", "sh", "-c", WORKER, "{item}", ":::", "one item"]);
    const text = await inTerminal(shellLine([line.command, ...line.args]));
    // deno-lint-ignore no-control-regex
    const shown = text.replace(/\x1b\[[\d;?]*[A-Za-z]/g, "");
    for (const said of ["out one item", "err one item", "end"]) {
      assert(shown.includes(`one item │ ${said}`), shown);
    }
    assert(!shown.includes("worker 0 │"), shown);
  }
});

Deno.test("with --output live, no line is printed twice; with ordered, the log comes first", async () => {
  const live = await runCli(
    ["run", "--show-log", "--output", "live", "--reporter", "quiet", "--", "sh", "-c", WORKER]
      .concat(["{item}", ":::", "a"]),
  );
  assertEquals([live.stdout, live.stderr], ["a\tout a\na\tend\n", "a\terr a\n"]);
  const ordered = await runCli(
    ["run", "--show-log", "-k", "--reporter", "quiet", "--", "sh", "-c", WORKER, "{item}"]
      .concat([":::", "a"]),
  );
  assertEquals(ordered.stdout, "out a\nend");
  assertMatch(ordered.stderr, /a\tout a\n[^]*err a\n/);
});

Deno.test("a reader that does not keep up with the log holds no worker up", async () => {
  await withFolder(async (folder) => {
    const { stdout } = await runBash(
      `X -n 1 --show-log --reporter quiet -- sh -c 'seq 1 2000000; touch ${folder}/end' 2>&1 |
        { for i in $(seq 300); do [ -e ${folder}/end ] && break; sleep 0.1; done
          [ -e ${folder}/end ] || echo the worker is held up; grep -v "^range 0: "; }`,
    );
    assertMatch(stdout, /^(… \d+ lines left out, as the reader did not keep up\n)+$/);
  });
});

testWith("log lines that cannot be written are told in the summary", needs(LINUX), async () => {
  const { stdout } = await runBash(
    `X -n 3 -c 1 -w 1 --show-log --reporter summary -- sh -c 'echo x; sleep 0.2' 2>/dev/full`,
  );
  assertMatch(stdout, /^! LogReporter failed and was dropped: stderr cannot be written: No space/);
});
